/**
 * One HTTP request as ClickHouse understands it: the statement from the URL or the body, its data, parameters, settings.
 */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Scope } from './engine.ts'
import { ClickHouseError } from './errors.ts'
import { quoteString, readStatement, type Statement } from './sql.ts'

/** URL parameters that are the protocol's own; every other one is a setting or `param_NAME`. */
const RESERVED = new Set([
  'query',
  'database',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'query_id',
  'default_format',
  'compress',
  'decompress',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'client_protocol_version',
  'close_session',
  'enable_http_compression',
])

const STATEMENT_BYTES_MAX = 256 * 1024 * 1024

export interface QueryRequest {
  readonly statement: Statement
  readonly sql: string
  readonly format: string
  readonly scope: Scope
  readonly session:
    { readonly id: string; readonly timeoutMs: number; readonly mustExist: boolean } | undefined
  readonly queryId: string | undefined
  /** Whether the caller asked for a compressed answer. */
  readonly mayCompress: boolean
  /** Rows of the data file count as written. */
  readonly dataPath: string | undefined
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
  switch (encoding) {
    case 'identity':
    case '':
      return request
    case 'gzip':
      return piped(request, createGunzip())
    case 'deflate':
      return piped(request, createInflate())
    case 'br':
      return piped(request, createBrotliDecompress())
    case 'zstd':
      return piped(request, createZstdDecompress())
    default:
      throw new ClickHouseError(48, 'NOT_IMPLEMENTED', `Unknown Content-Encoding ${encoding}`)
  }
}

/** Errors of the source reach the reader too, which a bare \`pipe\` would swallow. */
function piped(source: Readable, target: NodeJS.ReadWriteStream & Readable): Readable {
  source.once('error', (error) => target.destroy(error))
  source.pipe(target)
  return target
}

async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    if (size > STATEMENT_BYTES_MAX) {
      throw new ClickHouseError(
        162,
        'QUERY_IS_TOO_LARGE',
        'A body over 256 MiB must have its INSERT in the URL, so that it can be streamed',
      )
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

async function writeFile(path: string, head: Buffer, rest: Readable | undefined): Promise<void> {
  async function* parts(): AsyncGenerator<Buffer> {
    yield head
    if (rest !== undefined) yield* rest
  }
  await pipeline(Readable.from(parts(), { objectMode: false }), createWriteStream(path))
}

/** Parameters and statement of a multipart body join those of the URL. */
async function readMultipart(
  request: IncomingMessage,
  contentType: string,
  url: URLSearchParams,
): Promise<void> {
  const body = await readBytes(decoded(request))
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData()
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      throw new ClickHouseError(48, 'NOT_IMPLEMENTED', 'The local ClickHouse takes no external tables')
    }
    url.append(name, value)
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function scopeOf(request: IncomingMessage, url: URLSearchParams): Scope {
  const settings = new Map<string, string>()
  const params = new Map<string, string>()
  for (const [name, value] of url) {
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value)
    else if (!RESERVED.has(name)) settings.set(name, value)
  }
  // As the server does: what only reads may come by GET.
  if (request.method === 'GET' && !settings.has('readonly')) settings.set('readonly', '2')
  const database = url.get('database') ?? header(request, 'x-clickhouse-database')
  return { database: database === '' ? undefined : database, settings, params }
}

interface Text {
  readonly statement: Statement
  readonly sql: string
  readonly dataPath: string | undefined
}

/** `INSERT ... FORMAT x` with its data in a file, which is the one way that is binary-safe and streams. */
async function withInfile(statement: Statement, infileAt: number, path: string): Promise<string> {
  const infile = ` FROM INFILE ${quoteString(path)} COMPRESSION 'none' `
  return await Promise.resolve(`${statement.sql.slice(0, infileAt)}${infile}${statement.sql.slice(infileAt)}`)
}

async function textFromUrl(query: string, body: Readable, newPath: () => string): Promise<Text> {
  const statement = readStatement(query)
  if (statement.infileAt === undefined) {
    const data = await readBytes(body)
    const rest = data.toString()
    if (statement.takesData) return { statement, sql: `${query}\n${rest}`, dataPath: undefined }
    if (rest.trim() === '') return { statement, sql: statement.sql, dataPath: undefined }
    const joined = readStatement(`${query}\n${rest}`)
    return {
      statement: joined,
      sql: joined.takesData ? `${query}\n${rest}` : joined.sql,
      dataPath: undefined,
    }
  }
  const path = newPath()
  await writeFile(path, Buffer.from(query.slice(statement.dataAt)), body)
  return { statement, sql: await withInfile(statement, statement.infileAt, path), dataPath: path }
}

async function textFromBody(body: Readable, newPath: () => string): Promise<Text> {
  const bytes = await readBytes(body)
  // Positions in a Latin-1 reading are positions in the bytes, and no byte of the grammar is outside ASCII.
  const raw = readStatement(bytes.toString('latin1'))
  if (raw.infileAt === undefined) {
    const text = bytes.toString()
    const statement = readStatement(text)
    return { statement, sql: statement.takesData ? text : statement.sql, dataPath: undefined }
  }
  const statement = readStatement(bytes.subarray(0, raw.dataAt).toString())
  const path = newPath()
  await writeFile(path, bytes.subarray(raw.dataAt), undefined)
  return { statement, sql: await withInfile(statement, statement.infileAt ?? 0, path), dataPath: path }
}

/**
 * Reads a whole request. Data of an INSERT lands in a file named by `newPath`, which the caller deletes. Throws
 * `ClickHouseError`.
 */
export async function readRequest(request: IncomingMessage, newPath: () => string): Promise<QueryRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost').searchParams
  const contentType = header(request, 'content-type') ?? ''
  const isMultipart = contentType.startsWith('multipart/form-data')
  if (url.get('decompress') === '1' || url.get('compress') === '1') {
    throw new ClickHouseError(
      48,
      'NOT_IMPLEMENTED',
      'Use Content-Encoding and Accept-Encoding for compression',
    )
  }
  if (isMultipart) await readMultipart(request, contentType, url)
  const query = url.getAll('query').join('')
  const body = isMultipart ? Readable.from([]) : decoded(request)
  const text =
    query.trim() === '' ? await textFromBody(body, newPath) : await textFromUrl(query, body, newPath)
  if (text.sql.trim() === '')
    throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error: the query is empty')
  if (text.statement.hasMore) {
    throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)')
  }
  const sessionId = url.get('session_id')
  const DEFAULT_SESSION_SECONDS = 60
  return {
    ...text,
    format:
      text.statement.format ??
      url.get('default_format') ??
      header(request, 'x-clickhouse-format') ??
      'TabSeparated',
    scope: scopeOf(request, url),
    session:
      sessionId === null || sessionId === ''
        ? undefined
        : {
            id: sessionId,
            timeoutMs: Number(url.get('session_timeout') ?? DEFAULT_SESSION_SECONDS) * 1000,
            mustExist: url.get('session_check') === '1',
          },
    queryId: url.get('query_id') ?? undefined,
    mayCompress: url.get('enable_http_compression') === '1',
  }
}

export async function removeData(path: string | undefined): Promise<void> {
  if (path !== undefined) await rm(path, { force: true })
}
