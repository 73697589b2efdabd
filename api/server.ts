/** Puts the routes behind HTTP: request ids, security headers, errors as problem documents, metrics, limits. */
import cors from '@koa/cors'
import { Router } from '@koa/router'
import Koa from 'koa'
import type { Context, Middleware, Next } from 'koa'
import type { ErrorCode } from '../domain/errors.ts'
import { withLogFields } from '../service/log-context.ts'
import type { LogFields } from '../service/log-context.ts'
import type { Logger } from '../service/logger.ts'
import { TRACEPARENT } from '../service/tracing.ts'
import type { Tracing } from '../service/tracing.ts'
import { problemAnswer } from './answers.ts'
import { createCallerAddress } from './access/addresses.ts'
import type { CallerAddress } from './access/addresses.ts'
import { authenticate } from './access/authenticate.ts'
import type { Access, Call } from './access/authenticate.ts'
import type { Principal, Scope } from './access/principal.ts'
import { checkPath, rawRequest, requestIdOf } from './http.ts'
import { endpointClassOf } from './access/rate-limits.ts'
import type { RateLimits } from './access/rate-limits.ts'
import type { ApiMetrics } from './metrics.ts'
import { ApiError } from './problem.ts'
import type { Answer, Route } from './route.ts'

export interface AppParts {
  routes: readonly Route[]
  access: Access
  rateLimits: RateLimits
  /** Origins whose pages may call from a browser; none as a rule, since a key does not belong into a page. */
  corsOrigins: readonly string[]
  /** Networks whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[]
  metrics: ApiMetrics
  logger: Logger
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

/** Routes that nobody asked for share one label, so that strangers can't make new series. */
const NO_ROUTE = 'none'

export interface State {
  requestId: string
  /** The path as the catalogue of routes knows it. */
  route: string
  /** What the request's log lines carry. */
  log: LogFields
}

/** How long a browser may remember the answer to a preflight. */
const PREFLIGHT_SECONDS = 600
/** Two years, as browsers' preload lists ask for. */
const HSTS_SECONDS = 63_072_000

const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Frame-Options', 'DENY'],
  // Heeded where the connection is TLS, up to the proxy that ends it.
  ['Strict-Transport-Security', `max-age=${HSTS_SECONDS}; includeSubDomains`],
]

/** Writes an answer without Koa's guessing of types and lengths. */
function write(context: Context, requestId: string, answer: Answer): void {
  const { res } = context
  for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value)
  res.setHeader('X-Request-Id', requestId)
  context.status = answer.status
  context.type = answer.contentType ?? 'application/json'
  context.body = answer.body
  if (answer.headers !== undefined)
    for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value)
}

/** The refusal that an error stands for; what is not a refusal is a fault of ours and is logged. */
function refusalOf(error: unknown, requestId: string, logger: Logger): Answer {
  if (error instanceof ApiError) return problemAnswer(error.code, requestId, error.details)
  logger.error({ err: error }, 'a request failed')
  return problemAnswer('INTERNAL_ERROR', requestId)
}

const methodsText = (methods: Iterable<string>): string => [...new Set(methods)].toSorted().join(', ')

/** Path known, method not: 405 with Allow. Path unknown: 404. */
function unmatched(context: Context, byPath: ReadonlyMap<RegExp, Set<string>>): ErrorCode {
  const methods = [...byPath].flatMap(([pattern, names]) => (pattern.test(context.path) ? [...names] : []))
  if (methods.length === 0) return 'NOT_FOUND'
  context.set('Allow', methodsText(methods))
  return 'METHOD_NOT_ALLOWED'
}

const pathPattern = (path: string): RegExp =>
  // oxlint-disable-next-line security/detect-non-literal-regexp -- of the routes' own paths
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)

function methodsByPath(routes: readonly Route[]): ReadonlyMap<RegExp, Set<string>> {
  const methods = new Map<string, Set<string>>()
  for (const { path, method } of routes) {
    const names = methods.get(path) ?? new Set()
    names.add(method)
    if (method === 'GET') names.add('HEAD')
    methods.set(path, names)
  }
  return new Map([...methods].map(([path, names]) => [pathPattern(path), names]))
}

type CallContext = Context & { state: State }

