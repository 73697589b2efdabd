/**
 * What the rules remember of players: decoded where a batch touches it, laid over the store, written once at its end.
 *
 * | key | entry |
 * |---|---|
 * | `p/<player>` | the profile, and the days that have a node |
 * | `d/<player>/<day>` | a day: its hours in sums |
 * | `e/<player>/<day>/<hour>` | the transactions of an hour, one by one |
 */
import type { Assessment } from '../../avro/types.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { evolveProfile, NEW_PROFILE } from './profile.ts'
import type { Profile } from './profile.ts'
import {
  decodeDay,
  decodeEntries,
  decodePlayer,
  encodeDay,
  encodeEntries,
  encodePlayer,
} from './state-codec.ts'
import { addBins, binOf, countBin } from './windows/bins.ts'
import type { Bins } from './windows/bins.ts'
import { addEntry, dayOf, emptyDay, hourOf, removeEntry } from './windows/nodes.ts'
import type { DayNode, Entry } from './windows/nodes.ts'
import { seriesOf } from './windows/sums.ts'
import type { Series } from './windows/sums.ts'
import { spanOf } from './windows/windows.ts'
import type { NodeReader, Span } from './windows/windows.ts'

/** Days before the newest event's that are kept: the longest window, and a week for what comes late. */
export const DAYS_KEPT = 30 + 7
/** Days kept decoded by a task, over all players; a busy player's takes up to 20 kB, most take less than one. */
const KEPT_DAYS_MAX = 10_000

const playerKeyOf = (key: PlayerKey): string => `p/${key}`
const dayKeyOf = (key: PlayerKey, day: number): string => `d/${key}/${day}`
const entriesKeyOf = (key: PlayerKey, day: number, hour: number): string => `e/${key}/${day}/${hour}`

/** Spans, and sums of bins, that are kept of a player: the windows of today's events need four spans and some series. */
const KEPT_SPANS_MAX = 6
const KEPT_BINS_MAX = 6

/** A sum over days that is kept until one of them changes. */
interface Kept<T> {
  fromDay: number
  toDay: number
  value: T
}

/** The entry of an assessed transaction. */
function entryOf({ type, bonus, currency, amount, created_at, transaction_id }: Assessment): Entry {
  return {
    atMs: created_at,
    series: seriesOf(type, bonus, currency),
    units: amount,
    transactionId: type === 'DEPOSIT' || type === 'WITHDRAWAL' ? transaction_id : '',
  }
}

export class PlayerMemory implements NodeReader {
  readonly key: PlayerKey
  #store: StoreReader
  #profile: Profile = NEW_PROFILE
  #days: number[] = []
  readonly #nodes = new Map<number, DayNode>()
  readonly #entries = new Map<string, Entry[]>()
  readonly #changedDays = new Set<number>()
  readonly #changedEntries = new Set<string>()
  readonly #deleted = new Set<string>()
  #changed = false
  #spans: Kept<Span>[] = []
  #bins: (Kept<Bins> & { series: Series })[] = []

  constructor(key: PlayerKey, store: StoreReader) {
    this.key = key
    this.#store = store
    const bytes = store.get(playerKeyOf(key))
    if (bytes !== undefined) ({ profile: this.#profile, days: this.#days } = decodePlayer(bytes))
  }

  get profile(): Profile {
    return this.#profile
  }

  get days(): readonly number[] {
    return this.#days
  }

  /** Days that are decoded here. */
  get nodesKept(): number {
    return this.#nodes.size
  }

  day(number: number): DayNode {
    const known = this.#nodes.get(number)
    if (known !== undefined) return known
    const bytes = this.#store.get(dayKeyOf(this.key, number))
    const node = bytes === undefined ? emptyDay(number) : decodeDay(number, bytes)
    this.#nodes.set(number, node)
    return node
  }

  entries(day: number, hour: number): readonly Entry[] {
    return this.#entriesOf(entriesKeyOf(this.key, day, hour))
  }

  #entriesOf(key: string): Entry[] {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const bytes = this.#store.get(key)
    const entries = bytes === undefined ? [] : decodeEntries(bytes)
    this.#entries.set(key, entries)
    return entries
  }

  #daysIn(fromDay: number, toDay: number): DayNode[] {
    return this.#days.filter((day) => day >= fromDay && day <= toDay).map((day) => this.day(day))
  }

  span(fromDay: number, toDay: number): Span {
    const known = this.#spans.find((kept) => kept.fromDay === fromDay && kept.toDay === toDay)
    if (known !== undefined) return known.value
    const value = spanOf(this.#daysIn(fromDay, toDay))
    this.#spans = [{ fromDay, toDay, value }, ...this.#spans.slice(0, KEPT_SPANS_MAX - 1)]
    return value
  }

  bins(fromDay: number, toDay: number, series: Series): Bins {
    const known = this.#bins.find(
      (kept) => kept.series === series && kept.fromDay === fromDay && kept.toDay === toDay,
    )
    if (known !== undefined) return known.value
    const value: Bins = { bins: [], counts: [] }
    for (const day of this.#daysIn(fromDay, toDay)) {
      const bins = day.bins.get(series)
      if (bins !== undefined) addBins(value, bins)
    }
    this.#bins = [{ fromDay, toDay, series, value }, ...this.#bins.slice(0, KEPT_BINS_MAX - 1)]
    return value
  }

