/**
 * A route is one value: what it is called, what it takes, who may call it, what it answers and what it does. The router
 * and the OpenAPI document are both made of these values, so neither can say what the other does not.
 */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { ErrorCode } from '../domain/errors.ts'
import type { Principal, Scope } from './access/principal.ts'
import { JsonError, isLosslessNumber, parseJson } from './json.ts'
import { fieldProblem } from './problem.ts'
import { validated } from './validate.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a handler answers; `body` goes out as it is. */
export interface Answer {
  status: number
  body: string | Buffer | Readable
  /** application/json where absent. */
  contentType?: string
  headers?: Readonly<Record<string, string>>
}

/** A request as the HTTP layer hands it over: decoded, not validated. */
export interface RawRequest {
  requestId: string
  /** Where the call comes from. */
  address: string
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
  header: (name: string) => string | undefined
  /** Reads the whole body. Throws PAYLOAD_TOO_LARGE and UNSUPPORTED_MEDIA_TYPE. */
  readBody: (bytesMax: number, optional: boolean) => Promise<Buffer>
}

/** A request that has passed all checks. */
export interface RouteRequest<P, Q, B> {
  requestId: string
  address: string
  params: P
  query: Q
  body: B
  header: (name: string) => string | undefined
}

/** One documented answer. */
export interface DocumentedAnswer {
  description: string
  /** JSON of this schema; without one, `contentType` says what comes; with neither, nothing does. */
  schema?: z.ZodType
  contentType?: string
  /** Further forms of the same answer, by media type. */
  alternatives?: Readonly<Record<string, { description: string; example: string }>>
  example?: unknown
  /** Header names with what they say. */
  headers?: Readonly<Record<string, string>>
  /** Operations that go on from here: by operationId, the parameter and where in the answer its value stands. */
  links?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface BodyDefinition<B extends z.ZodType> {
  schema: B
  /** 0 for a route that takes no body. */
  bytesMax: number
  /** True where an empty body stands for {}. */
  optional: boolean
  example?: unknown
}

interface RouteDocument<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: Method
  /** With parameters in braces: /wallet/{player_id}/bet. */
  path: string
  operationId: string
  tag: string
  summary: string
  description?: string
  params: P
  query: Q
  body: BodyDefinition<B>
  /** Request headers that the handler looks at. */
  requestHeaders?: Readonly<Record<string, { description: string; example: string }>>
  answers: Readonly<Record<number, DocumentedAnswer>>
  /** Codes of the catalogue besides those that follow from the route's parts (key, validation, body). */
  errors: readonly ErrorCode[]
}

type AnyDocument = RouteDocument<z.ZodType, z.ZodType, z.ZodType>

/** A route behind a key; one of the scopes is enough. */
export interface KeyRoute extends AnyDocument {
  scopes: readonly Scope[]
  run: (request: RawRequest, principal: Principal) => Promise<Answer>
}

/** A route for everybody. */
export interface OpenRoute extends AnyDocument {
  scopes: null
  run: (request: RawRequest) => Promise<Answer>
}

export type Route = KeyRoute | OpenRoute

export const NO_PARAMS = z.strictObject({})
export const NO_QUERY = z.strictObject({})
export const NO_BODY = {
  schema: z.strictObject({}),
  bytesMax: 0,
  optional: true,
} as const

/** Parses a body into an object. Throws MALFORMED_JSON, or VALIDATION_FAILED where it is some other JSON value. */
function parseBody(bytes: Buffer): object {
  let value: unknown
  try {
    value = parseJson(bytes)
  } catch (error) {
    if (error instanceof JsonError) throw fieldProblem('MALFORMED_JSON', '', error.message, 'MALFORMED_JSON')
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isLosslessNumber(value))
    throw fieldProblem('VALIDATION_FAILED', '', 'must be a JSON object', 'INVALID_TYPE')
  return value
}

async function bodyOf({ bytesMax, optional }: BodyDefinition<z.ZodType>, raw: RawRequest): Promise<object> {
  if (bytesMax === 0) return {}
  const bytes = await raw.readBody(bytesMax, optional)
  if (bytes.length > 0) return parseBody(bytes)
  if (optional) return {}
  throw fieldProblem('MALFORMED_JSON', '', 'is empty', 'MALFORMED_JSON')
}

/** Checks a request part by part: path, query, body. */
async function checked<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Pick<RouteDocument<P, Q, B>, 'params' | 'query' | 'body'>,
  raw: RawRequest,
): Promise<RouteRequest<z.output<P>, z.output<Q>, z.output<B>>> {
  const params = validated(route.params, raw.params, 'path')
  const query = validated(route.query, raw.query, 'query')
  const body = validated(route.body.schema, await bodyOf(route.body, raw))
  return { requestId: raw.requestId, address: raw.address, header: raw.header, params, query, body }
}

type Handler<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, Rest extends unknown[]> = (
  request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>,
  ...rest: Rest
) => Promise<Answer> | Answer

export function keyRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDocument<P, Q, B> & { scopes: readonly Scope[]; handle: Handler<P, Q, B, [Principal]> },
): KeyRoute {
  const { handle, ...route } = definition
  return { ...route, run: async (raw, principal) => handle(await checked(definition, raw), principal) }
}

export function openRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDocument<P, Q, B> & { handle: Handler<P, Q, B, []> },
): OpenRoute {
  const { handle, ...route } = definition
  return { ...route, scopes: null, run: async (raw) => handle(await checked(definition, raw)) }
}

/** Codes that a route answers with because of what it is made of. */
export function impliedErrors(route: Route): ErrorCode[] {
  const body: ErrorCode[] = [
    'MALFORMED_JSON',
    'UNSUPPORTED_MEDIA_TYPE',
    'PAYLOAD_TOO_LARGE',
    'REQUEST_TIMEOUT',
  ]
  return [
    'VALIDATION_FAILED',
    ...(route.body.bytesMax > 0 ? body : []),
    ...(route.scopes === null
      ? []
      : ([
          'UNAUTHENTICATED',
          'FORBIDDEN',
          'PARTNER_NOT_FOUND',
          'PARTNER_NOT_ACTIVE',
          'ADDRESS_NOT_ALLOWED',
          'RATE_LIMITED',
        ] as const)),
    'HEADERS_TOO_LARGE',
    'INTERNAL_ERROR',
  ]
}