/** Whatever happens inside, the caller gets an answer with a request id. */
async function serve({ metrics, logger }: AppParts, context: CallContext, next: Next): Promise<void> {
  const startNs = process.hrtime.bigint()
  const { requestId } = context.state
  try {
    checkPath(context.path)
    await next()
  } catch (error) {
    write(context, requestId, refusalOf(error, requestId, logger))
  }
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9
  const { method, status } = context
  const { route } = context.state
  metrics.request(method, route, status, seconds)
  if (logger.isLevelEnabled('debug')) logger.debug({ method, route, status, seconds }, 'request')
}

/** The outermost layer: what the request's lines and spans have in common. */
const edge =
  (parts: AppParts): Middleware<State> =>
  async (context, next) => {
    const { state } = context
    state.requestId = requestIdOf(context)
    state.route = NO_ROUTE
    state.log = { request_id: state.requestId }
    const answered = (): Promise<void> => withLogFields(state.log, () => serve(parts, context, next))
    if (parts.tracing === undefined) return answered()
    await parts.tracing.request(context.method, headerOf(context, TRACEPARENT), async (ids) => {
      Object.assign(state.log, ids)
      await answered()
      return { route: state.route, status: context.status, partnerId: state.log.partner_id }
    })
  }

const headerOf = (context: Context, name: string): string | undefined => {
  const value = context.req.headers[name]
  return typeof value === 'string' ? value : undefined
}

/** The principal of a call. A call without a valid key counts against its address before it is refused. */
async function identify(parts: AppParts, call: Call, scopes: readonly Scope[]): Promise<Principal> {
  try {
    return authenticate(parts.access, call, scopes)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED')
      await parts.rateLimits.checkUnauthenticated(call.address)
    throw error
  }
}

const handler = (route: Route, parts: AppParts, callerAddress: CallerAddress) => {
  const endpointClass = endpointClassOf(route)
  return async (context: CallContext & { params: Record<string, string> }): Promise<void> => {
    const { state } = context
    state.route = route.path
    const { requestId } = state
    const address = callerAddress(context.req)
    if (route.scopes === null) {
      const raw = rawRequest(context, { requestId, address }, context.params)
      return write(context, requestId, await route.run(raw))
    }
    const call = {
      key: headerOf(context, 'x-api-key'),
      address,
      partnerId: headerOf(context, 'x-partner-id'),
    }
    const principal = await identify(parts, call, route.scopes)
    state.log.partner_id = principal.partnerId
    const counted = parts.rateLimits.check(principal, endpointClass, address)
    if (counted !== undefined)
      for (const [name, value] of Object.entries(await counted)) context.res.setHeader(name, value)
    const raw = rawRequest(context, { requestId, address }, context.params)
    write(context, requestId, await route.run(raw, principal))
  }
}

/** Answers preflights, and lets the pages of these origins read what is answered. Every other origin gets no header at all. */
const crossOrigin = (origins: readonly string[]): Middleware =>
  cors({
    origin: ({ req }) => {
      const { origin = '' } = req.headers
      return origins.includes(origin) ? origin : ''
    },
    allowMethods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    allowHeaders: ['Content-Type', 'X-API-Key', 'X-Partner-Id', 'X-Request-Id', 'Prefer'],
    exposeHeaders: [
      'X-Request-Id',
      'Idempotent-Replayed',
      'Preference-Applied',
      'Location',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
    ],
    maxAge: PREFLIGHT_SECONDS,
  })

export function createApp(parts: AppParts): Koa<State> {
  const app = new Koa<State>()
  const router = new Router<State>({ strict: true, sensitive: true })
  const callerAddress = createCallerAddress(parts.trustedProxies)
  for (const route of parts.routes) {
    const path = route.path.replaceAll(/\{([^}]+)\}/g, ':$1')
    router.register(path, [route.method.toLowerCase()], handler(route, parts, callerAddress))
  }
  const known = methodsByPath(parts.routes)
  app.use(edge(parts))
  if (parts.corsOrigins.length > 0) app.use(crossOrigin(parts.corsOrigins))
  app.use(router.routes())
  app.use((context) => {
    throw new ApiError(unmatched(context, known))
  })
  app.on('error', (error: unknown) => parts.logger.warn({ err: error }, 'an answer could not be written'))
  return app
}
