/**
 * The one text that stands for a run: what it covers, the rates and what it comes to. Its SHA-256 is the run's hash. The form
 * must never change for runs that are there: another one gets another first line.
 */
import type { Coverage, Seals } from './coverage.ts'
import type { Period } from './calendar.ts'
import type { Statement } from './statement.ts'

const FORM = 'stakestream-settlement/1'

export interface CanonicalRun {
  partnerId: string
  currency: string
  period: Period
  timeZone: string
  coverage: Coverage
  /** How many movements are late, and the SHA-256 over their places in the log and ids (see `lateLine`). */
  lateEntries: number
  lateDigest: string
  statement: Statement
}

const sealsText = (seals: Seals): string =>
  [...seals]
    .toSorted(([a], [b]) => a - b)
    .map(([partition, offset]) => `${partition}:${offset}`)
    .join(',')

/** A late movement, as the digest has it; in order of partition and offset. */
export const lateLine = (partition: number, offset: number, transactionId: string): string =>
  `${partition}:${offset} ${transactionId}\n`

/** One fact a line, fields parted by tabs. Labels are shown, not settled: they are no part of it. */
export function canonicalText(run: CanonicalRun): string {
  const { coverage, statement, period } = run
  const rows: (string | number | bigint)[][] = [
    [FORM],
    ['run', run.partnerId, run.currency, period.from, period.to, run.timeZone],
    ['time', coverage.chainStartMs, coverage.fromMs, coverage.toMs],
    ['seals', sealsText(coverage.seals)],
    ['previous', sealsText(coverage.previousSeals)],
    ['late', run.lateEntries, run.lateDigest],
    ...statement.days.map((day) => [
      'day',
      day.date,
      day.late ? 'late' : 'own',
      day.rate,
      day.movements,
      day.bets,
      day.wins,
      day.rollbacks,
      day.bonusCost,
      day.adjustments,
      day.deposits,
      day.withdrawals,
      day.commission,
      day.adjustmentShare,
    ]),
    ...statement.lines.map(({ code, kind, basis, rate, amount }) => [
      'line',
      code,
      kind,
      basis ?? '-',
      rate ?? '-',
      amount,
    ]),
  ]
  return rows.map((row) => `${row.join('\t')}\n`).join('')
}
