/** Bytes that the stores hold, as they lie on the disk. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { DATABASE_NAME } from '../stack/env-file.ts'
import type { Ground } from './ground.ts'

const BLOCK_BYTES = 512

export interface StoredBytes {
  /** Record batches of all topics, those of the broker included. Indexes of segments, which are preallocated, are not. */
  kafka: number
  /** Local stores of the processors. */
  lmdb: number
  postgres: number
  /** Write-ahead log that PostgreSQL has written; most of it is recycled. */
  postgresLog: number
  clickhouse: number
}

function filesUnder(folder: string): { path: string; allocated: number; size: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat?.isFile() ? [{ path, allocated: stat.blocks * BLOCK_BYTES, size: stat.size }] : []
  })
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The sizes of Kafka's segments by topic. */
export function kafkaBytesByTopic(ground: Ground): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>()
  for (const { path, size } of filesUnder(ground.dataDir('kafka'))) {
    const match = /\/([^/]+)-\d+\/\d+\.log$/.exec(path)
    if (match?.[1] !== undefined) bytes.set(match[1], (bytes.get(match[1]) ?? 0) + size)
  }
  return bytes
}

async function postgresBytes(ground: Ground): Promise<{ data: number; log: number }> {
  const client = new pg.Client({ connectionString: ground.value('DATABASE_URL') })
  await client.connect()
  try {
    const { rows } = await client.query<{ data: string; log: string }>(
      "SELECT pg_database_size(current_database()) AS data, pg_current_wal_lsn() - '0/0' AS log",
    )
    return { data: Number(rows[0]?.data), log: Number(rows[0]?.log) }
  } finally {
    await client.end()
  }
}

async function clickhouseBytes(ground: Ground): Promise<number> {
  const query = `SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '${DATABASE_NAME}'`
  const response = await fetch(ground.value('CLICKHOUSE_URL'), { method: 'POST', body: query })
  const text = await response.text()
  if (!response.ok) throw new Error(`ClickHouse did not tell its size: ${text.trim()}`)
  return Number(text.trim())
}

export async function storedBytes(ground: Ground): Promise<StoredBytes> {
  const postgres = await postgresBytes(ground)
  return {
    kafka: sum([...kafkaBytesByTopic(ground).values()]),
    lmdb: sum(filesUnder(ground.dataDir('state')).map(({ allocated }) => allocated)),
    postgres: postgres.data,
    postgresLog: postgres.log,
    clickhouse: await clickhouseBytes(ground),
  }
}
