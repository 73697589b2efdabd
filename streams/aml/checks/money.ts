/** Checks of how much money moves: large transactions, structuring, linked deposits, rapid movement. */
import type { RuleSet } from '../../../domain/aml/rule-set.ts'
import { wholeOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import type { Entry } from '../windows/nodes.ts'
import { seriesOf } from '../windows/sums.ts'
import type { Series } from '../windows/sums.ts'
import { entriesIn, totalSeries } from '../windows/windows.ts'
import type { NodeReader } from '../windows/windows.ts'
import { TRANSACTIONS_NAMED_MAX, WINDOW_24H_MS, WINDOW_48H_MS } from './found.ts'
import type { Found } from './found.ts'

/** Money of the player's own, moved within the 24 hours up to a transaction, with it. In units. */
export interface Moved {
  deposited: bigint
  withdrawn: bigint
  wagered: bigint
  bonusWon: bigint
}

const isTransfer = ({ type }: Subject): boolean => type === 'DEPOSIT' || type === 'WITHDRAWAL'
const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ transactionId }) => transactionId)

/** The series that `Moved` is made of, by currency: there are some 160, and their names are asked for again and again. */
const movedSeries = new Map<string, readonly Series[]>()

function movedSeriesOf(currency: string): readonly Series[] {
  const known = movedSeries.get(currency)
  if (known !== undefined) return known
  const series = [
    seriesOf('DEPOSIT', false, currency),
    seriesOf('WITHDRAWAL', false, currency),
    seriesOf('BET', false, currency),
    seriesOf('ROLLBACK', false, currency),
    seriesOf('WIN', true, currency),
  ]
  movedSeries.set(currency, series)
  return series
}

/** What was moved from `fromMs` up to the transaction, with it, and the count of all transactions before it in that time. */
export function movedWithin(
  windows: NodeReader,
  fromMs: number,
  subject: Subject,
): { count: number; moved: Moved } {
  const series = movedSeriesOf(subject.currency)
  const { count, totals } = totalSeries(windows, fromMs, subject.atMs, series)
  const own = series.indexOf(subject.series)
  if (own >= 0) totals[own] = (totals[own] ?? 0n) + subject.units
  const [deposited = 0n, withdrawn = 0n, bets = 0n, rollbacks = 0n, bonusWon = 0n] = totals
  return { count, moved: { deposited, withdrawn, wagered: bets - rollbacks, bonusWon } }
}

export function largeTransaction(subject: Subject, { rules, thresholds }: RuleSet): Found | undefined {
  const limits = thresholds.get(subject.currency)
  const moves = isTransfer(subject) || subject.type === 'BET' || subject.type === 'WIN'
  if (limits === undefined || !moves || subject.units < limits.largeUnits) return undefined
  return {
    code: 'LARGE_TRANSACTION',
    points: rules.large_transaction.points,
    numbers: { amount: wholeOf(subject.units), threshold: wholeOf(limits.largeUnits) },
    detail: null,
    windowMs: 0,
    transactionIds: [],
  }
}

/** Deposits (or withdrawals) just under the threshold, the assessed one included, within 24 and 48 hours. */
export interface NearThreshold {
  within24h: readonly Entry[]
  within48h: readonly Entry[]
}

const NONE_NEAR: NearThreshold = { within24h: [], within48h: [] }

/** The earlier ones near the threshold; none where the subject itself is not near it. */
export function nearThreshold(subject: Subject, { thresholds }: RuleSet, windows: NodeReader): NearThreshold {
  const limits = thresholds.get(subject.currency)
  if (limits === undefined || !isTransfer(subject)) return NONE_NEAR
  if (subject.units < limits.nearUnits || subject.units >= limits.largeUnits) return NONE_NEAR
  const band = { series: subject.series, leastUnits: limits.nearUnits, belowUnits: limits.largeUnits }
  const from48h = subject.atMs - WINDOW_48H_MS
  const within48h = entriesIn(windows, from48h, subject.atMs, band, TRANSACTIONS_NAMED_MAX)
  const own: Entry = {
    atMs: subject.atMs,
    series: subject.series,
    units: subject.units,
    transactionId: subject.transactionId,
  }
  const all = [...within48h, own]
  return {
    within24h: all.filter(({ atMs }) => atMs > subject.atMs - WINDOW_24H_MS),
    within48h: all,
  }
}

