/** Sums over transactions of one kind and currency, in integers: the same transactions give the same sums in any order. */

/** Amounts are in units of 1/10000, squares in their square. */
export interface Sums {
  count: number
  sum: bigint
  sumSquares: bigint
  least: bigint
  greatest: bigint
}

/** What is summed apart: `type/currency`, with a `+` behind the type where it is a bonus. */
export type Series = string

export const seriesOf = (type: string, bonus: boolean, currency: string): Series =>
  `${type}${bonus ? '+' : ''}/${currency}`

export const NO_SUMS: Readonly<Sums> = { count: 0, sum: 0n, sumSquares: 0n, least: 0n, greatest: 0n }

export const sumsOf = (units: bigint): Sums => ({
  count: 1,
  sum: units,
  sumSquares: units * units,
  least: units,
  greatest: units,
})

/** Adds one amount. */
export function addAmount(sums: Sums, units: bigint): void {
  sums.count++
  sums.sum += units
  sums.sumSquares += units * units
  if (units < sums.least) sums.least = units
  if (units > sums.greatest) sums.greatest = units
}

/** Adds other sums. */
export function addSums(sums: Sums, other: Readonly<Sums>): void {
  sums.count += other.count
  sums.sum += other.sum
  sums.sumSquares += other.sumSquares
  if (other.least < sums.least) sums.least = other.least
  if (other.greatest > sums.greatest) sums.greatest = other.greatest
}

export type SumsBySeries = Map<Series, Sums>

export function addAmountTo(all: SumsBySeries, series: Series, units: bigint): void {
  const sums = all.get(series)
  if (sums === undefined) all.set(series, sumsOf(units))
  else addAmount(sums, units)
}

export function addAllTo(all: SumsBySeries, other: ReadonlyMap<Series, Readonly<Sums>>): void {
  for (const [series, sums] of other) {
    const known = all.get(series)
    if (known === undefined) all.set(series, { ...sums })
    else addSums(known, sums)
  }
}
