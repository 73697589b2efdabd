/**
 * Writes batches to ClickHouse, which has no transaction over several inserts. What keeps a record from being there
 * twice, or missing, whatever is killed when:
 *
 * 1. The rows of a batch go in first, into all tables at once; the positions follow when every table has taken them. Killed in
 *    between, the sink reads the same records again after its restart.
 * 2. When positions are loaded, so is the highest offset that each table holds. Records up to there are looked up in
 *    the table, and those that it holds are left out. This makes a restart, and a replay from 0, change nothing.
 * 3. An insert whose outcome is not known is sent again with the same rows and the same deduplication token: ClickHouse
 *    drops what it already took, also where an insert over several months was taken in part.
 * 4. Nothing is sent any more when another instance may own the partition. Should an insert of the former owner still
 *    land after step 2 of the new one, the sorting key makes the copies one: every view reads FINAL. So it does where one table
 *    refuses a batch that others took, and its halves are sent to all of them.
 *
 * Positions are kept, rather than derived from the highest offset, because offsets without rows (markers, dead letters)
 * must be left behind as well, and because a batch that spans two months is two parts: one may be there without the other.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { ClickHouseError } from '@clickhouse/client'
import type { ClickHouseClient } from '@clickhouse/client'
import { positionChanges } from '../runtime/batches.ts'
import { SupersededError } from '../runtime/types.ts'
import type {
  Batch,
  Run,
  SinkRecord,
  SinkStore,
  StoreFault,
  TopicPartition,
  WriteContext,
} from '../runtime/types.ts'
import { UnwritableError } from './row-binary.ts'
import type { Rows } from './row-binary.ts'
import { addBalances, addEntries, createTables } from './rows.ts'
import type { TableName, Tables } from './rows.ts'
import type { ClickhouseSource } from './sources.ts'

/** Error codes that say that a value can't be stored (src/Common/ErrorCodes.cpp of ClickHouse). */
const DATA_ERROR_CODES: ReadonlySet<string> = new Set([
  '6', // CANNOT_PARSE_TEXT
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '376', // CANNOT_PARSE_UUID
  '407', // DECIMAL_OVERFLOW
  '469', // VIOLATED_CONSTRAINT
])

const TABLE_NAMES: readonly TableName[] = [
  'transactions',
  'ledger_entries',
  'wallet_balance_updates',
  'aml_assessments',
  'aml_alert_changes',
  'partner_changes',
]

/**
 * All rows of a batch in one block, whatever the server's defaults: the rows of a record that are of one month are there together or
 * not at all, and the parts of a further attempt are those of the first.
 */
const BLOCK_ROWS = '1000000'
const ONE_BLOCK = {
  max_block_size: BLOCK_ROWS,
  max_insert_block_size: BLOCK_ROWS,
  min_insert_block_size_rows: BLOCK_ROWS,
  min_insert_block_size_bytes: '0',
} as const

/** Tables without partitions: one insert is one part, and inserts come in order, so what lies below the highest offset is there. */
const UNPARTITIONED: ReadonlySet<TableName> = new Set(['wallet_balance_updates', 'partner_changes'])

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** A table that has other types than the rows is one of another version: that is not the records' fault. */
const OF_ANOTHER_VERSION = 'while reading header'

export function clickhouseFaultOf(error: unknown): StoreFault {
  if (error instanceof UnwritableError) return 'data'
  const refuses = error instanceof ClickHouseError && DATA_ERROR_CODES.has(error.code)
  return refuses && !error.message.includes(OF_ANOTHER_VERSION) ? 'data' : 'unavailable'
}

