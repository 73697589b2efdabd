/**
 * The windows over a player's transactions, exact in event time: (from, to] to the millisecond. Whole days and hours come
 * from their sums; single transactions are read in the hours that a window cuts. So a window costs at most some 80 sums
 * and two hours of transactions, however long the history is.
 */
import { addBins } from './bins.ts'
import type { Bins } from './bins.ts'
import { dayOf, HOUR_MS, weekdayOf } from './nodes.ts'
import type { DayNode, Entry, HourNode } from './nodes.ts'
import { addAllTo, addAmountTo } from './sums.ts'
import type { Series, SumsBySeries } from './sums.ts'

/** Where the nodes of one player come from. */
export interface NodeReader {
  /** Days in which something happened, in rising order. */
  readonly days: readonly number[]
  day(day: number): DayNode
  /** The transactions of an hour, in no order. */
  entries(day: number, hour: number): readonly Entry[]
}

export interface WindowSums {
  count: number
  /** How many came at an unusual time. */
  deviating: number
  /** UTC days in which one came at an unusual time. */
  deviatingDays: number
  sums: SumsBySeries
}

/** When a player is active: counts by hour of the day and by day of the week. */
export interface Activity {
  count: number
  days: number
  hours: number[]
  weekdays: number[]
}

interface Visitor {
  day(day: DayNode): void
  hour(hour: HourNode, day: number): void
  entry(entry: Entry, day: number): void
}

/** True where all that is in a node lies in the window, false where nothing does, undefined where it is cut. */
function within(node: DayNode | HourNode, fromMs: number, toMs: number): boolean | undefined {
  if (node.lastAtMs <= fromMs || node.firstAtMs > toMs) return false
  return node.firstAtMs > fromMs && node.lastAtMs <= toMs ? true : undefined
}

const isIn = ({ atMs }: Entry, fromMs: number, toMs: number): boolean => atMs > fromMs && atMs <= toMs

function visit(reader: NodeReader, fromMs: number, toMs: number, visitor: Visitor): void {
  const firstDay = dayOf(fromMs)
  const lastDay = dayOf(toMs)
  for (const number of reader.days) {
    if (number < firstDay || number > lastDay) continue
    const day = reader.day(number)
    const whole = within(day, fromMs, toMs)
    if (whole === true) visitor.day(day)
    if (whole !== undefined) continue
    for (const hour of day.hours) {
      const inside = within(hour, fromMs, toMs)
      if (inside === true) visitor.hour(hour, number)
      if (inside !== undefined) continue
      for (const entry of reader.entries(number, hour.hour))
        if (isIn(entry, fromMs, toMs)) visitor.entry(entry, number)
    }
  }
}

/** All sums of the window (fromMs, toMs]. */
export function sumWindow(reader: NodeReader, fromMs: number, toMs: number): WindowSums {
  const window: WindowSums = { count: 0, deviating: 0, deviatingDays: 0, sums: new Map() }
  const deviatingDays = new Set<number>()
  const add = (node: HourNode | DayNode, day: number): void => {
    window.count += node.count
    window.deviating += node.deviating
    if (node.deviating > 0) deviatingDays.add(day)
    addAllTo(window.sums, node.sums)
  }
  visit(reader, fromMs, toMs, {
    day: (day) => add(day, day.day),
    hour: add,
    entry: ({ series, units, deviating }, day) => {
      window.count++
      if (deviating) {
        window.deviating++
        deviatingDays.add(day)
      }
      addAmountTo(window.sums, series, units)
    },
  })
  window.deviatingDays = deviatingDays.size
  return window
}

/** How many transactions lie in the window. */
export function countWindow(reader: NodeReader, fromMs: number, toMs: number): number {
  let count = 0
  visit(reader, fromMs, toMs, {
    day: (day) => (count += day.count),
    hour: (hour) => (count += hour.count),
    entry: () => count++,
  })
  return count
}

/** When in the window the player was active. */
export function activityIn(reader: NodeReader, fromMs: number, toMs: number): Activity {
  const activity: Activity = {
    count: 0,
    days: 0,
    hours: Array.from({ length: 24 }, () => 0),
    weekdays: Array.from({ length: 7 }, () => 0),
  }
  const days = new Set<number>()
  const add = (day: number, hour: number, count: number): void => {
    const weekday = weekdayOf(day)
    activity.count += count
    activity.hours[hour] = (activity.hours[hour] ?? 0) + count
    activity.weekdays[weekday] = (activity.weekdays[weekday] ?? 0) + count
    days.add(day)
  }
  visit(reader, fromMs, toMs, {
    day: ({ day, hours }) => {
      for (const { hour, count } of hours) add(day, hour, count)
    },
    hour: ({ hour, count }, day) => add(day, hour, count),
    entry: ({ atMs }, day) => add(day, Math.floor(atMs / HOUR_MS) % 24, 1),
  })
  activity.days = days.size
  return activity
}

/**
 * Transactions of a series in the window whose amounts lie in [leastUnits, belowUnits), the newest last; `limit` of them
 * at the most, the newest. Hours without such an amount are not opened.
 */
export function entriesIn(
  reader: NodeReader,
  fromMs: number,
  toMs: number,
  band: { series: Series; leastUnits: bigint; belowUnits: bigint },
  limit: number,
): Entry[] {
  const touches = ({ sums }: HourNode | DayNode): boolean => {
    const found = sums.get(band.series)
    return found !== undefined && found.greatest >= band.leastUnits && found.least < band.belowUnits
  }
  const found: Entry[] = []
  const days = reader.days.filter((day) => day >= dayOf(fromMs) && day <= dayOf(toMs))
  for (const number of days.toReversed()) {
    const day = reader.day(number)
    if (within(day, fromMs, toMs) === false || !touches(day)) continue
    for (const hour of day.hours.toReversed()) {
      if (found.length >= limit) break
      if (within(hour, fromMs, toMs) === false || !touches(hour)) continue
      found.push(
        ...reader
          .entries(number, hour.hour)
          .filter(
            (entry) =>
              entry.series === band.series &&
              entry.units >= band.leastUnits &&
              entry.units < band.belowUnits &&
              isIn(entry, fromMs, toMs),
          )
          .toSorted((a, b) => b.atMs - a.atMs),
      )
    }
  }
  return found.slice(0, limit).toReversed()
}

/** Bins of a series over whole days, both ends included. */
export function binsIn(reader: NodeReader, fromDay: number, toDay: number, series: Series): Bins {
  const bins: Bins = { bins: [], counts: [] }
  for (const number of reader.days) {
    if (number < fromDay || number > toDay) continue
    const found = reader.day(number).bins.get(series)
    if (found !== undefined) addBins(bins, found)
  }
  return bins
}
