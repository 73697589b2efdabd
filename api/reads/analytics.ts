/** The connection to ClickHouse, for what is worked out over many transactions. Nothing that moves money hangs on it. */
import type { Readable } from 'node:stream'
import { ClickHouseError } from '@clickhouse/client'
import { z } from 'zod'
import { connectClickhouse, openRows, rowsOf } from '../../service/clickhouse.ts'
import type { Logger } from '../../service/logger.ts'
import { ApiError } from '../problem.ts'

export interface AnalyticsOptions {
  url: string
  database: string
  requestTimeoutMs: number
  logger: Logger
}

type Params = Readonly<Record<string, string>>

export interface Analytics {
  /** Rows of a query, parsed. Throws SERVICE_UNAVAILABLE where ClickHouse does not answer, or has no such table yet. */
  query<T extends z.ZodType>(row: T, text: string, params: Params): Promise<z.output<T>[]>
  /** Rows of texts and NULLs as they come, in chunks: a stream in object mode. Throws as `query`; what fails later ends the stream. */
  rows(text: string, params: Params): Promise<Readable>
  close(): Promise<void>
}

const UNKNOWN_TABLE = 'UNKNOWN_TABLE'

const isFaultOfOurs = (error: unknown): boolean =>
  error instanceof ClickHouseError && error.type !== UNKNOWN_TABLE

export function openAnalytics({ url, database, requestTimeoutMs, logger }: AnalyticsOptions): Analytics {
  const client = connectClickhouse({ url, database, requestTimeoutMs })
  const answered = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      if (isFaultOfOurs(error) || error instanceof z.ZodError) throw error
      logger.warn({ err: error }, 'ClickHouse does not answer')
      throw new ApiError('SERVICE_UNAVAILABLE')
    }
  }
  return {
    query: (row, text, params) => answered(() => rowsOf(client, text, row, params)),
    rows: (text, params) => answered(() => openRows(client, text, params)),
    close: () => client.close(),
  }
}
