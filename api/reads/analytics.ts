/** The connection to ClickHouse, for what is worked out over many transactions. Nothing that moves money hangs on it. */
import { ClickHouseError } from '@clickhouse/client'
import { z } from 'zod'
import { connectClickhouse, rowsOf } from '../../service/clickhouse.ts'
import type { Logger } from '../../service/logger.ts'
import { ApiError } from '../problem.ts'

export interface AnalyticsOptions {
  url: string
  database: string
  requestTimeoutMs: number
  logger: Logger
}

export interface Analytics {
  /** Rows of a query, parsed. Throws SERVICE_UNAVAILABLE where ClickHouse does not answer, or has no such table yet. */
  query<T extends z.ZodType>(
    row: T,
    text: string,
    params: Readonly<Record<string, string>>,
  ): Promise<z.output<T>[]>
  close(): Promise<void>
}

const UNKNOWN_TABLE = 'UNKNOWN_TABLE'

const isFaultOfOurs = (error: unknown): boolean =>
  error instanceof ClickHouseError && error.type !== UNKNOWN_TABLE

export function openAnalytics({ url, database, requestTimeoutMs, logger }: AnalyticsOptions): Analytics {
  const client = connectClickhouse({ url, database, requestTimeoutMs })
  return {
    query: async (row, text, params) => {
      try {
        return await rowsOf(client, text, row, params)
      } catch (error) {
        if (isFaultOfOurs(error) || error instanceof z.ZodError) throw error
        logger.warn({ err: error }, 'ClickHouse does not answer')
        throw new ApiError('SERVICE_UNAVAILABLE')
      }
    },
    close: () => client.close(),
  }
}
