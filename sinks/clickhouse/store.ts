/**
 * Writes batches to ClickHouse, which has no transaction over several inserts. What keeps a record from being there
 * twice, or missing, whatever is killed when:
 *
 * 1. The rows of a batch go in first, table by table; the positions follow. Killed in between, the sink reads the same
 *    records again after its restart.
 * 2. When positions are loaded, so is the highest offset that each table holds. Records up to there are looked up in
 *    the table, and those that it holds are left out. This makes a restart, and a replay from 0, change nothing.
 * 3. An insert whose outcome is not known is sent again with the same rows and the same deduplication token: ClickHouse
 *    drops what it already took, also where an insert over several months was taken in part.
 * 4. Nothing is sent any more when another instance may own the partition. Should an insert of the former owner still
 *    land after step 2 of the new one, the sorting key makes the copies one: every view reads FINAL.
 *
 * Positions are kept, rather than derived from the highest offset, because offsets without rows (markers, dead letters)
 * must be left behind as well, and because a batch that spans two months is two parts: one may be there without the other.
 */
import { randomUUID } from 'node:crypto'
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
import {
  alertRow,
  assessmentRow,
  balanceRows,
  ledgerRows,
  partnerRow,
  TABLES,
  transactionRow,
} from './rows.ts'
import type { Row, TableName } from './rows.ts'
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

/** Tables without partitions: one insert is one part, and inserts come in order, so what lies below the highest offset is there. */
const UNPARTITIONED: ReadonlySet<TableName> = new Set(['wallet_balance_updates', 'partner_changes'])

type RowsByTable = { readonly [T in TableName]: Row[] }

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

export function clickhouseFaultOf(error: unknown): StoreFault {
  return error instanceof ClickHouseError && DATA_ERROR_CODES.has(error.code) ? 'data' : 'unavailable'
}

export function createClickhouseStore(client: ClickHouseClient): SinkStore<ClickhouseSource> {
  /** Part of every token: tokens have to match within the life of this process only, where the rows are the same. */
  const life = randomUUID()
  /** Highest offset per table and partition when the positions were loaded. */
  const highest = new Map<string, number>()
  /** Rows of batches that were tried: a further attempt must send the very same. */
  const prepared = new WeakMap<Batch<ClickhouseSource>, RowsByTable>()

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
    rows: RowsByTable,
    table: TableName,
    slice: Run & { records: readonly SinkRecord<T>[] },
    toRows: (record: SinkRecord<T>, from: TopicPartition) => readonly Row[],
  ): Promise<void> => {
    const isThere = await presenceIn(table, slice)
    for (const record of slice.records)
      if (!isThere(record.offset)) rows[table].push(...toRows(record, slice))
  }

  const addSlice = async (rows: RowsByTable, slice: Batch<ClickhouseSource>[number]): Promise<void> => {
    switch (slice.source) {
      case 'wallet.transaction.created':
        await add(rows, 'transactions', slice, (record, from) => [transactionRow(record, from)])
        return add(rows, 'ledger_entries', slice, ledgerRows)
      case 'wallet.balance':
        return add(rows, 'wallet_balance_updates', slice, balanceRows)
      case 'aml.transaction.assessed':
        return add(rows, 'aml_assessments', slice, (record, from) => [assessmentRow(record, from)])
      case 'aml.alert.created':
      case 'aml.alert.updated':
        return add(rows, 'aml_alert_changes', slice, (record, from) => [alertRow(record, from)])
      case 'partner.profile.updated':
        return add(rows, 'partner_changes', slice, (record, from) => [partnerRow(record, from)])
    }
  }

  const rowsOf = async (batch: Batch<ClickhouseSource>): Promise<RowsByTable> => {
    const known = prepared.get(batch)
    if (known !== undefined) return known
    const rows: RowsByTable = {
      transactions: [],
      ledger_entries: [],
      wallet_balance_updates: [],
      aml_assessments: [],
      aml_alert_changes: [],
      partner_changes: [],
    }
    for (const slice of batch) await addSlice(rows, slice)
    prepared.set(batch, rows)
    return rows
  }

  const insert = async (table: TableName, rows: Row[], token: string): Promise<void> => {
    if (rows.length === 0) return
    await client.insert({
      table,
      columns: TABLES[table],
      values: rows,
      format: 'JSONCompactEachRow',
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 1,
        insert_deduplication_token: token,
        // Back-dated records may belong to any number of months.
        max_partitions_per_insert_block: '0',
        // One block, so that the parts of the first attempt and of the next are the same.
        input_format_parallel_parsing: 0,
      },
    })
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
      const rows = await rowsOf(batch)
      for (const table of TABLE_NAMES) {
        assertOurs(context)
        await insert(table, rows[table], `${life} ${range}`)
      }
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
