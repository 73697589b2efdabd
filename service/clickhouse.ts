/** The one place where a ClickHouse client is made. */
import { Readable } from 'node:stream'
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

const cells = z.array(z.string().nullable())

/** A query whose reader goes away is ended. */
const STREAM_SETTINGS = { cancel_http_readonly_queries_on_client_close: 1 } as const

/** Rows of a query, each a list of texts, as they come: a stream of chunks of rows, of which a few are in memory at a time. */
export async function openRows(
  client: Pick<ClickHouseClient, 'query'>,
  query: string,
  params: Readonly<Record<string, string>>,
): Promise<Readable> {
  const answer = await client.query({
    query,
    query_params: params,
    format: 'JSONCompactEachRow',
    clickhouse_settings: STREAM_SETTINGS,
  })
  const source = answer.stream()
  async function* chunks(): AsyncGenerator<z.output<typeof cells>[]> {
    for await (const rows of source) yield rows.map((row) => cells.parse(row.json()))
  }
  // A stream that is given up before its first chunk was asked for never enters the loop above, which would end its source.
  return Readable.from(chunks(), { highWaterMark: 1 }).once('close', () => source.destroy())
}
