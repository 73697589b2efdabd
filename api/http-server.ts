/** The HTTP server below the routes: what a slow, silent, oversized or numerous client can cost. */
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type Koa from 'koa'
import { allowList } from './access/addresses.ts'
import { onClientError } from './client-error.ts'
import {
  CONNECTIONS_CHECK_MS,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  HEADERS_TIMEOUT_MS,
  HEADER_BYTES_MAX,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  SILENCE_TIMEOUT_MS,
} from './limits.ts'
import type { State } from './server.ts'

/** Bounds of the server; `limits.ts` says what each is for. */
export interface ServerBounds {
  headersTimeoutMs: number
  requestTimeoutMs: number
  keepAliveTimeoutMs: number
  silenceTimeoutMs: number
  connectionsCheckMs: number
  connectionsMax: number
  connectionsPerAddressMax: number
}

export const SERVER_BOUNDS: ServerBounds = {
  headersTimeoutMs: HEADERS_TIMEOUT_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  keepAliveTimeoutMs: KEEP_ALIVE_TIMEOUT_MS,
  silenceTimeoutMs: SILENCE_TIMEOUT_MS,
  connectionsCheckMs: CONNECTIONS_CHECK_MS,
  connectionsMax: CONNECTIONS_MAX,
  connectionsPerAddressMax: CONNECTIONS_PER_ADDRESS_MAX,
}

export interface ServerOptions {
  /** Networks of proxies: their connections are those of many callers, and not counted by address. */
  trustedProxies: readonly string[]
  /** Told of every connection that was turned away. */
  refused: (reason: 'connections' | 'address') => void
  bounds?: ServerBounds
}

/** Turns away the connections that one address has too many of. */
function boundByAddress(server: Server, perAddressMax: number, options: ServerOptions): void {
  const trusted = allowList(options.trustedProxies)
  const counts = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (trusted(address)) return
    const count = counts.get(address) ?? 0
    if (count >= perAddressMax) {
      options.refused('address')
      socket.destroy()
      return
    }
    counts.set(address, count + 1)
    socket.once('close', () => {
      const left = (counts.get(address) ?? 0) - 1
      if (left > 0) counts.set(address, left)
      else counts.delete(address)
    })
  })
}

/** Answers by connection that are not finished. */
class OpenAnswers {
  readonly #bySocket = new WeakMap<Duplex, Set<ServerResponse>>()

  add(socket: Duplex, response: ServerResponse): void {
    const answers = this.#bySocket.get(socket) ?? new Set()
    this.#bySocket.set(socket, answers.add(response))
    response.once('close', () => answers.delete(response))
  }

  /**
   * Whether bytes written to the connection now would land in an answer, or in place of one that is owed. A request that has
   * not come to its end has changed nothing: nothing is owed to it but the reason.
   */
  isAnswering(socket: Duplex): boolean {
    const answers = [...(this.#bySocket.get(socket) ?? [])]
    return answers.length > 1 || answers.some(({ headersSent, req }) => headersSent || req.complete)
  }
}

/** Not yet listening. */
export function createHttpServer(app: Koa<State>, options: ServerOptions): Server {
  const { bounds = SERVER_BOUNDS } = options
  const handle = app.callback()
  const open = new OpenAnswers()
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: bounds.headersTimeoutMs,
      requestTimeout: bounds.requestTimeoutMs,
      keepAliveTimeout: bounds.keepAliveTimeoutMs,
      connectionsCheckingInterval: bounds.connectionsCheckMs,
      noDelay: true,
    },
    (request, response) => {
      open.add(request.socket, response)
      handle(request, response).catch(() => response.destroy())
    },
  )
  server.setTimeout(bounds.silenceTimeoutMs)
  server.maxConnections = bounds.connectionsMax
  server.on('drop', () => options.refused('connections'))
  boundByAddress(server, bounds.connectionsPerAddressMax, options)
  server.on('clientError', (error, socket) => onClientError(error, socket, (one) => open.isAnswering(one)))
  return server
}

/** Resolves when the server listens. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}
