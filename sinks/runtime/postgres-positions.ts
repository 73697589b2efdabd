/** What every sink that writes to PostgreSQL shares: its positions in a table of its own, and what a failure means. */
import { DatabaseError } from 'pg'
import type { Pool, PoolClient } from 'pg'
import type { PositionChange } from './batches.ts'
import { PositionMovedError } from './types.ts'
import type { StoreFault, TopicPartition } from './types.ts'

/** SQLSTATE classes that say that a value can't be stored: data exception, integrity constraint violation. */
const DATA_CLASSES = ['22', '23']
/** An index entry or a row that is too large for the server. */
const PROGRAM_LIMIT_EXCEEDED = '54000'
const CHECK_VIOLATION = '23514'

interface PositionRow {
  topic: string
  partition: number
  next_offset: string
}

/** The positions of one sink. */
export interface PostgresPositions {
  /** Next offsets in the order asked; 0 where nothing was ever written. */
  load(pool: Pool, partitions: readonly TopicPartition[]): Promise<number[]>
  /** Locks the positions and compares them with where the batch starts. Throws `PositionMovedError`. */
  lock(client: PoolClient, changes: readonly PositionChange[]): Promise<void>
  move(client: PoolClient, changes: readonly PositionChange[]): Promise<void>
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** What a failed statement says about the batch. */
export function postgresFaultOf(error: unknown): StoreFault {
  if (!(error instanceof DatabaseError) || error.code === undefined) return 'unavailable'
  // A row that finds no partition is reported as a check violation without a constraint: not the row's fault.
  if (error.code === CHECK_VIOLATION && error.constraint === undefined) return 'unavailable'
  return DATA_CLASSES.includes(error.code.slice(0, 2)) || error.code === PROGRAM_LIMIT_EXCEEDED
    ? 'data'
    : 'unavailable'
}

const statementsOf = (table: string) => ({
  load: `
SELECT row.topic, row.partition, coalesce(held.next_offset, 0) AS next_offset
FROM json_to_recordset($1::json) AS row (topic text, partition int)
LEFT JOIN ${table} AS held ON held.topic = row.topic AND held.partition = row.partition`,
  create: `
INSERT INTO ${table} (topic, partition, next_offset)
SELECT topic, partition, 0 FROM json_to_recordset($1::json) AS row (topic text, partition int)
ON CONFLICT (topic, partition) DO NOTHING`,
  // Until the end of the transaction: two instances can't write the same partition at once.
  lock: `
SELECT held.topic, held.partition, held.next_offset
FROM ${table} AS held
JOIN json_to_recordset($1::json) AS row (topic text, partition int)
  ON held.topic = row.topic AND held.partition = row.partition
ORDER BY held.topic, held.partition
FOR UPDATE OF held`,
  move: `
UPDATE ${table} AS held SET next_offset = row.next
FROM json_to_recordset($1::json) AS row (topic text, partition int, next bigint)
WHERE held.topic = row.topic AND held.partition = row.partition`,
})

export function postgresPositions(table: 'sink_positions' | 'webhook_positions'): PostgresPositions {
  const sql = statementsOf(table)
  return {
    load: async (pool, partitions) => {
      const { rows } = await pool.query<PositionRow>(sql.load, [JSON.stringify(partitions)])
      const stored = new Map(rows.map((row) => [keyOf(row), Number(row.next_offset)]))
      return partitions.map((partition) => stored.get(keyOf(partition)) ?? 0)
    },
    lock: async (client, changes) => {
      const wanted = JSON.stringify(changes)
      const lock = { name: 'lock-positions', text: sql.lock, values: [wanted] }
      let { rows } = await client.query<PositionRow>(lock)
      if (rows.length < changes.length) {
        await client.query(sql.create, [wanted])
        rows = (await client.query<PositionRow>(lock)).rows
      }
      const stored = new Map(rows.map((row) => [keyOf(row), Number(row.next_offset)]))
      for (const change of changes) {
        const position = stored.get(keyOf(change))
        if (position !== change.from)
          throw new PositionMovedError(
            `${keyOf(change)} is stored as written up to ${position}, the batch starts at ${change.from}`,
          )
      }
    },
    move: async (client, changes) => {
      await client.query({ name: 'positions', text: sql.move, values: [JSON.stringify(changes)] })
    },
  }
}
