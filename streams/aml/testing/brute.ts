/** The windows over again, by looking at every transaction: what the nodes must agree with. */
import type { Assessment } from '../../../avro/types.ts'
import type { Activity } from '../windows/windows.ts'

export interface Plain {
  atMs: number
  series: string
  units: bigint
}

export const plainOf = ({ created_at, type, bonus, currency, amount }: Assessment): Plain => ({
  atMs: created_at,
  series: `${type}${bonus ? '+' : ''}/${currency}`,
  units: amount,
})

/** Count, sum and sum of squares of each series in (fromMs, toMs]. */
export function bruteSums(
  all: readonly Plain[],
  fromMs: number,
  toMs: number,
): Record<string, readonly [count: number, sum: bigint, squares: bigint, least: bigint, greatest: bigint]> {
  const result: Record<string, [number, bigint, bigint, bigint, bigint]> = {}
  for (const { atMs, series, units } of all) {
    if (atMs <= fromMs || atMs > toMs) continue
    const [count, sum, squares, least, greatest] = result[series] ?? [0, 0n, 0n, units, units]
    result[series] = [
      count + 1,
      sum + units,
      squares + units * units,
      units < least ? units : least,
      units > greatest ? units : greatest,
    ]
  }
  return result
}

/** When the player was active in (fromMs, toMs]. */
export function bruteActivity(all: readonly Plain[], fromMs: number, toMs: number): Activity {
  const times = all.map(({ atMs }) => atMs).filter((atMs) => atMs > fromMs && atMs <= toMs)
  const hourOf = (atMs: number): number => new Date(atMs).getUTCHours()
  const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
  const hours = Array.from({ length: 24 }, (_, hour) => times.filter((atMs) => hourOf(atMs) === hour))
  return {
    count: times.length,
    days: new Set(times.map(dayOf)).size,
    hours: hours.map(({ length }) => length),
    hourDays: hours.map((each) => new Set(each.map(dayOf)).size),
    // Sunday is 0 in a Date.
    weekdays: [1, 2, 3, 4, 5, 6, 0].map(
      (weekday) => times.filter((atMs) => new Date(atMs).getUTCDay() === weekday).length,
    ),
  }
}

/** Median and median absolute deviation by sorting. */
export function bruteRobust(values: readonly number[]): { median: number; deviation: number } {
  const middle = (list: readonly number[]): number =>
    list.toSorted((a, b) => a - b)[Math.ceil(list.length / 2) - 1] ?? 0
  const median = middle(values)
  return { median, deviation: middle(values.map((value) => Math.abs(value - median))) }
}
