/** From Koa's context to a raw request and back. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'koa'
import { getRawBody } from 'raw-body'
import type { RawBodyError } from 'raw-body'
import { REQUEST_ID_CHARS_MAX } from './limits.ts'
import { ApiError, fieldProblem } from './problem.ts'
import type { RawRequest } from './route.ts'

// oxlint-disable-next-line security/detect-non-literal-regexp -- made of a constant
const SANE_REQUEST_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${REQUEST_ID_CHARS_MAX}}$`)

/** The caller's X-Request-Id where it is fit for logs and headers, else one of our own. */
export function requestIdOf(context: Context): string {
  const given = context.req.headers['x-request-id']
  return typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID()
}

// oxlint-disable-next-line security/detect-unsafe-regex -- anchored, and a header is short
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i

function checkMediaType(context: Context): void {
  const type = context.req.headers['content-type']
  const encoding = context.req.headers['content-encoding']
  if (type !== 'application/json' && !JSON_TYPE.test(type ?? ''))
    throw fieldProblem(
      'UNSUPPORTED_MEDIA_TYPE',
      'header.content-type',
      'must be application/json',
      'INVALID_VALUE',
    )
  if (encoding !== undefined && encoding !== 'identity')
    throw fieldProblem(
      'UNSUPPORTED_MEDIA_TYPE',
      'header.content-encoding',
      'must be absent: bodies are taken uncompressed',
      'INVALID_VALUE',
    )
}

/** The rest of a body that is too large is not read: the connection closes after the answer. */
const tooLarge = (): ApiError => new ApiError('PAYLOAD_TOO_LARGE', { headers: { Connection: 'close' } })

/** Statuses of raw-body's errors: 413 too large, 400 aborted or another length than announced. */
function bodyError(error: RawBodyError): Error {
  if (error.status === 413) return tooLarge()
  return fieldProblem('MALFORMED_JSON', '', 'the body ended before its announced length', 'MALFORMED_JSON')
}

async function readBody(context: Context, bytesMax: number, optional: boolean): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': chunked } = context.req.headers
  const empty = chunked === undefined && (length === undefined || length === '0')
  if (empty && optional) return Buffer.alloc(0)
  checkMediaType(context)
  if (length !== undefined && Number(length) > bytesMax) throw tooLarge()
  try {
    return await getRawBody(context.req, { length: length ?? null, limit: bytesMax })
  } catch (error) {
    throw error instanceof Error ? bodyError(error) : error
  }
}

const decodePart = (text: string, name: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw fieldProblem('VALIDATION_FAILED', name, 'holds an invalid percent-encoding', 'INVALID_ENCODING')
  }
}

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({})

/** Query parameters, each at most once. Throws VALIDATION_FAILED. */
export function parseQuery(text: string): Readonly<Record<string, string>> {
  if (text === '') return NO_PARAMETERS
  const parameters = new Map<string, string>()
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decodePart(equals < 0 ? part : part.slice(0, equals), 'query')
    const value = equals < 0 ? '' : decodePart(part.slice(equals + 1), `query.${name}`)
    if (parameters.has(name))
      throw fieldProblem('VALIDATION_FAILED', `query.${name}`, 'must be given once', 'DUPLICATE')
    parameters.set(name, value)
  }
  return Object.fromEntries(parameters)
}

/** Throws VALIDATION_FAILED for a path that does not decode; the router would pass it on undecoded. */
export function checkPath(path: string): void {
  if (!path.includes('%')) return
  decodePart(path, 'path')
}

export function rawRequest(
  context: Context,
  { requestId, address }: Pick<RawRequest, 'requestId' | 'address'>,
  params: Record<string, string>,
): RawRequest {
  return {
    requestId,
    address,
    params,
    query: parseQuery(context.querystring),
    header: (name) => {
      const value = context.req.headers[name]
      return typeof value === 'string' ? value : undefined
    },
    readBody: (bytesMax, optional) => readBody(context, bytesMax, optional),
  }
}
