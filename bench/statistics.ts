/** The few statistics that a benchmark needs. */

export interface Spread {
  min: number
  median: number
  max: number
}

/** The value below which `share` (0 to 1) of the sorted values lie: nearest rank, so always a value that was measured. */
export function percentile(sorted: readonly number[] | Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
  if (value === undefined) throw new Error('no percentile of no values')
  return value
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error('no median of no values')
  return (lower + upper) / 2
}

export const spreadOf = (values: readonly number[]): Spread => ({
  min: Math.min(...values),
  median: median(values),
  max: Math.max(...values),
})

/** p50 and p99 of latencies in milliseconds, with their number and maximum. */
export interface Latencies {
  count: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

export function latenciesOf(valuesMs: readonly number[]): Latencies {
  const sorted = Float64Array.from(valuesMs).sort()
  return {
    count: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
  }
}
