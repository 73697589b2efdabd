/** A player's transactions: hours one by one and in sums, days in the sums of their hours. All times are UTC. */
import { addAllTo, addAmountTo } from './sums.ts'
import type { Series, SumsBySeries } from './sums.ts'
import { binOf, countBin } from './bins.ts'
import type { Bins } from './bins.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** One transaction. */
export interface Entry {
  atMs: number
  series: Series
  units: bigint
  /** Of what an alert may name: deposits and withdrawals; empty for all else. */
  transactionId: string
}

/** An hour, or a part of its transactions. */
export interface HourNode {
  /** Of the day, 0 to 23. */
  hour: number
  firstAtMs: number
  lastAtMs: number
  count: number
  sums: SumsBySeries
}

export interface DayNode {
  /** Since 1970-01-01. */
  day: number
  /** In rising order; only hours in which something happened. */
  hours: HourNode[]
  bins: Map<Series, Bins>
  /** All of what follows is the sum of the hours. */
  firstAtMs: number
  lastAtMs: number
  count: number
  sums: SumsBySeries
}

export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS)
export const hourOf = (atMs: number): number => Math.floor((atMs % DAY_MS) / HOUR_MS)
/** 0 is Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (day + 3) % 7

export const emptyDay = (day: number): DayNode => ({
  day,
  hours: [],
  bins: new Map(),
  firstAtMs: Infinity,
  lastAtMs: -Infinity,
  count: 0,
  sums: new Map(),
})

export const emptyHour = (hour: number): HourNode => ({
  hour,
  firstAtMs: Infinity,
  lastAtMs: -Infinity,
  count: 0,
  sums: new Map(),
})

/** Counts an entry in a node's own sums. */
export function addTo(node: HourNode | DayNode, entry: Entry): void {
  if (entry.atMs < node.firstAtMs) node.firstAtMs = entry.atMs
  if (entry.atMs > node.lastAtMs) node.lastAtMs = entry.atMs
  node.count++
  addAmountTo(node.sums, entry.series, entry.units)
}

function hourIn(day: DayNode, hour: number): HourNode {
  const at = day.hours.findIndex((node) => node.hour >= hour)
  const found = at < 0 ? undefined : day.hours[at]
  if (found?.hour === hour) return found
  const node = emptyHour(hour)
  day.hours.splice(at < 0 ? day.hours.length : at, 0, node)
  return node
}

/** An hour of a day; undefined where nothing happened in it. */
export const hourNode = (day: DayNode, hour: number): HourNode | undefined =>
  day.hours.find((node) => node.hour === hour)

function binsIn(day: DayNode, series: Series): Bins {
  const known = day.bins.get(series)
  if (known !== undefined) return known
  const bins: Bins = { bins: [], counts: [] }
  day.bins.set(series, bins)
  return bins
}

/** Counts an entry in its hour and day. */
export function addEntry(day: DayNode, entry: Entry): void {
  addTo(hourIn(day, hourOf(entry.atMs)), entry)
  addTo(day, entry)
  countBin(binsIn(day, entry.series), binOf(entry.units), 1)
}

/** Makes a day's own sums anew from its hours. */
export function sumHours(day: DayNode): void {
  Object.assign(day, { firstAtMs: Infinity, lastAtMs: -Infinity, count: 0, sums: new Map() })
  for (const hour of day.hours) {
    day.firstAtMs = Math.min(day.firstAtMs, hour.firstAtMs)
    day.lastAtMs = Math.max(day.lastAtMs, hour.lastAtMs)
    day.count += hour.count
    addAllTo(day.sums, hour.sums)
  }
}

/** Takes an entry out of its hour and day; `left` are the entries that stay in the hour. */
export function removeEntry(day: DayNode, entry: Entry, left: readonly Entry[]): void {
  const hour = hourOf(entry.atMs)
  const others = day.hours.filter((node) => node.hour !== hour)
  const rest = emptyHour(hour)
  for (const each of left) addTo(rest, each)
  day.hours = left.length === 0 ? others : [...others, rest].toSorted((a, b) => a.hour - b.hour)
  countBin(binsIn(day, entry.series), binOf(entry.units), -1)
  sumHours(day)
}
