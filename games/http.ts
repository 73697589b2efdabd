/**
 * The connections to one provider. They are its own: one that hangs takes none from another. Says of each failure whether the
 * request may have reached the provider.
 */
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { Call } from './adapter.ts'
import { ANSWER_BYTES_MAX, CALLS_AT_ONCE_MAX, CONNECT_TIMEOUT_MS, IDLE_CONNECTION_MS } from './limits.ts'

export interface HttpRequest {
  method: 'GET' | 'POST'
  /** Below the endpoint, with the query. */
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
}

export interface HttpAnswered {
  kind: 'ANSWERED'
  status: number
  body: string
}

export interface HttpFailure {
  kind: 'FAILED'
  code: string
  message: string
  /** False where the provider surely got nothing. */
  sent: boolean
}

export interface ProviderHttp {
  /** Never rejects. */
  send(request: HttpRequest, call: Call): Promise<HttpAnswered | HttpFailure>
  /** Ends idle connections; what is under way is cut. */
  close(): Promise<void>
}

export interface ProviderHttpOptions {
  endpoint: string
  /** Longest single call, in milliseconds. */
  timeoutMs: number
}

/** Failures before the first byte was on its way. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'NETWORK'

const failure = (code: string, message: string, sent: boolean): HttpFailure => ({
  kind: 'FAILED',
  code,
  message,
  sent,
})

const isCalledOff = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

/** Reads at most `ANSWER_BYTES_MAX`; undefined where there is more. */
async function readBody(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  const parts: AsyncIterable<Buffer> = body
  for await (const chunk of parts) {
    bytes += chunk.length
    // Leaving the loop destroys the body and with it the connection.
    if (bytes > ANSWER_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

export function createProviderHttp({ endpoint, timeoutMs }: ProviderHttpOptions): ProviderHttp {
  const { origin, pathname } = new URL(endpoint)
  const prefix = pathname.replace(/\/+$/, '')
  const pool = new Pool(origin, {
    connections: CALLS_AT_ONCE_MAX,
    // A second request behind one that hangs would hang with it.
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: IDLE_CONNECTION_MS,
    // The signal of each call bounds it as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

  async function attempt({ method, path, headers, body }: HttpRequest, signal: AbortSignal) {
    const answer = await pool.request({
      method,
      path: `${prefix}${path}`,
      headers,
      body: body ?? null,
      signal,
    })
    const text = await readBody(answer.body)
    return text === undefined
      ? failure('ANSWER_TOO_LARGE', `the answer is larger than ${ANSWER_BYTES_MAX} bytes`, true)
      : { kind: 'ANSWERED' as const, status: answer.statusCode, body: text }
  }

  return {
    send: async (request, { deadlineAtMs, signal }) => {
      const leftMs = Math.min(timeoutMs, deadlineAtMs - Date.now())
      if (leftMs <= 0) return failure('DEADLINE', 'the deadline was over before the call', false)
      if (isCalledOff(signal)) return failure('CALLED_OFF', 'called off before the call', false)
      const late = AbortSignal.timeout(leftMs)
      try {
        return await attempt(request, signal === undefined ? late : AbortSignal.any([late, signal]))
      } catch (error) {
        if (late.aborted) return failure('TIMEOUT', `no answer within ${leftMs} ms`, true)
        if (isCalledOff(signal)) return failure('CALLED_OFF', 'called off during the call', true)
        const code = codeOf(error)
        // The system's own messages name the address and nothing of the request.
        return failure(code, error instanceof Error ? error.message : code, !NEVER_SENT.has(code))
      }
    },
    close: () => pool.destroy(),
  }
}
