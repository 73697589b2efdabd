/**
 * What a run comes to. Every amount is a whole number of units of 1/10000; a share of an amount is rounded half to even, once
 * for each day and rate and once for each fee, and nothing is rounded after that. So the same days give the same lines.
 */
import { UNITS_PER_WHOLE } from '../money.ts'
import { NO_FIGURES, sumOf } from './figures.ts'
import type { DayFigures } from './buckets.ts'

export const FEE_BASES = ['GGR', 'NGR', 'COMMISSION'] as const
export type FeeBasis = (typeof FEE_BASES)[number]

/** A tax or fee that is kept back: a share (units of 1/10000) of its basis, where that is positive. */
export interface Fee {
  code: string
  label: string
  basis: FeeBasis
  rate: bigint
}

/** A day with what follows from its figures. */
export interface SettledDay extends DayFigures {
  ggr: bigint
  ngr: bigint
  commission: bigint
  adjustmentShare: bigint
}

/** VOLUME and FIGURE lines inform, PAYABLE ones add up to the RESULT. */
export type LineKind = 'VOLUME' | 'FIGURE' | 'PAYABLE' | 'RESULT'

export interface Line {
  code: string
  label: string
  kind: LineKind
  /** What a fee is a share of. */
  basis: bigint | null
  rate: bigint | null
  amount: bigint
}

export interface Statement {
  days: SettledDay[]
  lines: Line[]
  /** What the partner is paid; never negative. */
  netPayable: bigint
  /** A negative result, which the next run begins with; never positive. */
  carriedForward: bigint
}

/** `units × rate / 10000`, half to even. */
export function shareOf(units: bigint, rate: bigint): bigint {
  const product = units * rate
  const whole = product / UNITS_PER_WHOLE
  const rest = product % UNITS_PER_WHOLE
  const twice = (rest < 0n ? -rest : rest) * 2n
  const away = twice > UNITS_PER_WHOLE || (twice === UNITS_PER_WHOLE && whole % 2n !== 0n)
  if (!away) return whole
  return product < 0n ? whole - 1n : whole + 1n
}

function settled(day: DayFigures): SettledDay {
  const ggr = day.bets - day.wins - day.rollbacks
  const ngr = ggr - day.bonusCost
  return {
    ...day,
    ggr,
    ngr,
    commission: shareOf(ngr, day.rate),
    adjustmentShare: shareOf(day.adjustments, day.rate),
  }
}

const line = (kind: LineKind, code: string, label: string, amount: bigint): Line => ({
  code,
  label,
  kind,
  basis: null,
  rate: null,
  amount,
})

function feeLine({ code, label, basis, rate }: Fee, bases: Readonly<Record<FeeBasis, bigint>>): Line {
  const of = bases[basis] > 0n ? bases[basis] : 0n
  return { code: `FEE_${code}`, label, kind: 'PAYABLE', basis: of, rate, amount: -shareOf(of, rate) }
}

export interface StatementInput {
  days: readonly DayFigures[]
  fees: readonly Fee[]
  /** What the run before has carried forward; never positive. */
  carriedIn: bigint
}

const total = (days: readonly SettledDay[], of: (day: SettledDay) => bigint): bigint =>
  days.reduce((sum, day) => sum + of(day), 0n)

export function statementOf({ days: given, fees, carriedIn }: StatementInput): Statement {
  const days = given.map(settled)
  const all = given.reduce(sumOf, NO_FIGURES)
  const ggr = total(days, (day) => day.ggr)
  const ngr = ggr - all.bonusCost
  const commission = total(days, (day) => day.commission)
  const payable = [
    line('PAYABLE', 'COMMISSION', 'Commission on net gaming revenue, by day', commission),
    line(
      'PAYABLE',
      'ADJUSTMENTS',
      'Share of adjustments, by day',
      total(days, (day) => day.adjustmentShare),
    ),
    line('PAYABLE', 'CARRY_OVER', 'Negative result of the run before', carriedIn),
    ...fees.map((fee) => feeLine(fee, { GGR: ggr, NGR: ngr, COMMISSION: commission })),
  ]
  const result = payable.reduce((sum, { amount }) => sum + amount, 0n)
  const netPayable = result > 0n ? result : 0n
  const carriedForward = result < 0n ? result : 0n
  const lines = [
    line('VOLUME', 'DEPOSITS', 'Deposits', all.deposits),
    line('VOLUME', 'WITHDRAWALS', 'Withdrawals paid out', all.withdrawals),
    line('FIGURE', 'BETS', 'Bets', all.bets),
    line('FIGURE', 'WINS', 'Wins', -all.wins),
    line('FIGURE', 'ROLLBACKS', 'Rolled back bets', -all.rollbacks),
    line('FIGURE', 'GGR', 'Gross gaming revenue', ggr),
    line('FIGURE', 'BONUS_COST', 'Bonus cost', -all.bonusCost),
    line('FIGURE', 'NGR', 'Net gaming revenue', ngr),
    line('FIGURE', 'PLAYER_ADJUSTMENTS', 'Adjustments of players’ wallets', all.adjustments),
    ...payable,
    line('RESULT', 'NET_PAYABLE', 'Net payable', netPayable),
    line('RESULT', 'CARRIED_FORWARD', 'Carried forward to the next run', carriedForward),
  ]
  return { days, lines, netPayable, carriedForward }
}
