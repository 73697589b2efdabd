/** The movements that came too late for the periods they belong to, by the very rule that a run covers them by. */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { AMOUNT_SCALE } from '../../domain/money.ts'
import { COVERED, coverParams } from '../../domain/settlement/cover-sql.ts'
import type { Seals } from '../../domain/settlement/coverage.ts'
import type { Analytics } from './analytics.ts'
import type { SettlementDocument } from './settlements.ts'

export interface LateEntriesQuery {
  /** Place in the log behind which the page begins. */
  after: { partition: number; offset: number } | undefined
  limit: number
}

const whole = z.coerce.number().int()
const lateEntry = z.object({
  transaction_id: z.string(),
  type: z.string(),
  created_at_ms: whole,
  partition: whole,
  offset: whole,
})
type LateEntry = z.output<typeof lateEntry>

const PAGE = `
SELECT toString(transaction_id) AS transaction_id, type,
  toString(toUnixTimestamp64Milli(created_at)) AS created_at_ms, kafka_partition AS partition,
  toString(kafka_offset) AS offset
FROM ledger_entries FINAL
WHERE ${COVERED.LATE} AND (kafka_partition, kafka_offset) > ({partition:Int32}, {offset:Int64})
ORDER BY kafka_partition, kafka_offset
LIMIT {limit:UInt32}`

/** Columns of `lateEntryRows`. */
export const LATE_ENTRY_NAMES = [
  'transaction_id',
  'type',
  'created_at',
  'account',
  'amount',
  'partition',
  'offset',
] as const

const ALL = `
SELECT toString(transaction_id), toString(type), replaceOne(toString(created_at), ' ', 'T') || 'Z', toString(account),
  toDecimalString(amount, ${AMOUNT_SCALE}), toString(kafka_partition), toString(kafka_offset)
FROM ledger_entries FINAL
WHERE ${COVERED.LATE}
ORDER BY kafka_partition, kafka_offset`

const sealsOf = (seals: SettlementDocument['seals']): Seals =>
  new Map(seals.map(({ partition, next_offset: next }) => [partition, next]))

const paramsOf = (run: SettlementDocument): Record<string, string> =>
  coverParams({
    partnerId: run.partner_id,
    currency: run.currency,
    coverage: {
      chainStartMs: Date.parse(run.chain_from_at),
      fromMs: Date.parse(run.from_at),
      toMs: Date.parse(run.to_at),
      seals: sealsOf(run.seals),
      previousSeals: sealsOf(run.previous_seals),
    },
  })

/** In the order of the log; at most `limit`. */
export const readLateEntries = (
  analytics: Pick<Analytics, 'query'>,
  run: SettlementDocument,
  { after, limit }: LateEntriesQuery,
): Promise<LateEntry[]> =>
  analytics.query(lateEntry, PAGE, {
    ...paramsOf(run),
    partition: String(after?.partition ?? -1),
    offset: String(after?.offset ?? -1),
    limit: String(limit),
  })

/** All of them in the order of the log, as they come. */
export const lateEntryRows = (
  analytics: Pick<Analytics, 'rows'>,
  run: SettlementDocument,
): Promise<Readable> => analytics.rows(ALL, paramsOf(run))
