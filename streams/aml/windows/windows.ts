/**
 * The windows over a player's transactions, exact in event time: (from, to] to the millisecond. The days between the
 * first and the last come from their sums, which are kept; hours from theirs; in an hour that a window cuts, single
 * transactions are read in the parts that it cuts. So a window costs at most two days' hours and two ways down to some
 * single transactions, however many there are.
 */
import type { Bins } from './bins.ts'
import { dayOf, hourOf, weekdayOf } from './nodes.ts'
import type { DayNode, Entry, HourNode } from './nodes.ts'
import { addAllTo, addAmount, addAmountTo, addSums, NO_SUMS, sumsOf } from './sums.ts'
import type { Series, Sums, SumsBySeries } from './sums.ts'

/** Whole days in one: their sums, and when in them the player was active. */
export interface Span {
  count: number
  /** Of the busiest day. */
  greatestDay: number
  sums: SumsBySeries
  /** Days in which something happened. */
  days: number
  /** Counts by hour of the day. */
  hours: number[]
  /** In how many days something happened, by hour of the day. */
  hourDays: number[]
  /** Counts by day of the week, Monday first. */
  weekdays: number[]
}

/** Where the nodes of one player come from. */
export interface NodeReader {
  /** Days in which something happened, in rising order. */
  readonly days: readonly number[]
  day(day: number): DayNode
  /**
   * Goes through an hour's transactions, in the order in which they came. A busy hour's are summed up in parts of parts:
   * `opens` looks at each of them and says whether what is in it is looked at one by one.
   */
  walk(day: number, hour: number, opens: (part: HourNode) => boolean, take: (entry: Entry) => void): void
  /** Days from one to another, both included. */
  span(fromDay: number, toDay: number): Span
  /** How often amounts of a series were about as large, in days from one to another, both included. */
  bins(fromDay: number, toDay: number, series: Series): Bins
}

export interface WindowSums {
  count: number
  sums: SumsBySeries
}

/** How many transactions lie in a window, and the sums of one series among them. */
export interface SeriesInWindow {
  count: number
  sums: Readonly<Sums>
}

/** When a player is active: counts by hour of the day and by day of the week. */
export interface Activity {
  count: number
  days: number
  hours: number[]
  /** In how many days, by hour of the day. */
  hourDays: number[]
  weekdays: number[]
}

interface Visitor {
  /** Comes first. */
  span(span: Span): void
  day(day: DayNode): void
  /** An hour or a part of one. */
  hour(hour: HourNode, day: number): void
  entry(entry: Entry, day: number): void
}

/** To be copied: a copy is made many times faster than an array is filled. */
const NO_HOURS: readonly number[] = Array.from({ length: 24 }, () => 0)
const NO_WEEKDAYS: readonly number[] = Array.from({ length: 7 }, () => 0)

const increase = (counts: number[], at: number, by: number): void => {
  counts[at] = (counts[at] ?? 0) + by
}

/** Sums up whole days. */
export function spanOf(days: Iterable<DayNode>): Span {
  const span: Span = {
    count: 0,
    greatestDay: 0,
    sums: new Map(),
    days: 0,
    hours: NO_HOURS.slice(),
    hourDays: NO_HOURS.slice(),
    weekdays: NO_WEEKDAYS.slice(),
  }
  for (const day of days) {
    if (day.count === 0) continue
    span.count += day.count
    span.greatestDay = Math.max(span.greatestDay, day.count)
    span.days++
    addAllTo(span.sums, day.sums)
    increase(span.weekdays, weekdayOf(day.day), day.count)
    for (const { hour, count } of day.hours) {
      if (count === 0) continue
      increase(span.hours, hour, count)
      increase(span.hourDays, hour, 1)
    }
  }
  return span
}

/** True where all that is in a node lies in the window, false where nothing does, undefined where it is cut. */
function within(node: DayNode | HourNode, fromMs: number, toMs: number): boolean | undefined {
  if (node.lastAtMs <= fromMs || node.firstAtMs > toMs) return false
  return node.firstAtMs > fromMs && node.lastAtMs <= toMs ? true : undefined
}

const isIn = ({ atMs }: Entry, fromMs: number, toMs: number): boolean => atMs > fromMs && atMs <= toMs

function visitDay(reader: NodeReader, number: number, fromMs: number, toMs: number, visitor: Visitor): void {
  if (!reader.days.includes(number)) return
  const day = reader.day(number)
  const whole = within(day, fromMs, toMs)
  if (whole === true) return visitor.day(day)
  if (whole === false) return
  const isCut = (part: HourNode): boolean => {
    const inside = within(part, fromMs, toMs)
    if (inside === true) visitor.hour(part, number)
    return inside === undefined
  }
  const take = (entry: Entry): void => {
    if (isIn(entry, fromMs, toMs)) visitor.entry(entry, number)
  }
  for (const hour of day.hours) if (isCut(hour)) reader.walk(number, hour.hour, isCut, take)
}

function visit(reader: NodeReader, fromMs: number, toMs: number, visitor: Visitor): void {
  const firstDay = dayOf(fromMs)
  const lastDay = dayOf(toMs)
  if (lastDay - firstDay > 1) visitor.span(reader.span(firstDay + 1, lastDay - 1))
  visitDay(reader, firstDay, fromMs, toMs, visitor)
  if (lastDay > firstDay) visitDay(reader, lastDay, fromMs, toMs, visitor)
}

