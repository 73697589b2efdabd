/**
 * How often amounts were about as large, on a logarithmic scale: counts in bins of log(1 + amount). Enough for a median and
 * a median absolute deviation, in bounded space, whatever the number of amounts.
 */
import { UNITS_PER_WHOLE } from '../../../domain/money.ts'

/** Bins per unit of the natural logarithm: neighbouring bins differ by 3 %. */
const BINS_PER_UNIT = 32
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const NORMAL_CONSISTENCY = 0.6745

/** Bins in rising order, each with a count above 0. */
export interface Bins {
  bins: number[]
  counts: number[]
}

/** log(1 + amount), the amount in whole units of its currency. */
export const logOf = (units: bigint): number => Math.log1p(Number(units) / Number(UNITS_PER_WHOLE))

export const binOf = (units: bigint): number => Math.floor(logOf(units) * BINS_PER_UNIT)

/** The first place whose bin is not less. */
function placeOf(bins: readonly number[], bin: number): number {
  let low = 0
  let high = bins.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bins[middle] ?? 0) < bin) low = middle + 1
    else high = middle
  }
  return low
}

/** Changes the count of a bin; one that comes to 0 goes. */
export function countBin({ bins, counts }: Bins, bin: number, by: number): void {
  const at = placeOf(bins, bin)
  if (bins[at] === bin) {
    const count = (counts[at] ?? 0) + by
    if (count > 0) counts[at] = count
    else {
      bins.splice(at, 1)
      counts.splice(at, 1)
    }
  } else if (by > 0) {
    bins.splice(at, 0, bin)
    counts.splice(at, 0, by)
  }
}

export function addBins(into: Bins, other: Bins): void {
  for (const [at, bin] of other.bins.entries()) countBin(into, bin, other.counts[at] ?? 0)
}

const middleOf = (bin: number): number => (bin + 0.5) / BINS_PER_UNIT

/** Median and median absolute deviation of what was counted, on the logarithmic scale; undefined where nothing was. */
export function robustOf({ bins, counts }: Bins): { median: number; deviation: number } | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const half = total / 2
  let at = 0
  let seen = counts[0] ?? 0
  while (seen < half) seen += counts[++at] ?? 0
  const center = bins[at] ?? 0
  // Outwards from the median, nearest first, until half of all has been passed.
  let passed = counts[at] ?? 0
  let below = at - 1
  let above = at + 1
  let distance = 0
  while (passed < half) {
    const down = below >= 0 ? center - (bins[below] ?? 0) : Infinity
    const up = above < bins.length ? (bins[above] ?? 0) - center : Infinity
    distance = Math.min(down, up)
    if (down <= up) passed += counts[below--] ?? 0
    else passed += counts[above++] ?? 0
  }
  return { median: middleOf(center), deviation: distance / BINS_PER_UNIT }
}

/** Distance of an amount from the median in robust standard deviations; the deviation counts no less than `floor`. */
export function robustZScore(
  units: bigint,
  { median, deviation }: { median: number; deviation: number },
  floor: number,
): number {
  return (NORMAL_CONSISTENCY * (logOf(units) - median)) / Math.max(deviation, floor)
}
