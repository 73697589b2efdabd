/** The movements that came too late for the periods they belong to, by the very rule that a run covers them by. */
import { z } from 'zod'
import { SETTLED_ACCOUNTS } from '../../domain/settlement/figures.ts'
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

const LATE_ENTRIES = `
SELECT toString(transaction_id) AS transaction_id, type,
  toString(toUnixTimestamp64Milli(created_at)) AS created_at_ms, kafka_partition AS partition,
  toString(kafka_offset) AS offset
FROM ledger_entries FINAL
WHERE partner_id = {partner:UUID} AND currency = {currency:String}
  AND account IN (${SETTLED_ACCOUNTS.map((account) => `'${account}'`).join(', ')})
  AND created_at >= fromUnixTimestamp64Milli({chain:Int64}, 'UTC')
  AND created_at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND kafka_offset < {seals:Array(UInt64)}[kafka_partition + 1]
  AND kafka_offset >= {previous:Array(UInt64)}[kafka_partition + 1]
  AND (kafka_partition, kafka_offset) > ({partition:Int32}, {offset:Int64})
ORDER BY kafka_partition, kafka_offset
LIMIT {limit:UInt32}`

/** Seals name every partition in its order. */
const offsets = (seals: SettlementDocument['seals']): string =>
  `[${seals.map(({ next_offset: next }) => next).join(',')}]`

/** In the order of the log; at most `limit`. */
export const readLateEntries = (
  analytics: Pick<Analytics, 'query'>,
  run: SettlementDocument,
  { after, limit }: LateEntriesQuery,
): Promise<LateEntry[]> =>
  analytics.query(lateEntry, LATE_ENTRIES, {
    partner: run.partner_id,
    currency: run.currency,
    chain: String(Date.parse(run.chain_from_at)),
    from: String(Date.parse(run.from_at)),
    seals: offsets(run.seals),
    previous: offsets(run.previous_seals),
    partition: String(after?.partition ?? -1),
    offset: String(after?.offset ?? -1),
    limit: String(limit),
  })
