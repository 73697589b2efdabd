/**
 * Which ledger entries a run covers, as conditions on ClickHouse's table of them: the rule of coverage.ts, for who counts them and who
 * lists them.
 */
import { SETTLED_ACCOUNTS } from './figures.ts'
import type { Cover, Coverage, Seals } from './coverage.ts'

/** The log whose offsets seals are. */
export const LOG = 'wallet.transaction.created'

/** What of the table is asked for. */
export interface Counted {
  partnerId: string
  currency: string
  coverage: Coverage
}

/** Offsets by partition, as an array from partition 0 on; a partition behind its end counts as 0. */
function offsetsText(seals: Seals): string {
  const length = Math.max(0, ...[...seals.keys()].map((partition) => partition + 1))
  return `[${Array.from({ length }, (_, partition) => seals.get(partition) ?? 0).join(',')}]`
}

/** No late entry lies before this offset, whatever its partition. */
const lowestPrevious = ({ seals, previousSeals }: Coverage): number =>
  seals.size === 0 ? 0 : Math.min(...[...seals.keys()].map((partition) => previousSeals.get(partition) ?? 0))

/** What the conditions below are given. */
export const coverParams = ({ partnerId, currency, coverage }: Counted): Record<string, string> => ({
  partner: partnerId,
  currency,
  chain: String(coverage.chainStartMs),
  from: String(coverage.fromMs),
  to: String(coverage.toMs),
  seals: offsetsText(coverage.seals),
  previous: offsetsText(coverage.previousSeals),
  lowest: String(lowestPrevious(coverage)),
})

const moment = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
/** Arrays begin with 1, and answer 0 behind their end. */
const ofRow = (name: string): string => `{${name}:Array(UInt64)}[kafka_partition + 1]`

/** Entries of a partner and currency below the seals; each event has one entry on an account of the platform at the most. */
const SEALED = `
  partner_id = {partner:UUID} AND currency = {currency:String} AND kafka_topic = '${LOG}'
  AND account IN (${SETTLED_ACCOUNTS.map((account) => `'${account}'`).join(', ')})
  AND kafka_offset < ${ofRow('seals')}`

const BEFORE = `created_at >= ${moment('chain')} AND created_at < ${moment('from')}`
/**
 * The index of offsets knows no arrays, and where a table is read FINAL it may bring every row between the first and the last key that it
 * finds. So it is asked apart, for the keys of what may be late, all copies of which are then read.
 */
const LATE = `${BEFORE} AND kafka_offset >= ${ofRow('previous')} AND (created_at, transaction_id) IN (
    SELECT created_at, transaction_id FROM ledger_entries
    WHERE partner_id = {partner:UUID} AND ${BEFORE} AND kafka_offset >= {lowest:UInt64})`
const IN_PERIOD = `created_at >= ${moment('from')} AND created_at < ${moment('to')}`

/** How a row of ledger_entries is covered; takes the parameters of `coverParams`. */
export const COVERED: Readonly<Record<Cover, string>> = {
  IN_PERIOD: `${SEALED} AND ${IN_PERIOD}`,
  LATE: `${SEALED} AND ${LATE}`,
}