/** All sums of the window (fromMs, toMs]. */
export function sumWindow(reader: NodeReader, fromMs: number, toMs: number): WindowSums {
  const window: WindowSums = { count: 0, sums: new Map() }
  const add = (node: HourNode | DayNode | Span): void => {
    window.count += node.count
    addAllTo(window.sums, node.sums)
  }
  visit(reader, fromMs, toMs, {
    span: add,
    day: add,
    hour: add,
    entry: ({ series, units }) => {
      window.count++
      addAmountTo(window.sums, series, units)
    },
  })
  return window
}

/** The count of the window (fromMs, toMs], and the sums of one series in it. */
export function sumSeries(reader: NodeReader, fromMs: number, toMs: number, series: Series): SeriesInWindow {
  let count = 0
  let total: Sums | undefined
  const add = (node: HourNode | DayNode | Span): void => {
    count += node.count
    const found = node.sums.get(series)
    if (found === undefined) return
    if (total === undefined) total = { ...found }
    else addSums(total, found)
  }
  visit(reader, fromMs, toMs, {
    span: add,
    day: add,
    hour: add,
    entry: (entry) => {
      count++
      if (entry.series !== series) return
      if (total === undefined) total = sumsOf(entry.units)
      else addAmount(total, entry.units)
    },
  })
  return { count, sums: total ?? NO_SUMS }
}

/** The count of the window (fromMs, toMs], and the totals of some series in it, in their order. */
export function totalSeries(
  reader: NodeReader,
  fromMs: number,
  toMs: number,
  series: readonly Series[],
): { count: number; totals: bigint[] } {
  let count = 0
  const totals = series.map(() => 0n)
  const add = (node: HourNode | DayNode | Span): void => {
    count += node.count
    for (let at = 0; at < series.length; at++) {
      const found = node.sums.get(series[at] ?? '')
      if (found !== undefined) totals[at] = (totals[at] ?? 0n) + found.sum
    }
  }
  visit(reader, fromMs, toMs, {
    span: add,
    day: add,
    hour: add,
    entry: (entry) => {
      count++
      const at = series.indexOf(entry.series)
      if (at >= 0) totals[at] = (totals[at] ?? 0n) + entry.units
    },
  })
  return { count, totals }
}

/** In how many days of the window something can have happened: no fewer than it did. */
export function daysTouched({ days }: NodeReader, fromMs: number, toMs: number): number {
  const first = dayOf(fromMs)
  const last = dayOf(toMs)
  let count = 0
  for (const day of days) if (day >= first && day <= last) count++
  return count
}

/** How many transactions lie in the window. */
export function countWindow(reader: NodeReader, fromMs: number, toMs: number): number {
  let count = 0
  const add = (node: HourNode | DayNode | Span): void => {
    count += node.count
  }
  visit(reader, fromMs, toMs, { span: add, day: add, hour: add, entry: () => count++ })
  return count
}

/** When in the window the player was active. */
export function activityIn(reader: NodeReader, fromMs: number, toMs: number): Activity {
  const activity: Activity = {
    count: 0,
    days: 0,
    hours: NO_HOURS.slice(),
    hourDays: NO_HOURS.slice(),
    weekdays: NO_WEEKDAYS.slice(),
  }
  // An hour's transactions come one behind the other, and so do a day's hours.
  let lastDay = -1
  let lastPlace = -1
  const add = (day: number, hour: number, count: number): void => {
    if (count === 0) return
    activity.count += count
    increase(activity.hours, hour, count)
    increase(activity.weekdays, weekdayOf(day), count)
    if (day !== lastDay) activity.days++
    const place = day * 24 + hour
    if (place !== lastPlace) increase(activity.hourDays, hour, 1)
    lastDay = day
    lastPlace = place
  }
  visit(reader, fromMs, toMs, {
    span: ({ count, days, hours, hourDays, weekdays }) => {
      activity.count = count
      activity.days = days
      activity.hours = hours.slice()
      activity.hourDays = hourDays.slice()
      activity.weekdays = weekdays.slice()
    },
    day: ({ day, hours }) => {
      for (const { hour, count } of hours) add(day, hour, count)
    },
    hour: ({ hour, count }, day) => add(day, hour, count),
    entry: ({ atMs }, day) => add(day, hourOf(atMs), 1),
  })
  return activity
}

/**
 * Transactions of a series in the window whose amounts lie in [leastUnits, belowUnits), the newest last; `limit` of them
 * at the most, the newest. Hours, and parts of them, without such an amount are not opened.
 */
export function entriesIn(
  reader: NodeReader,
  fromMs: number,
  toMs: number,
  { series, leastUnits, belowUnits }: { series: Series; leastUnits: bigint; belowUnits: bigint },
  limit: number,
): Entry[] {
  const touches = (node: HourNode | DayNode): boolean => {
    if (within(node, fromMs, toMs) === false) return false
    const sums = node.sums.get(series)
    return sums !== undefined && sums.greatest >= leastUnits && sums.least < belowUnits
  }
  const isWanted = (entry: Entry): boolean =>
    entry.series === series &&
    entry.units >= leastUnits &&
    entry.units < belowUnits &&
    isIn(entry, fromMs, toMs)
  let found: Entry[] = []
  const days = reader.days.filter((day) => day >= dayOf(fromMs) && day <= dayOf(toMs))
  for (const number of days.toReversed()) {
    const day = reader.day(number)
    if (!touches(day)) continue
    for (const hour of day.hours.toReversed()) {
      if (found.length >= limit) break
      if (!touches(hour)) continue
      const inHour: Entry[] = []
      reader.walk(number, hour.hour, touches, (entry) => {
        if (isWanted(entry)) inHour.push(entry)
      })
      found = found.concat(inHour.toSorted((a, b) => b.atMs - a.atMs))
    }
  }
  return found.slice(0, limit).toReversed()
}
