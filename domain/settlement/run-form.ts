/**
 * Between a run as a record has it and what the core of settlement works on. The shapes are those of avro/settlement.updated and
 * avro/settlement.command, of which this folder knows nothing.
 */
import type { DayFigures } from './buckets.ts'
import type { CanonicalRun } from './canonical.ts'
import type { Coverage, Seals } from './coverage.ts'
import type { Line, SettledDay } from './statement.ts'

interface SealRow {
  partition: number
  next_offset: number
}

interface DayRow extends Omit<DayFigures, 'bonusCost'> {
  bonus_cost: bigint
}

interface SettledRow extends DayRow {
  ggr: bigint
  ngr: bigint
  commission: bigint
  adjustment_share: bigint
}

interface RunTimes {
  chain_from_at: number
  from_at: number
  to_at: number
  previous_seals: readonly SealRow[]
}

interface CountedRun extends RunTimes {
  partner_id: string
  currency: string
  period_from: string
  period_to: string
  time_zone: string
  seals: readonly SealRow[]
  late_entries: number
  late_digest: string | null
  days: readonly SettledRow[]
  lines: Line[]
  net_payable: bigint
  carried_forward: bigint
}

export const sealsOf = (seals: readonly SealRow[]): Seals =>
  new Map(seals.map(({ partition, next_offset: next }) => [partition, next]))

export const sealRows = (seals: Seals): SealRow[] =>
  [...seals].toSorted(([a], [b]) => a - b).map(([partition, next_offset]) => ({ partition, next_offset }))

/** What a run covers once it is sealed like this. */
export const coverageOf = (run: RunTimes, seals: Seals): Coverage => ({
  chainStartMs: run.chain_from_at,
  fromMs: run.from_at,
  toMs: run.to_at,
  seals,
  previousSeals: sealsOf(run.previous_seals),
})

export const dayOf = ({ bonus_cost: bonusCost, ...day }: DayRow): DayFigures => ({ ...day, bonusCost })

/** A day as a command has it. */
export const dayRow = ({ bonusCost, ...day }: DayFigures): DayRow => ({
  ...day,
  bonus_cost: bonusCost,
})

export const settledRow = ({ bonusCost, adjustmentShare, ...day }: SettledDay): SettledRow => ({
  ...day,
  bonus_cost: bonusCost,
  adjustment_share: adjustmentShare,
})

const settledOf = ({ bonus_cost: bonusCost, adjustment_share: share, ...day }: SettledRow): SettledDay => ({
  ...day,
  bonusCost,
  adjustmentShare: share,
})

/** A run that is counted, as its hash has it. */
export const canonicalOf = (run: CountedRun): CanonicalRun => ({
  partnerId: run.partner_id,
  currency: run.currency,
  period: { from: run.period_from, to: run.period_to },
  timeZone: run.time_zone,
  coverage: coverageOf(run, sealsOf(run.seals)),
  lateEntries: run.late_entries,
  lateDigest: run.late_digest ?? '',
  statement: {
    days: run.days.map(settledOf),
    lines: run.lines,
    netPayable: run.net_payable,
    carriedForward: run.carried_forward,
  },
})
