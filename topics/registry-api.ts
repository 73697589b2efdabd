/**
 * What the schema registry is asked beside registering: the text of a schema, compatibility checks and settings.
 *
 * `@kafkajs/confluent-schema-registry` has no public call for these, and it reports a refused connection as status 400
 * and every 404 alike. Whether an id is *unknown* or the registry *away* decides between a dead letter and a retry, so
 * this is read from the registry's own error code.
 */
import { ConstantBackoff, ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import { z } from 'zod'
import { OperationalError } from './errors.ts'
import { registryAddress } from './registry-address.ts'

/** How long one request may take, in milliseconds. */
export const REGISTRY_REQUEST_TIMEOUT_MS = 3_000
/** A registry that restarts is back within seconds; longer outages are the caller's to retry. */
const RETRIES = 4
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 1_000

/** The registry's error codes for "there is no such …"; 40402 (version) and 40408 (setting) are of one kind with them. */
const ABSENT_CODES = new Set([40401, 40402, 40403, 40408])

export interface RegistryOptions {
  /** Base URL of the Confluent API, e.g. `http://127.0.0.1:8081/apis/ccompat/v7`; `https://user:password@…` where it asks for them. */
  url: string
  /** True (the default) tries again for a few seconds while the registry does not answer. */
  retries?: boolean
}

/** The answer of a compatibility check; `faults` says what is broken. */
export interface Compatibility {
  compatible: boolean
  faults: string[]
}

export interface RegistryApi {
  /** The schema's text, or undefined where the registry says that it has no such id. */
  textOf(id: number): Promise<string | undefined>
  /** The text of the subject's newest version, or undefined where the subject has none. */
  latestText(subject: string): Promise<string | undefined>
  /** Whether the text may follow the subject's versions under its compatibility; true for a new subject. */
  checkCompatibility(subject: string, schemaText: string): Promise<Compatibility>
  /** The subject's own compatibility level, or undefined where it has none. */
  compatibilityOf(subject: string): Promise<string | undefined>
  setCompatibility(subject: string, level: string): Promise<void>
  /** Runs a call of another client with the same retries and the same errors. */
  guard<T>(call: () => Promise<T>): Promise<T>
}

const schemaAnswer = z.object({ schema: z.string() })
const compatibilityAnswer = z.object({ is_compatible: z.boolean(), messages: z.array(z.string()).optional() })
const levelAnswer = z.object({ compatibilityLevel: z.string() })
const errorAnswer = z.object({ error_code: z.number(), message: z.string() })

/** The registry is not there, or answers as a broken one does. Worth another try. */
const unreachable = (base: string, cause: unknown): OperationalError =>
  new OperationalError(
    'unreachable',
    'REGISTRY_UNREACHABLE',
    `SCHEMA_REGISTRY_URL ${base} not reachable (${reasonOf(cause)})`,
    'is the stack up?',
    cause,
  )

/** No waiting helps against this. */
const forbidden = (base: string, status: number): OperationalError =>
  new OperationalError(
    'refused',
    'REGISTRY_FORBIDDEN',
    `the schema registry at ${base} answered ${status}`,
    'SCHEMA_REGISTRY_URL has to name a user and a password that it knows: https://user:password@…',
  )

const basicAuth = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const inner = cause.cause
  return inner instanceof Error
    ? inner.message || inner.name
    : cause.message.replace(/^.* - Error, status 400: /, '')
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof OperationalError && error.fault === 'unreachable'

/** Errors of the other client that mean that no (sane) answer came: no status, a server's fault, or its invented 400. */
function isTransportError(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error)) return false
  if (typeof error.status !== 'number' || error.status >= 500) return true
  return error.status === 400 && /ECONN|ENOTFOUND|EAI_AGAIN|socket|timeout/i.test(error.message)
}

const isForbidden = (error: unknown): error is { status: 401 | 403 } =>
  error instanceof Error && 'status' in error && (error.status === 401 || error.status === 403)

interface Ask {
  method?: 'GET' | 'PUT' | 'POST'
  body?: object
}

/** A client of the registry's REST interface. Nothing is asked before the first call. */
export function registryApi({ url, retries = true }: RegistryOptions): RegistryApi {
  const { base, credentials } = registryAddress(url)
  const headers = {
    'content-type': 'application/vnd.schemaregistry.v1+json',
    ...(credentials === undefined ? {} : { authorization: basicAuth(credentials) }),
  }
  const again = retry(handleWhen(isUnreachable), {
    maxAttempts: retries ? RETRIES : 0,
    backoff: retries
      ? new ExponentialBackoff({ initialDelay: RETRY_FIRST_MS, maxDelay: RETRY_MAX_MS })
      : new ConstantBackoff(0),
  })

  /** The body of the answer, or undefined where the registry says that there is no such thing. */
  const askOnce = async (path: string, { method = 'GET', body }: Ask): Promise<unknown> => {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(REGISTRY_REQUEST_TIMEOUT_MS),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw unreachable(base, error)
    })
    const answer = parseJson(
      await response.text().catch((error: unknown) => Promise.reject(unreachable(base, error))),
    )
    if (response.ok) return answer
    if (response.status === 401 || response.status === 403) throw forbidden(base, response.status)
    const refusal = errorAnswer.safeParse(answer)
    if (response.status === 404 && refusal.success && ABSENT_CODES.has(refusal.data.error_code))
      return undefined
    if (response.status === 404 || response.status >= 500 || !refusal.success)
      throw unreachable(base, `${method} ${path} answered ${response.status}, not as a schema registry does`)
    throw new OperationalError(
      'refused',
      'REGISTRY_REFUSED',
      `the schema registry refused ${method} ${path}: ${refusal.data.message}`,
      "correct the schema or the registry's settings",
    )
  }
  const ask = (path: string, options: Ask = {}): Promise<unknown> =>
    again.execute(() => askOnce(path, options))

  return {
    textOf: async (id) => {
      if (id <= 0) return undefined
      const answer = await ask(`/schemas/ids/${id}`)
      return answer === undefined ? undefined : schemaAnswer.parse(answer).schema
    },
    latestText: async (subject) => {
      const answer = await ask(`/subjects/${encodeURIComponent(subject)}/versions/latest`)
      return answer === undefined ? undefined : schemaAnswer.parse(answer).schema
    },
    checkCompatibility: async (subject, schema) => {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/latest?verbose=true`
      const answer = await ask(path, { method: 'POST', body: { schema } })
      if (answer === undefined) return { compatible: true, faults: [] }
      const { is_compatible: compatible, messages: faults = [] } = compatibilityAnswer.parse(answer)
      return { compatible, faults }
    },
    compatibilityOf: async (subject) => {
      const answer = await ask(`/config/${encodeURIComponent(subject)}`)
      return answer === undefined ? undefined : levelAnswer.parse(answer).compatibilityLevel
    },
    setCompatibility: async (subject, compatibility) => {
      await ask(`/config/${encodeURIComponent(subject)}`, { method: 'PUT', body: { compatibility } })
    },
    guard: (call) =>
      again.execute(async () => {
        try {
          return await call()
        } catch (error) {
          if (isTransportError(error)) throw unreachable(base, error)
          throw isForbidden(error) ? forbidden(base, error.status) : error
        }
      }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
