/**
 * ClickHouse's HTTP interface over the engine.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, zstdCompress } from 'node:zlib'
import { messageOf } from '../errors.ts'
import type { Engine, EngineResult } from './engine.ts'
import { codeOfMessage, httpStatusOf } from './errors.ts'
import { readRequest, removeData, type QueryRequest } from './request.ts'

const COMPRESSORS = {
  gzip: promisify(gzip),
  br: promisify(brotliCompress),
  zstd: promisify(zstdCompress),
} as const

/** Answers shorter than this aren't worth compressing. */
const COMPRESS_BYTES_MIN = 1_024

const LOGGED_SQL_CHARACTERS = 300
const LOGGED_ERROR_CHARACTERS = 500

export interface FrontOptions {
  readonly engine: Engine
  readonly version: string
  /** A folder of this process's own, emptied at start: the data of running INSERTs. */
  readonly dataDir: string
  /** Takes a line per refused statement. */
  readonly log: (line: string) => void
}

function contentTypeOf(format: string): string {
  if (/^JSON(Strings)?(Compact)?EachRow|JSONEachRow|JSONLines|NDJSON/.test(format))
    return 'application/x-ndjson; charset=UTF-8'
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8'
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8'
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8'
  if (format === 'XML') return 'application/xml; charset=UTF-8'
  if (/^(Native|RowBinary|Parquet|Arrow|ORC|Avro|Protobuf|MsgPack|CapnProto|BSON|Npy)/.test(format)) {
    return 'application/octet-stream'
  }
  return 'text/plain; charset=UTF-8'
}

function summaryOf(query: QueryRequest, result: EngineResult): string {
  const wrote = query.dataPath !== undefined
  return JSON.stringify({
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    written_rows: String(wrote ? result.rowsRead : 0),
    written_bytes: String(wrote ? result.bytesRead : 0),
    total_rows_to_read: '0',
    result_rows: String(wrote ? result.rowsRead : 0),
    result_bytes: String(wrote ? result.bytesRead : result.bytes.length),
    elapsed_ns: String(Math.round(result.elapsedMs * 1e6)),
  })
}

async function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  query: QueryRequest,
  result: EngineResult,
): Promise<void> {
  response.statusCode = 200
  response.setHeader('Content-Type', contentTypeOf(query.format))
  response.setHeader('X-ClickHouse-Format', query.format)
  response.setHeader('X-ClickHouse-Summary', summaryOf(query, result))
  const accepted = (request.headers['accept-encoding'] ?? '').toLowerCase()
  const encodings = ['zstd', 'br', 'gzip'] as const
  const encoding = encodings.find((name) => accepted.includes(name))
  if (!query.mayCompress || encoding === undefined || result.bytes.length < COMPRESS_BYTES_MIN) {
    response.end(result.bytes)
    return
  }
  const compressed = await COMPRESSORS[encoding](result.bytes)
  response.setHeader('Content-Encoding', encoding)
  response.end(compressed)
}

function sendError(response: ServerResponse, error: unknown, version: string): void {
  const message = messageOf(error)
  const code = codeOfMessage(message)
  const text = message.startsWith('Code:')
    ? message
    : `Code: ${code}. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`
  response.statusCode = httpStatusOf(code)
  response.setHeader('X-ClickHouse-Exception-Code', String(code))
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  response.end(`${text.trimEnd()} (version ${version} (chDB))\n`)
}

export function createFront({ engine, version, dataDir, log }: FrontOptions): Server {
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true })
  let nextFile = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let dataPath: string | undefined
    let sqlForLog = ''
    const newPath = (): string => {
      nextFile += 1
      dataPath = join(dataDir, `${nextFile}.data`)
      return dataPath
    }
    response.setHeader('X-ClickHouse-Server-Display-Name', hostname())
    response.setHeader('X-ClickHouse-Timezone', Intl.DateTimeFormat().resolvedOptions().timeZone)
    try {
      const query = await readRequest(request, newPath)
      response.setHeader('X-ClickHouse-Query-Id', query.queryId ?? randomUUID())
      const { sql, format, scope, session } = query
      sqlForLog = sql.slice(0, LOGGED_SQL_CHARACTERS).replaceAll(/\s+/g, ' ')
      const result =
        session === undefined
          ? await engine.run(sql, format, scope)
          : await engine.runInSession(sql, format, scope, session)
      await sendResult(request, response, query, result)
    } catch (error) {
      // What is left of the body must be read away, or the client never reads the answer.
      request.resume()
      log(
        `${new Date().toISOString()} ${messageOf(error).slice(0, LOGGED_ERROR_CHARACTERS)} in: ${sqlForLog}`,
      )
      if (!response.headersSent) sendError(response, error, version)
    } finally {
      await removeData(dataPath)
    }
  }

  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    const hasQuery = request.method === 'POST' || (request.url ?? '').includes('query=')
    if (path === '/ping' || path === '/replicas_status' || (path === '/' && !hasQuery)) {
      response.setHeader('Content-Type', 'text/html; charset=UTF-8')
      response.end('Ok.\n')
    } else if (path !== '/') {
      response.statusCode = 404
      response.end(`There is no handle ${path}\n`)
    } else {
      answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)))
      })
    }
  })
}
