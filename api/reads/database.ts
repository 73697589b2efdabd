/** The connection to PostgreSQL. Reads hang on it, the way of a bet does not. */
import pg from 'pg'
import type { z } from 'zod'
import { ApiError } from '../problem.ts'
import type { Logger } from '../../service/logger.ts'

/** How long a read waits for a free or new connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1_000
const IDLE_TIMEOUT_MS = 30_000

export interface DatabaseOptions {
  url: string
  connections: number
  statementTimeoutMs: number
  logger: Logger
}

export interface Database {
  /** Rows of a statement, parsed. Throws SERVICE_UNAVAILABLE where PostgreSQL does not answer. */
  query<T extends z.ZodType>(row: T, text: string, values: readonly unknown[]): Promise<z.output<T>[]>
  /** Whether PostgreSQL answered the last statement. */
  state(): 'unknown' | 'up' | 'down'
  close(): Promise<void>
}

/** SQLSTATE classes that say "not now": connection, resources, shutdown or cancel; and a schema that is not there yet. */
const UNAVAILABLE_STATES = /^(08|53|57)/
const UNDEFINED_TABLE = '42P01'

/** Errors of the network and of the pool carry no SQLSTATE (five characters). */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isSqlState = error instanceof pg.DatabaseError
  return !isSqlState || UNAVAILABLE_STATES.test(code) || code === UNDEFINED_TABLE
}

export function openDatabase({ url, connections, statementTimeoutMs, logger }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + CONNECT_TIMEOUT_MS,
    application_name: 'stakestream-api',
  })
  let state: 'unknown' | 'up' | 'down' = 'unknown'
  pool.on('error', (error) => {
    state = 'down'
    logger.warn({ err: error }, 'an idle PostgreSQL connection broke')
  })
  return {
    query: async (row, text, values) => {
      let rows: unknown[]
      try {
        rows = (await pool.query<Record<string, unknown>>(text, [...values])).rows
        state = 'up'
      } catch (error) {
        if (!isUnavailable(error)) throw error
        state = 'down'
        logger.warn({ err: error }, 'PostgreSQL does not answer')
        throw new ApiError('SERVICE_UNAVAILABLE')
      }
      return rows.map((item) => row.parse(item))
    },
    state: () => state,
    close: () => pool.end(),
  }
}
