/** The sandbox: an OCasino, and a provider of the seamless kind, on one HTTP server. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { getRawBody } from 'raw-body'
import { AMOUNT_EXPONENT } from '../ocasino/wire.ts'
import { PROFILES } from '../seamless/profile.ts'
import type { ProfileName } from '../seamless/profile.ts'
import type { Signer, Verifier } from '../seamless/signature.ts'
import { createAdminApi, csvOf } from './admin-api.ts'
import type { AdminParts } from './admin-api.ts'
import { Books } from './books.ts'
import { createCallbackSender } from './callbacks.ts'
import { createChance } from './chance.ts'
import { FaultPlan } from './faults.ts'
import { REQUEST_BYTES_MAX } from './limits.ts'
import { createOcasinoApi } from './ocasino-api.ts'
import { Results } from './ocasino-results.ts'
import { createSeamlessApi } from './seamless-api.ts'
import { createSeamlessClient } from './seamless-client.ts'
import { SeamlessRounds } from './seamless-rounds.ts'
import type { SandboxRequest, Served } from './served.ts'
import type { Settings } from './settings.ts'

export interface SandboxOptions {
  seed: string
  /** What OCasino's customers send. */
  apiKey: string
  /** What OCasino's callbacks are signed with. */
  webhookSecret: string
  seamless: {
    profile: ProfileName
    /** Signs the calls of the wallet. */
    sign: Signer
    /** Checks the platform's requests. */
    verify: Verifier
  }
  settings: Settings
}

export interface Sandbox {
  readonly url: string
  close(): Promise<void>
}

/** Below these the parts of the sandbox are served. */
export const OCASINO_PREFIX = '/ocasino/v1'
export const SEAMLESS_PREFIX = '/seamless/v1'

const below = (prefix: string, path: string): string | undefined =>
  path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined

async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://sandbox')
  const body = await getRawBody(incoming, { limit: REQUEST_BYTES_MAX })
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
  return {
    method: incoming.method ?? '',
    path: pathname,
    query: searchParams,
    headers,
    body,
    json: () => {
      try {
        const value: unknown = JSON.parse(body.toString())
        return value
      } catch {
        return undefined
      }
    },
  }
}

const SERVER_ERROR = 500

function write(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(text)
}

/** Answers in the manner that was chosen; see `Served`. */
function answer(response: ServerResponse, { status, body, manner }: Served, settings: Settings): void {
  const text = JSON.stringify(body)
  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(run, ms)
    // Whoever gave up waiting is not waited for.
    response.once('close', () => clearTimeout(timer))
  }
  switch (manner) {
    case 'plain':
      return write(response, status, text)
    case 'slow':
      return later(settings.slow_ms, () => write(response, status, text))
    case 'hang':
      return later(settings.hang_ms, () => void response.destroy())
    case 'reset':
      return void response.destroy()
    case 'error':
      return write(response, SERVER_ERROR, '{"error":{"code":"E_INTERNAL","text":"Something broke."}}')
    case 'garbage':
      return write(response, status, text.slice(0, text.length / 2))
  }
}

/** Resolves when the server listens. `port` 0 takes any. */
export async function startSandbox(
  options: SandboxOptions,
  port: number,
  host = '127.0.0.1',
): Promise<Sandbox> {
  const { settings, seamless } = options
  const chance = createChance(options.seed)
  const faults = new FaultPlan(chance)
  const books = new Books()
  const walletBooks = new Books()
  const { exponent } = PROFILES[seamless.profile]
  const callbacks = createCallbackSender({ url: () => settings.callback_url, secret: options.webhookSecret })
  const client = createSeamlessClient(() => settings.wallet_url, seamless.sign)
  const results = new Results({ books, callbacks, chance, settings })
  const publicUrl = (): string => url
  const ocasino = createOcasinoApi({ apiKey: options.apiKey, books, faults, results, publicUrl })
  const seamlessApi = createSeamlessApi({ verify: seamless.verify, publicUrl })
  const adminParts: AdminParts = {
    faults,
    settings,
    results,
    callbacks,
    rounds: new SeamlessRounds({ client, books: walletBooks, chance, exponent }),
    ledgers: {
      ocasino: { books, exponent: AMOUNT_EXPONENT },
      seamless: { books: walletBooks, exponent },
    },
  }
  const admin = createAdminApi(adminParts)

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    const { path } = request
    if (path === '/health/live' || path === '/health/ready') return write(response, 200, '{"status":"ready"}')
    const ocasinoPath = below(OCASINO_PREFIX, path)
    if (ocasinoPath !== undefined)
      return answer(response, await ocasino.serve({ ...request, path: ocasinoPath }), settings)
    const seamlessPath = below(SEAMLESS_PREFIX, path)
    if (seamlessPath !== undefined)
      return answer(response, seamlessApi.serve({ ...request, path: seamlessPath }), settings)
    const csv = csvOf(adminParts, request)
    if (csv === undefined) return answer(response, await admin.serve(request), settings)
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' })
    return pipeline(csv, response)
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy())
  })
  await listen(server, port, host)
  const url = `http://${host}:${portOf(server)}`
  return {
    url,
    close: async () => {
      results.stop()
      await Promise.all([callbacks.close(), client.close()])
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('the sandbox does not listen on a port')
  return address.port
}
