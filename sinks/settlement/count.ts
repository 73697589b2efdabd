/**
 * Adds up what a run covers, in ClickHouse: whole numbers by quarter hours, over the rows that the seals admit. What lies below a
 * seal never changes, so the same seals give the same figures whenever it is asked.
 */
import { createHash } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { BUCKET_MS, Buckets } from '../../domain/settlement/buckets.ts'
import { lateLine } from '../../domain/settlement/canonical.ts'
import { COVERED, LOG, coverParams } from '../../domain/settlement/cover-sql.ts'
import type { Counted } from '../../domain/settlement/cover-sql.ts'
import type { Cover, Seals } from '../../domain/settlement/coverage.ts'
import { UNITS_PER_WHOLE } from '../../domain/money.ts'
import { rowsOf } from '../../service/clickhouse.ts'
import { LATE_PAGE_ROWS } from './limits.ts'

type Client = Pick<ClickHouseClient, 'query'>

export interface CountedEntries {
  buckets: Buckets
  lateEntries: number
  /** SHA-256 over the late movements, in hex. */
  lateDigest: string
}

const sumsOf = (cover: Cover): string => `
SELECT intDiv(toUnixTimestamp64Milli(created_at), ${BUCKET_MS}) AS bucket,
  type, account, toString(count()) AS entries, toString(sum(amount)) AS total
FROM ledger_entries FINAL
WHERE ${COVERED[cover]}
GROUP BY bucket, type, account`

/** Asked for apart: each reads what it needs, where both in one would read all that the partner ever had. */
const SUMS: Readonly<Record<Cover, string>> = {
  IN_PERIOD: sumsOf('IN_PERIOD'),
  LATE: sumsOf('LATE'),
}
const COVERS = ['IN_PERIOD', 'LATE'] as const

const whole = z.coerce.number().int()
const sumRow = z.object({
  bucket: whole,
  type: z.string(),
  account: z.string(),
  entries: whole,
  total: z.string(),
})

/** "12.5" in units of 1/10000. A sum may be wider than an amount. */
function unitsOf(text: string): bigint {
  const [wholes = '', fraction = ''] = text.replace('-', '').split('.')
  const units = BigInt(wholes) * UNITS_PER_WHOLE + BigInt(fraction.padEnd(4, '0'))
  return text.startsWith('-') ? -units : units
}

const LATE_ENTRIES = `
SELECT kafka_partition AS partition, toString(kafka_offset) AS offset, toString(transaction_id) AS id
FROM ledger_entries FINAL
WHERE ${COVERED.LATE} AND (kafka_partition, kafka_offset) > ({partition:Int32}, {offset:Int64})
ORDER BY kafka_partition, kafka_offset
LIMIT ${LATE_PAGE_ROWS}`

const lateRow = z.object({ partition: whole, offset: whole, id: z.string() })

async function countLate(client: Client, counted: Counted): Promise<Omit<CountedEntries, 'buckets'>> {
  const hash = createHash('sha256')
  let lateEntries = 0
  let after = { partition: '-1', offset: '-1' }
  for (;;) {
    const rows = await rowsOf(client, LATE_ENTRIES, lateRow, { ...coverParams(counted), ...after })
    for (const { partition, offset, id } of rows) hash.update(lateLine(partition, offset, id))
    lateEntries += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < LATE_PAGE_ROWS) break
    after = { partition: String(last.partition), offset: String(last.offset) }
  }
  return { lateEntries, lateDigest: hash.digest('hex') }
}

/** Rejects where ClickHouse does not answer. */
export async function countEntries(client: Client, counted: Counted): Promise<CountedEntries> {
  const params = coverParams(counted)
  const buckets = new Buckets()
  for (const cover of COVERS)
    for (const { bucket, type, account, entries, total } of await rowsOf(client, SUMS[cover], sumRow, params))
      buckets.add(bucket, cover, { type, account, count: entries, units: unitsOf(total) })
  return { buckets, ...(await countLate(client, counted)) }
}

const positionRow = z.object({ partition: whole, next: whole })

/** How far the sink has written the log, by partition. */
export async function sinkPositions(client: Client): Promise<Seals> {
  const rows = await rowsOf(
    client,
    `SELECT partition, toString(argMax(next_offset, written_at)) AS next
     FROM sink_positions WHERE topic = '${LOG}' GROUP BY partition`,
    positionRow,
  )
  return new Map(rows.map(({ partition, next }) => [partition, next]))
}
