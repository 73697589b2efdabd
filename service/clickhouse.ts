/** The one place where a ClickHouse client is made. */
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'

/** The part of a process's configuration that says where ClickHouse is. */
export const clickhouseConfig = z.object({
  CLICKHOUSE_URL: z.url().default('http://127.0.0.1:8123'),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .default('stakestream'),
})

export interface ClickhouseOptions {
  url: string
  /** Absent: no database is named, for making one. */
  database?: string
  requestTimeoutMs: number
}

/** A client that prints nothing itself: its errors are thrown, and logged where they are caught. */
export function connectClickhouse({ url, database, requestTimeoutMs }: ClickhouseOptions): ClickHouseClient {
  return createClient({
    url,
    ...(database === undefined ? {} : { database }),
    request_timeout: requestTimeoutMs,
    application: 'stakestream',
    log: { level: ClickHouseLogLevel.OFF },
  })
}

/** Rows of a query, parsed. */
export async function rowsOf<T extends z.ZodType>(
  client: Pick<ClickHouseClient, 'query'>,
  query: string,
  row: T,
  params: Readonly<Record<string, string>> = {},
): Promise<z.output<T>[]> {
  const answer = await client.query({ query, query_params: params, format: 'JSONEachRow' })
  return z.array(row).parse(await answer.json())
}
