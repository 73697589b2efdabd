/**
 * A player's single transactions, hour by hour in the order in which they came. They are stored in chunks, so that one
 * more transaction rewrites a chunk and not its hour, and an hour is read only where a window cuts it.
 */
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { decodeEntries, encodeEntries } from './state-codec.ts'
import type { Entry } from './windows/nodes.ts'

/** Transactions of a chunk. */
const CHUNK_ENTRIES = 32
/** Chunks of an hour that have a number of their own in memory; nobody plays a million rounds in one. */
const CHUNKS_MAX = 2 ** 20
/** Transactions that stay decoded after a flush; each takes some 150 bytes. */
const KEPT_ENTRIES_MAX = 2 * CHUNK_ENTRIES

const chunksOf = (count: number): number => Math.ceil(count / CHUNK_ENTRIES)
/** Hours since 1970-01-01. */
const placeOf = (day: number, hour: number): number => day * 24 + hour
const idOf = (place: number, chunk: number): number => place * CHUNKS_MAX + chunk

export class PlayerEntries {
  readonly #key: PlayerKey
  /** Hours that were read whole. */
  readonly #hours = new Map<number, Entry[]>()
  /** The chunks that were written to last, by their id. */
  readonly #chunks = new Map<number, Entry[]>()
  readonly #changed = new Set<number>()
  readonly #deleted = new Set<number>()
  /** Transactions that are decoded here. */
  kept = 0

  constructor(key: PlayerKey) {
    this.#key = key
  }

  /** The transactions of an hour that has `count` of them. */
  of(store: StoreReader, day: number, hour: number, count: number): readonly Entry[] {
    const place = placeOf(day, hour)
    const known = this.#hours.get(place)
    if (known !== undefined) return known
    const entries: Entry[] = []
    for (let chunk = 0; chunk < chunksOf(count); chunk++)
      entries.push(...(this.#chunks.get(idOf(place, chunk)) ?? this.#read(store, place, chunk)))
    this.#hours.set(place, entries)
    return entries
  }

  /** Adds one to an hour that has had `count` of them. */
  add(store: StoreReader, day: number, hour: number, count: number, entry: Entry): void {
    const place = placeOf(day, hour)
    const chunk = Math.floor(count / CHUNK_ENTRIES)
    const id = idOf(place, chunk)
    const begun = count % CHUNK_ENTRIES > 0
    const entries = this.#chunks.get(id) ?? (begun ? this.#read(store, place, chunk) : [])
    entries.push(entry)
    this.#chunks.set(id, entries)
    this.#changed.add(id)
    this.#deleted.delete(id)
    this.#hours.get(place)?.push(entry)
  }

  /** Puts other transactions in the place of an hour's `count`. */
  replace(day: number, hour: number, count: number, entries: readonly Entry[]): void {
    this.forget(day, hour, count)
    const place = placeOf(day, hour)
    for (let chunk = 0; chunk < chunksOf(entries.length); chunk++) {
      const id = idOf(place, chunk)
      this.#chunks.set(id, entries.slice(chunk * CHUNK_ENTRIES, (chunk + 1) * CHUNK_ENTRIES))
      this.#changed.add(id)
      this.#deleted.delete(id)
    }
  }

  /** Deletes an hour that has `count` transactions. */
  forget(day: number, hour: number, count: number): void {
    const place = placeOf(day, hour)
    this.#hours.delete(place)
    for (let chunk = 0; chunk < chunksOf(count); chunk++) {
      const id = idOf(place, chunk)
      this.#chunks.delete(id)
      this.#changed.delete(id)
      this.#deleted.add(id)
    }
  }

  /** Writes what has changed; few players' transactions stay here, since the store has them all now. */
  flush(store: StoreWriter): void {
    for (const id of this.#deleted) store.delete(this.#storeKey(id))
    for (const id of this.#changed) store.put(this.#storeKey(id), encodeEntries(this.#chunks.get(id) ?? []))
    this.#deleted.clear()
    this.#changed.clear()
    this.kept = 0
    for (const { length } of this.#hours.values()) this.kept += length
    for (const { length } of this.#chunks.values()) this.kept += length
    if (this.kept <= KEPT_ENTRIES_MAX) return
    this.#hours.clear()
    this.#chunks.clear()
    this.kept = 0
  }

  #read(store: StoreReader, place: number, chunk: number): Entry[] {
    const bytes = store.get(this.#storeKey(idOf(place, chunk)))
    return bytes === undefined ? [] : decodeEntries(bytes)
  }

  #storeKey(id: number): string {
    const place = Math.floor(id / CHUNKS_MAX)
    return `e/${this.#key}/${Math.floor(place / 24)}/${place % 24}/${id % CHUNKS_MAX}`
  }
}
