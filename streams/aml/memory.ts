/**
 * What the rules remember of players: decoded where a batch touches it, laid over the store, written once at its end.
 *
 * | key | entry |
 * |---|---|
 * | `p/<player>` | the profile, and the days that have a node |
 * | `d/<player>/<day>` | a day: its hours in sums |
 * | `e/<player>/<day>/<hour>/<chunk>` | some transactions of an hour, one by one |
 * | `s/<player>/<day>/<hour>/<level>/<page>` | parts of a busy hour, in sums |
 */
import type { Assessment } from '../../avro/types.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { PlayerEntries } from './entries.ts'
import { evolveProfile, NEW_PROFILE } from './profile.ts'
import type { Profile } from './profile.ts'
import { decodeDay, decodePlayer, encodeDay, encodePlayer } from './state-codec.ts'
import { addBins, binOf, countBin } from './windows/bins.ts'
import type { Bins } from './windows/bins.ts'
import { addEntry, dayOf, emptyDay, hourNode, hourOf, removeEntry } from './windows/nodes.ts'
import type { DayNode, Entry, HourNode } from './windows/nodes.ts'
import { seriesOf } from './windows/sums.ts'
import type { Series } from './windows/sums.ts'
import { spanOf } from './windows/windows.ts'
import type { NodeReader, Span } from './windows/windows.ts'

/** Days before the newest event's that are kept: the longest window, and a week for what comes late. */
export const DAYS_KEPT = 30 + 7
/** Hours kept decoded by a task, over all players; one takes some 800 bytes. */
const KEPT_HOURS_MAX = 60_000

const playerKeyOf = (key: PlayerKey): string => `p/${key}`
const dayKeyOf = (key: PlayerKey, day: number): string => `d/${key}/${day}`

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
  readonly #entries: PlayerEntries
  readonly #changedDays = new Set<number>()
  readonly #deleted = new Set<string>()
  #changed = false
  #hoursKept = 0
  #spans: Kept<Span>[] = []
  #bins: (Kept<Bins> & { series: Series })[] = []

  constructor(key: PlayerKey, store: StoreReader) {
    this.key = key
    this.#store = store
    this.#entries = new PlayerEntries(key)
    const bytes = store.get(playerKeyOf(key))
    if (bytes !== undefined) ({ profile: this.#profile, days: this.#days } = decodePlayer(bytes))
  }

  get profile(): Profile {
    return this.#profile
  }

  get days(): readonly number[] {
    return this.#days
  }

  /** Hours that were decoded here when it was flushed last, and what else there was in hours. */
  get hoursKept(): number {
    return this.#hoursKept
  }

  day(number: number): DayNode {
    const known = this.#nodes.get(number)
    if (known !== undefined) return known
    const bytes = this.#store.get(dayKeyOf(this.key, number))
    const node = bytes === undefined ? emptyDay(number) : decodeDay(number, bytes)
    this.#nodes.set(number, node)
    return node
  }

  walk(day: number, hour: number, opens: (part: HourNode) => boolean, take: (entry: Entry) => void): void {
    const node = hourNode(this.day(day), hour)
    if (node !== undefined) this.#entries.walk(this.#store, day, node, opens, take)
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
    const hour = hourOf(entry.atMs)
    const node = this.day(day)
    this.#entries.add(this.#store, day, hour, hourNode(node, hour), entry)
    addEntry(node, entry)
    this.#keepUp(day, entry, 1)
    this.#touch(day)
    this.#prune()
  }

  /** Takes a transaction out of the windows; one that is no longer there changes nothing. */
  reversed({ transaction_id: id, created_at: atMs }: Assessment): void {
    const day = dayOf(atMs)
    if (!this.#days.includes(day)) return
    const hour = hourOf(atMs)
    const before: Entry[] = []
    this.walk(
      day,
      hour,
      () => true,
      (each) => before.push(each),
    )
    const entry = before.find(({ transactionId }) => transactionId === id)
    if (entry === undefined) return
    const left = before.filter((each) => each !== entry)
    this.#entries.replace(this.#store, day, hour, before.length, left)
    removeEntry(this.day(day), entry, left)
    this.#keepUp(day, entry, -1)
    this.#touch(day)
  }

  /** What is kept of more than one day follows the day: bins are counted, spans (seldom of the day itself) made anew. */
  #keepUp(day: number, { series, units }: Entry, by: 1 | -1): void {
    this.#spans = this.#spans.filter(({ fromDay, toDay }) => day < fromDay || day > toDay)
    for (const kept of this.#bins)
      if (kept.series === series && day >= kept.fromDay && day <= kept.toDay)
        countBin(kept.value, binOf(units), by)
  }

  #touch(day: number): void {
    this.#changed = true
    this.#changedDays.add(day)
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
      for (const { hour, count } of this.day(day).hours) this.#entries.forget(day, hour, count)
      this.#deleted.add(dayKeyOf(this.key, day))
      this.#changedDays.delete(day)
      this.#nodes.delete(day)
      this.#days = rest
    }
  }

  /** Writes what has changed. */
  flush(store: StoreWriter): void {
    if (!this.#changed) return
    for (const key of this.#deleted) store.delete(key)
    this.#entries.flush(store)
    for (const day of this.#changedDays) store.put(dayKeyOf(this.key, day), encodeDay(this.day(day)))
    store.put(playerKeyOf(this.key), encodePlayer({ profile: this.#profile, days: this.#days }))
    this.#deleted.clear()
    this.#changedDays.clear()
    this.#changed = false
    this.#hoursKept = this.#entries.hoursKept
    for (const { hours } of this.#nodes.values()) this.#hoursKept += hours.length
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
    let hours = 0
    for (const memory of this.#newer.values()) hours += memory.hoursKept
    if (hours < KEPT_HOURS_MAX / 2) return
    this.#older = this.#newer
    this.#newer = new Map()
  }
}