  /** Counts an assessed transaction in the windows and the profile. */
  assessed(assessment: Assessment): void {
    const entry = entryOf(assessment)
    this.#profile = evolveProfile(this.#profile, assessment)
    this.#changed = true
    const day = dayOf(entry.atMs)
    if (day < this.#firstKept()) return
    const key = entriesKeyOf(this.key, day, hourOf(entry.atMs))
    this.#entriesOf(key).push(entry)
    addEntry(this.day(day), entry)
    this.#keepUp(day, entry, 1)
    this.#touch(day, key)
    this.#prune()
  }

  /** Takes a transaction out of the windows; one that is no longer there changes nothing. */
  reversed({ transaction_id: id, created_at: atMs }: Assessment): void {
    const day = dayOf(atMs)
    if (!this.#days.includes(day)) return
    const key = entriesKeyOf(this.key, day, hourOf(atMs))
    const entries = this.#entriesOf(key)
    const at = entries.findIndex(({ transactionId }) => transactionId === id)
    const [entry] = at < 0 ? [] : entries.splice(at, 1)
    if (entry === undefined) return
    removeEntry(this.day(day), entry, entries)
    this.#keepUp(day, entry, -1)
    this.#touch(day, key)
  }

  /** What is kept of more than one day follows the day: bins are counted, spans (seldom of the day itself) made anew. */
  #keepUp(day: number, { series, units }: Entry, by: 1 | -1): void {
    this.#spans = this.#spans.filter(({ fromDay, toDay }) => day < fromDay || day > toDay)
    for (const kept of this.#bins)
      if (kept.series === series && day >= kept.fromDay && day <= kept.toDay)
        countBin(kept.value, binOf(units), by)
  }

  #touch(day: number, entriesKey: string): void {
    this.#changed = true
    this.#changedDays.add(day)
    this.#changedEntries.add(entriesKey)
    if (this.#days.includes(day)) return
    this.#days = [...this.#days, day].toSorted((a, b) => a - b)
  }

  #firstKept(): number {
    return dayOf(this.#profile.newestAtMs) - DAYS_KEPT
  }

  #prune(): void {
    const firstKept = this.#firstKept()
    while ((this.#days[0] ?? firstKept) < firstKept) {
      const [day = 0, ...rest] = this.#days
      for (const { hour } of this.day(day).hours) this.#forget(entriesKeyOf(this.key, day, hour))
      this.#deleted.add(dayKeyOf(this.key, day))
      this.#changedDays.delete(day)
      this.#nodes.delete(day)
      this.#days = rest
    }
  }

  #forget(entriesKey: string): void {
    this.#entries.delete(entriesKey)
    this.#changedEntries.delete(entriesKey)
    this.#deleted.add(entriesKey)
  }

  /** Writes what has changed. From here on the store has all of it, so single transactions need not be kept here. */
  flush(store: StoreWriter): void {
    if (!this.#changed) return
    for (const key of this.#deleted) store.delete(key)
    for (const key of this.#changedEntries) store.put(key, encodeEntries(this.#entriesOf(key)))
    for (const day of this.#changedDays) store.put(dayKeyOf(this.key, day), encodeDay(this.day(day)))
    store.put(playerKeyOf(this.key), encodePlayer({ profile: this.#profile, days: this.#days }))
    this.#deleted.clear()
    this.#changedEntries.clear()
    this.#changedDays.clear()
    this.#entries.clear()
    this.#changed = false
  }

  /** The store of the batch to come. */
  reads(store: StoreReader): void {
    this.#store = store
  }
}

/** The players of a task's batches. Belongs to one task, and is thrown away with it where a batch fails. */
export class PlayersMemory {
  /** Two generations, of which the older is forgotten whole. */
  #newer = new Map<PlayerKey, PlayerMemory>()
  #older = new Map<PlayerKey, PlayerMemory>()
  readonly #touched = new Set<PlayerMemory>()

  player(key: PlayerKey, store: StoreReader): PlayerMemory {
    const known = this.#newer.get(key) ?? this.#older.get(key)
    const memory = known ?? new PlayerMemory(key, store)
    if (!this.#touched.has(memory)) {
      memory.reads(store)
      this.#touched.add(memory)
      this.#newer.set(key, memory)
    }
    return memory
  }

  /** Writes all that the batch has changed. */
  flush(store: StoreWriter): void {
    for (const memory of this.#touched) memory.flush(store)
    this.#touched.clear()
    let nodes = 0
    for (const memory of this.#newer.values()) nodes += memory.nodesKept
    if (nodes < KEPT_DAYS_MAX / 2) return
    this.#older = this.#newer
    this.#newer = new Map()
  }
}
