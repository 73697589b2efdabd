/**
 * A player's single transactions, hour by hour in the order in which they came.
 *
 * They are stored in chunks of 32, so that one more rewrites a chunk and not its hour. Where an hour has more than one
 * chunk, pages hold the sums of 32 chunks each; where it has more than one page, pages of the next level hold the sums of
 * 32 pages each, and so on. So whoever cuts an hour at some moment goes down one way to the chunk in which it lies,
 * however many transactions the hour has. Those that came out of order make their chunk's span of time a longer one, and it
 * is opened more often.
 */
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { decodeEntries, decodeParts, encodeEntries, encodeParts } from './state-codec.ts'
import { addTo, emptyHour } from './windows/nodes.ts'
import type { Entry, HourNode } from './windows/nodes.ts'

/** Transactions of a chunk, and nodes that a page sums up. */
const FAN = 32
/** Levels, the chunks among them: more than 30,000,000 transactions of one player in one hour. */
const LEVELS = 5
/** Nodes of a level in an hour that have a number of their own in memory. */
const NODES_MAX = 2 ** 20
/** Single transactions that take as much memory as the sums of an hour or a part of one, some 800 bytes. */
const ENTRIES_PER_HOUR = 5
/** What stays decoded after a flush, in hours; more than that and all of it is read again when it is needed. */
const KEPT_HOURS_MAX = 256

/** Transactions under a node of a level; of level 0 are the chunks. */
const sizeOf = (level: number): number => FAN ** (level + 1)
const nodesOf = (count: number, level: number): number => Math.ceil(count / sizeOf(level))

/** The level on which a single node holds them all. */
function topOf(count: number): number {
  let level = 0
  while (count > sizeOf(level)) level++
  return level
}

/** Hours since 1970-01-01. */
const placeOf = (day: number, hour: number): number => day * 24 + hour
const idOf = (place: number, level: number, index: number): number =>
  (place * LEVELS + level) * NODES_MAX + index

const copyOf = (node: HourNode): HourNode => ({
  ...node,
  sums: new Map([...node.sums].map(([series, sums]) => [series, { ...sums }])),
})

export class PlayerEntries {
  readonly #key: PlayerKey
  /** By id, read or written to. */
  readonly #chunks = new Map<number, Entry[]>()
  readonly #pages = new Map<number, HourNode[]>()
  readonly #changed = new Set<number>()
  readonly #deleted = new Set<number>()
  /** What is decoded here, in hours. */
  hoursKept = 0

  constructor(key: PlayerKey) {
    this.#key = key
  }

  /** Goes through an hour's transactions; what is in a part that `opens` denies is passed over. */
  walk(
    store: StoreReader,
    day: number,
    { hour, count }: HourNode,
    opens: (part: HourNode) => boolean,
    take: (entry: Entry) => void,
  ): void {
    const place = placeOf(day, hour)
    const down = (level: number, index: number): void => {
      if (level === 0) return this.#chunk(store, place, index).forEach(take)
      for (const [at, part] of this.#page(store, place, level, index).entries())
        if (opens(part)) down(level - 1, index * FAN + at)
    }
    down(topOf(count), 0)
  }

  /** Adds one to an hour; `before` is the hour without it, undefined where it is the first. */
  add(store: StoreReader, day: number, hour: number, before: HourNode | undefined, entry: Entry): void {
    const place = placeOf(day, hour)
    const slot = before?.count ?? 0
    const chunk = Math.floor(slot / FAN)
    const entries = slot % FAN === 0 ? [] : this.#chunk(store, place, chunk)
    entries.push(entry)
    this.#chunks.set(this.#change(place, 0, chunk), entries)
    if (before === undefined) return
    for (let level = 1; slot >= sizeOf(level - 1); level++) {
      const page = Math.floor(slot / sizeOf(level))
      const parts = this.#partsFor(store, place, level, before)
      const at = Math.floor(slot / sizeOf(level - 1)) % FAN
      const part = parts[at] ?? emptyHour(hour)
      addTo(part, entry)
      parts[at] = part
      this.#pages.set(this.#change(place, level, page), parts)
    }
  }

  /** Puts other transactions in the place of an hour's `count`. */
  replace(store: StoreReader, day: number, hour: number, count: number, entries: readonly Entry[]): void {
    this.forget(day, hour, count)
    let node: HourNode | undefined
    for (const entry of entries) {
      this.add(store, day, hour, node, entry)
      node ??= emptyHour(hour)
      addTo(node, entry)
    }
  }

  /** Deletes an hour that has `count` transactions. */
  forget(day: number, hour: number, count: number): void {
    const place = placeOf(day, hour)
    for (let level = 0; level <= topOf(count); level++)
      for (let index = 0; index < nodesOf(count, level); index++) {
        const id = idOf(place, level, index)
        this.#chunks.delete(id)
        this.#pages.delete(id)
        this.#changed.delete(id)
        this.#deleted.add(id)
      }
  }

  /** Writes what has changed; of a busy player nothing stays here, since the store has all of it now. */
  flush(store: StoreWriter): void {
    for (const id of this.#deleted) store.delete(this.#storeKey(id))
    for (const id of this.#changed) store.put(this.#storeKey(id), this.#encoded(id))
    this.#deleted.clear()
    this.#changed.clear()
    this.hoursKept = 0
    for (const { length } of this.#chunks.values()) this.hoursKept += length / ENTRIES_PER_HOUR
    for (const { length } of this.#pages.values()) this.hoursKept += length
    if (this.hoursKept <= KEPT_HOURS_MAX) return
    this.#chunks.clear()
    this.#pages.clear()
    this.hoursKept = 0
  }

  /** The parts of the page that the next transaction after those of `before` goes to. */
  #partsFor(store: StoreReader, place: number, level: number, before: HourNode): HourNode[] {
    const slot = before.count
    // The level begins with the first transaction that a single node below it can't hold: all before it is that node.
    if (slot === sizeOf(level - 1)) return [copyOf(before)]
    if (slot % sizeOf(level) === 0) return []
    return this.#page(store, place, level, Math.floor(slot / sizeOf(level)))
  }

  #change(place: number, level: number, index: number): number {
    const id = idOf(place, level, index)
    this.#changed.add(id)
    this.#deleted.delete(id)
    return id
  }

  #encoded(id: number): Buffer {
    const parts = this.#pages.get(id)
    return parts === undefined ? encodeEntries(this.#chunks.get(id) ?? []) : encodeParts(parts)
  }

  #chunk(store: StoreReader, place: number, index: number): Entry[] {
    const id = idOf(place, 0, index)
    const known = this.#chunks.get(id)
    if (known !== undefined) return known
    const bytes = store.get(this.#storeKey(id))
    const entries = bytes === undefined ? [] : decodeEntries(bytes)
    this.#chunks.set(id, entries)
    return entries
  }

  #page(store: StoreReader, place: number, level: number, index: number): HourNode[] {
    const id = idOf(place, level, index)
    const known = this.#pages.get(id)
    if (known !== undefined) return known
    const bytes = store.get(this.#storeKey(id))
    const parts = bytes === undefined ? [] : decodeParts(bytes)
    this.#pages.set(id, parts)
    return parts
  }

  #storeKey(id: number): string {
    const index = id % NODES_MAX
    const node = Math.floor(id / NODES_MAX)
    const level = node % LEVELS
    const place = Math.floor(node / LEVELS)
    const hour = `${this.#key}/${Math.floor(place / 24)}/${place % 24}`
    return level === 0 ? `e/${hour}/${index}` : `s/${hour}/${level}/${index}`
  }
}
