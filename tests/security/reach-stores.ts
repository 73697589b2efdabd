/**
 * Reaches each store as the services do, at the addresses in the environment, and prints what came of it as JSON: a process of
 * its own, since Node reads NODE_EXTRA_CA_CERTS when it starts.
 */
import { once } from 'node:events'
import { pino } from 'pino'
import { z } from 'zod'
import { openDatabase } from '../../api/reads/database.ts'
import { connectClickhouse, rowsOf } from '../../service/clickhouse.ts'
import { openRedis } from '../../service/redis.ts'
import { readSchemaText } from '../../topics/avro.ts'
import { registryApi } from '../../topics/registry-api.ts'
import { registrySource } from '../../topics/registry.ts'
import { required } from '../support/environment.ts'

const TIMEOUT_MS = 5_000
const logger = pino({ level: 'silent' })

async function postgres(): Promise<string> {
  const database = openDatabase({
    url: required('DATABASE_URL'),
    connections: 1,
    statementTimeoutMs: TIMEOUT_MS,
    logger,
  })
  try {
    const row = z.object({ version: z.string() })
    const sql = 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl'
    return (await database.query(row, sql, [])).map(({ version }) => version).join()
  } finally {
    await database.close()
  }
}

async function redis(): Promise<string> {
  const client = openRedis(required('REDIS_URL'), 'reach-stores', logger, TIMEOUT_MS)
  try {
    await once(client, 'ready', { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return await client.ping()
  } finally {
    client.disconnect()
  }
}

async function clickhouse(): Promise<string> {
  const client = connectClickhouse({ url: required('CLICKHOUSE_URL'), requestTimeoutMs: TIMEOUT_MS })
  try {
    const [row] = await rowsOf(client, 'SELECT toString(1) AS one', z.object({ one: z.string() }))
    return row?.one ?? ''
  } finally {
    await client.close()
  }
}

/** By both of the clients that the codecs stand on. */
async function registry(): Promise<string> {
  const url = required('SCHEMA_REGISTRY_URL')
  const id = await registrySource({ url }).idOf('wallet.command', readSchemaText('wallet.command'))
  return (await registryApi({ url, retries: false }).textOf(id)) === undefined ? '' : 'schema'
}

const outcome = (work: Promise<string>): Promise<string> =>
  work.catch((error: unknown) => `refused: ${error instanceof Error ? error.message : String(error)}`)

const [ofPostgres, ofRedis, ofClickhouse, ofRegistry] = await Promise.all(
  [postgres(), redis(), clickhouse(), registry()].map(outcome),
)
process.stdout.write(
  JSON.stringify({ postgres: ofPostgres, redis: ofRedis, clickhouse: ofClickhouse, registry: ofRegistry }),
)