export function createClickhouseStore(client: ClickHouseClient): SinkStore<ClickhouseSource> {
  /** Part of every token: tokens have to match within the life of this process only, where the rows are the same. */
  const life = randomUUID()
  /** Highest offset per table and partition when the positions were loaded. */
  const highest = new Map<string, number>()
  /** Rows of batches that were tried: a further attempt must send the very same. */
  const prepared = new WeakMap<Batch<ClickhouseSource>, Tables>()

  const loadHighest = async (): Promise<void> => {
    highest.clear()
    for (const table of TABLE_NAMES) {
      const result = await client.query({
        query: `
          SELECT kafka_topic AS topic, kafka_partition AS partition, toString(max(kafka_offset)) AS offset
          FROM ${table} GROUP BY topic, partition`,
        format: 'JSONEachRow',
      })
      for (const row of await result.json<TopicPartition & { offset: string }>())
        highest.set(`${table} ${keyOf(row)}`, Number(row.offset))
    }
  }

  /** Whether a table already holds the rows of an offset, for the records of one slice. */
  const presenceIn = async (table: TableName, slice: Run): Promise<(offset: number) => boolean> => {
    const top = highest.get(`${table} ${keyOf(slice)}`)
    if (top === undefined || slice.from > top) return () => false
    if (UNPARTITIONED.has(table)) return (offset) => offset <= top
    const result = await client.query({
      query: `
        SELECT DISTINCT toString(kafka_offset) FROM ${table}
        WHERE kafka_topic = {topic:String} AND kafka_partition = {partition:UInt32}
          AND kafka_offset >= {from:UInt64} AND kafka_offset < {next:UInt64}`,
      query_params: { topic: slice.topic, partition: slice.partition, from: slice.from, next: slice.next },
      format: 'JSONCompactEachRow',
    })
    const present = new Set((await result.json<string[]>()).map(([offset]) => Number(offset)))
    return (offset) => present.has(offset)
  }

  /** Adds the rows of those records that a table doesn't hold yet. */
  const add = async <T>(
    table: TableName,
    slice: Run & { records: readonly SinkRecord<T>[] },
    addRows: (record: SinkRecord<T>, from: TopicPartition) => void,
  ): Promise<void> => {
    const isThere = await presenceIn(table, slice)
    for (const record of slice.records) if (!isThere(record.offset)) addRows(record, slice)
  }

  const addSlice = async (tables: Tables, slice: Batch<ClickhouseSource>[number]): Promise<void> => {
    switch (slice.source) {
      case 'wallet.transaction.created':
        await add('transactions', slice, (record, from) => tables.transactions.add({ record, from }))
        return add('ledger_entries', slice, (record, from) => addEntries(tables, record, from))
      case 'wallet.balance':
        return add('wallet_balance_updates', slice, (record, from) => addBalances(tables, record, from))
      case 'aml.transaction.assessed':
        return add('aml_assessments', slice, (record, from) => tables.aml_assessments.add({ record, from }))
      case 'aml.alert.created':
      case 'aml.alert.updated':
        return add('aml_alert_changes', slice, (record, from) =>
          tables.aml_alert_changes.add({ record, from }),
        )
      case 'partner.profile.updated':
        return add('partner_changes', slice, (record, from) => tables.partner_changes.add({ record, from }))
    }
  }

  const rowsOf = async (batch: Batch<ClickhouseSource>): Promise<Tables> => {
    const known = prepared.get(batch)
    if (known !== undefined) return known
    const tables = createTables()
    for (const slice of batch) await addSlice(tables, slice)
    prepared.set(batch, tables)
    return tables
  }

  const insert = async (table: TableName, rows: Rows<never>, token: string): Promise<void> => {
    if (rows.count === 0) return
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${rows.names.join(', ')}) FORMAT RowBinaryWithNamesAndTypes`,
      values: Readable.from(rows.pieces()),
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 1,
        insert_deduplication_token: token,
        // Back-dated records may belong to any number of months.
        max_partitions_per_insert_block: '0',
        ...ONE_BLOCK,
      },
    })
    // The answer is empty; it is read to its end so that the connection can be used again.
    await stream.toArray()
  }

  /** Into all tables side by side. None is under way any more when this settles: a further attempt must not overtake it. */
  const insertAll = async (tables: Tables, token: string): Promise<void> => {
    const outcomes = await Promise.allSettled(TABLE_NAMES.map((table) => insert(table, tables[table], token)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  return {
    loadPositions: async (partitions) => {
      await loadHighest()
      const result = await client.query({
        query: `
          SELECT topic, partition, toString(argMax(next_offset, written_at)) AS next_offset
          FROM sink_positions GROUP BY topic, partition`,
        format: 'JSONEachRow',
      })
      const rows = await result.json<TopicPartition & { next_offset: string }>()
      const stored = new Map(rows.map((row) => [keyOf(row), Number(row.next_offset)]))
      return partitions.map((partition) => stored.get(keyOf(partition)) ?? 0)
    },
    write: async (batch: Batch<ClickhouseSource>, context: WriteContext) => {
      const changes = positionChanges(batch)
      const range = changes.map((change) => `${keyOf(change)}:${change.from}-${change.next}`).join(',')
      const tables = await rowsOf(batch)
      assertOurs(context)
      await insertAll(tables, `${life} ${range}`)
      assertOurs(context)
      await client.insert({
        table: 'sink_positions',
        columns: ['topic', 'partition', 'next_offset'],
        values: changes.map(({ topic, partition, next }) => [topic, partition, next]),
        format: 'JSONCompactEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
    },
    faultOf: clickhouseFaultOf,
    close: () => client.close(),
  }
}

function assertOurs(context: WriteContext): void {
  if (!context.stillOurs()) throw new SupersededError('the partitions may belong to another instance')
}
