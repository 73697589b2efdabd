/** What a settlement must come to, by plain loops over what was sent; it shares nothing with the code that settles. */

/** What was sent and what it is to a settlement, in units. */
export interface Sent {
  atMs: number
  bets?: bigint
  wins?: bigint
  rollbacks?: bigint
  bonus?: bigint
  adjustments?: bigint
}

/** What a partner has agreed to; rates and shares are units of 1/10000. */
export interface Contract {
  zone: string
  /** Each rate with the first day on which it holds, in rising order. */
  rates: readonly (readonly [firstDate: string, rate: bigint])[]
  /** Share of a positive GGR. */
  taxRate: bigint
}

export interface Figures {
  ggr: bigint
  ngr: bigint
  commission: bigint
  adjustments: bigint
  tax: bigint
  result: bigint
}

const dateOf = (atMs: number, zone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(atMs)

/** Half to even, by hand from the remainder. */
function share(units: bigint, rate: bigint): bigint {
  const negative = units < 0n
  const product = (negative ? -units : units) * rate
  let result = product / 10_000n
  const rest = product - result * 10_000n
  if (rest > 5_000n || (rest === 5_000n && result % 2n === 1n)) result += 1n
  return negative ? -result : result
}

/** What a run of these movements comes to. */
export function expected(
  list: readonly Sent[],
  carried: bigint,
  { zone, rates, taxRate }: Contract,
): Figures {
  const days = new Map<string, { ggr: bigint; ngr: bigint; adjustments: bigint }>()
  for (const { atMs, bets = 0n, wins = 0n, rollbacks = 0n, bonus = 0n, adjustments = 0n } of list) {
    const day = days.get(dateOf(atMs, zone)) ?? { ggr: 0n, ngr: 0n, adjustments: 0n }
    day.ggr += bets - wins - rollbacks
    day.ngr += bets - wins - rollbacks - bonus
    day.adjustments += adjustments
    days.set(dateOf(atMs, zone), day)
  }
  let [ggr, ngr, commission, adjustments] = [0n, 0n, 0n, 0n]
  for (const [date, day] of days) {
    let rate = 0n
    for (const [firstDate, next] of rates) if (firstDate <= date) rate = next
    ggr += day.ggr
    ngr += day.ngr
    commission += share(day.ngr, rate)
    adjustments += share(day.adjustments, rate)
  }
  const tax = ggr > 0n ? -share(ggr, taxRate) : 0n
  return { ggr, ngr, commission, adjustments, tax, result: commission + adjustments + carried + tax }
}