export function structuring(
  subject: Subject,
  { rules, thresholds }: RuleSet,
  { within24h, within48h }: NearThreshold,
): Found | undefined {
  const limits = thresholds.get(subject.currency)
  const { points, count_24h, count_48h } = rules.structuring
  const in24h = within24h.length >= count_24h
  if (limits === undefined || (!in24h && within48h.length < count_48h)) return undefined
  const behind = in24h ? within24h : within48h
  return {
    code: 'STRUCTURING',
    points,
    numbers: {
      count_24h: within24h.length,
      count_24h_from: count_24h,
      count_48h: within48h.length,
      count_48h_from: count_48h,
      near_from: wholeOf(limits.nearUnits),
      threshold: wholeOf(limits.largeUnits),
      sum: wholeOf(behind.reduce((sum, { units }) => sum + units, 0n)),
    },
    detail: subject.type,
    windowMs: in24h ? WINDOW_24H_MS : WINDOW_48H_MS,
    transactionIds: idsOf(behind.slice(0, -1)),
  }
}

/** Deposits that are each below the threshold and together reach the limit of linked ones within 24 hours. */
export function linkedDeposits(
  subject: Subject,
  { rules, thresholds }: RuleSet,
  { deposited }: Moved,
  windows: NodeReader,
): Found | undefined {
  const limits = thresholds.get(subject.currency)
  if (limits === undefined || subject.type !== 'DEPOSIT') return undefined
  if (subject.units >= limits.largeUnits || deposited < limits.linkedUnits) return undefined
  const { series, atMs } = subject
  const from = atMs - WINDOW_24H_MS
  const large = { series, leastUnits: limits.largeUnits, belowUnits: 1n << 64n }
  const largeSum = entriesIn(windows, from, atMs, large, Infinity).reduce((sum, { units }) => sum + units, 0n)
  const sum = deposited - largeSum
  if (sum < limits.linkedUnits) return undefined
  const linked = { series, leastUnits: 0n, belowUnits: limits.largeUnits }
  const others = entriesIn(windows, from, atMs, linked, TRANSACTIONS_NAMED_MAX)
  if (others.length === 0) return undefined
  return {
    code: 'LINKED_DEPOSITS',
    points: rules.linked_deposits.points,
    numbers: {
      sum: wholeOf(sum),
      limit: wholeOf(limits.linkedUnits),
      each_below: wholeOf(limits.largeUnits),
      deposits: others.length + 1,
    },
    detail: null,
    windowMs: WINDOW_24H_MS,
    transactionIds: idsOf(others),
  }
}

/** Most of what was deposited leaves again within 24 hours, and little of it was played with. Bonus wins are not the player's deposit. */
export function rapidMovement(
  subject: Subject,
  { rules }: RuleSet,
  { deposited, withdrawn, wagered, bonusWon }: Moved,
  windows: NodeReader,
): Found | undefined {
  if (subject.type !== 'WITHDRAWAL' || deposited <= 0n) return undefined
  const cash = withdrawn > bonusWon ? withdrawn - bonusWon : 0n
  const withdrawnRatio = Number(cash) / Number(deposited)
  const wageredRatio = Number(wagered) / Number(deposited)
  const { points, withdrawn_ratio, wagered_ratio } = rules.rapid_movement
  if (withdrawnRatio < withdrawn_ratio || wageredRatio >= wagered_ratio) return undefined
  const from = subject.atMs - WINDOW_24H_MS
  const transfers = (['DEPOSIT', 'WITHDRAWAL'] as const).flatMap((type) => {
    const band = { series: seriesOf(type, false, subject.currency), leastUnits: 0n, belowUnits: 1n << 64n }
    return entriesIn(windows, from, subject.atMs, band, TRANSACTIONS_NAMED_MAX)
  })
  return {
    code: 'RAPID_MOVEMENT',
    points,
    numbers: {
      deposited: wholeOf(deposited),
      withdrawn: wholeOf(withdrawn),
      bonus_won: wholeOf(bonusWon),
      wagered: wholeOf(wagered),
      withdrawn_ratio: withdrawnRatio,
      withdrawn_ratio_from: withdrawn_ratio,
      wagered_ratio: wageredRatio,
      wagered_ratio_below: wagered_ratio,
    },
    detail: null,
    windowMs: WINDOW_24H_MS,
    transactionIds: idsOf(transfers.toSorted((a, b) => a.atMs - b.atMs).slice(-TRANSACTIONS_NAMED_MAX)),
  }
}
