/** Databases that a test makes, migrates and drops again. */
import { randomBytes } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import { Client, Pool } from 'pg'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { migrateClickhouse } from '../../sinks/clickhouse/migrate.ts'
import { migratePostgres } from '../../sinks/postgres/migrate.ts'
import { required } from './environment.ts'

const CLICKHOUSE_TIMEOUT_MS = 30_000

export interface ScratchPostgres {
  url: string
  host: string
  port: number
  /** The same database through another address. */
  urlAt(port: number): string
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

/** A PostgreSQL database of its own, migrated unless said otherwise. */
export async function createScratchPostgres({ migrated = true } = {}): Promise<ScratchPostgres> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const address = new URL(required('DATABASE_URL'))
  const inServer = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: address.href })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await inServer(`CREATE DATABASE ${name}`)
  const own = new URL(address)
  own.pathname = `/${name}`
  if (migrated) await migratePostgres({ databaseUrl: own.href, direction: 'up' })
  const pool = new Pool({ connectionString: own.href, max: 2 })
  pool.on('error', () => undefined)
  return {
    url: own.href,
    host: own.hostname,
    port: Number(own.port),
    urlAt: (port) => {
      const other = new URL(own)
      other.port = String(port)
      return other.href
    },
    rows: async (sql, values = []) => (await pool.query<Record<string, unknown>>(sql, values)).rows,
    drop: async () => {
      await pool.end()
      await inServer(`DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

export interface ScratchClickhouse {
  url: string
  database: string
  client: ClickHouseClient
  urlAt(port: number): string
  port: number
  host: string
  rows(sql: string): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

/** A ClickHouse database of its own, migrated unless said otherwise. */
export async function createScratchClickhouse({ migrated = true } = {}): Promise<ScratchClickhouse> {
  const database = `test_${randomBytes(6).toString('hex')}`
  const address = new URL(required('CLICKHOUSE_URL'))
  const url = address.href
  const server = connectClickhouse({ url, requestTimeoutMs: CLICKHOUSE_TIMEOUT_MS })
  await server.command({ query: `CREATE DATABASE ${database}` })
  if (migrated) await migrateClickhouse({ url, database, direction: 'up' })
  const client = connectClickhouse({ url, database, requestTimeoutMs: CLICKHOUSE_TIMEOUT_MS })
  return {
    url,
    database,
    client,
    host: address.hostname,
    port: Number(address.port),
    urlAt: (port) => {
      const other = new URL(address)
      other.port = String(port)
      return other.href
    },
    rows: async (sql) =>
      (await client.query({ query: sql, format: 'JSONEachRow' })).json<Record<string, unknown>>(),
    drop: async () => {
      await client.close()
      await server.command({ query: `DROP DATABASE ${database}` })
      await server.close()
    },
  }
}
