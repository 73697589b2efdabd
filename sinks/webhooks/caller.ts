/** One call of an endpoint, within its bounds. */
import { request as httpRequest, Agent as HttpAgent } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https'
import { AddressRefusedError, guardedLookup, requireCallable } from './addresses.ts'
import type { Network } from './addresses.ts'
import { ANSWER_BYTES_MAX, CALL_TIMEOUT_MS, ERROR_CHARS_MAX } from './limits.ts'

/** How a call ended. */
export interface CallResult {
  /** HTTP status; null where there was no answer. */
  status: number | null
  /** Why it failed; null where it succeeded. */
  error: string | null
}

export interface Call {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Caller {
  /** Never throws. */
  call(call: Call): Promise<CallResult>
  close(): void
}

export interface CallerOptions {
  /** Networks that may be called beside the internet. */
  allowed: readonly Network[]
  timeoutMs?: number
}

/** A name for what went wrong, without what a receiver could have put into it. */
function errorOf(error: unknown): string {
  if (error instanceof AddressRefusedError) return 'ADDRESS_REFUSED'
  if (!(error instanceof Error)) return 'FAILED'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'TIMEOUT'
  return ('code' in error ? String(error.code) : error.name).slice(0, ERROR_CHARS_MAX)
}

/** Reads the answer up to its bound and lets the rest go, together with the connection. */
function drain(request: ClientRequest, response: IncomingMessage): Promise<void> {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) request.destroy()
  })
  return new Promise((resolve) => {
    response.once('close', resolve)
    response.once('error', () => undefined)
  })
}

/** The status is what counts: an answer whose body does not end in time has been given. */
function send(request: ClientRequest, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response: IncomingMessage) => {
      void drain(request, response).then(() => resolve(response.statusCode ?? 0))
    })
    request.end(body)
  })
}

export function createCaller({ allowed, timeoutMs = CALL_TIMEOUT_MS }: CallerOptions): Caller {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  const lookup = guardedLookup(allowed)

  const open = ({ url, headers, body }: Call): ClientRequest => {
    const target = new URL(url)
    requireCallable(target.hostname, allowed)
    const options: RequestOptions = {
      method: 'POST',
      lookup,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    }
    return target.protocol === 'https:'
      ? httpsRequest(target, { ...options, agent: agents.https })
      : httpRequest(target, { ...options, agent: agents.http })
  }

  return {
    call: async (call) => {
      try {
        // Redirects are not followed: a 3xx is a status like any other that is no success.
        const status = await send(open(call), call.body)
        return { status, error: status >= 200 && status < 300 ? null : `HTTP_${status}` }
      } catch (error) {
        return { status: null, error: errorOf(error) }
      }
    },
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}
