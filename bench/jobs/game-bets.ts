/** Bets that a game provider has to confirm: while another provider answers, and while it takes its calls and never answers one. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { fetch } from 'undici'
import type { Ground } from '../ground.ts'
import { pace } from '../load.ts'
import type { Target } from '../load.ts'
import type { Latencies } from '../statistics.ts'
import { openApi } from './http-bets.ts'
import type { Bench, Job } from './job.ts'

const SERVICES = ['partners', 'games', 'games-worker', 'game-sandbox'] as const
const CONNECTIONS = 64
/** Bets at the provider that is measured, and at the other: once that hangs its places are full after some seconds, and stay so. */
const RATE = 50
const BESIDE_RATE = 20
/** The longest that a provider may be waited for. */
const HANG_MS = 30_000
/** So long bets go to the provider that hangs before the others are measured. */
const FILL_MS = 10_000
const CATALOGUE_LIMIT_MS = 30_000

/** What a request has of its own connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
])

interface Provider {
  id: string
  endpoint: string
  game: string
  gameCode: string
}

async function put(ground: Ground, path: string, body: object): Promise<void> {
  const response = await fetch(`${ground.value('STAKESTREAM_URL')}${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': ground.value('STAKESTREAM_ADMIN_KEY') },
    body: JSON.stringify(body),
  })
  const answer = await response.text()
  if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${answer}`)
}

async function introduce(ground: Ground, { id, endpoint, game, gameCode }: Provider): Promise<void> {
  await put(ground, `/games/providers/${id}`, {
    name: id,
    api_endpoint: endpoint,
    integration_type: 'rest',
    supported_currencies: ['USD'],
    settings: { timeout_ms: HANG_MS },
    api_credentials: {
      api_key: ground.value('SANDBOX_API_KEY'),
      webhook_secret: ground.value('SANDBOX_WEBHOOK_SECRET'),
    },
  })
  await put(ground, `/games/${game}`, { provider_id: id, game_code: gameCode, name: game })
}

interface Switched {
  url: string
  /** From now on it takes every request and answers none. */
  hang(): void
  /** Requests that were taken and not answered. */
  hung(): number
  close(): void
}

/** A provider that answers as the sandbox does, until it hangs. */
async function startSwitched(sandboxUrl: string): Promise<Switched> {
  let hangs = false
  let hung = 0
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '', headers } = incoming
    const body = method === 'GET' ? undefined : await text(incoming)
    const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !OWN_HEADERS.has(name) ? [[name, value]] : [],
    )
    const answer = await fetch(sandboxUrl + url, { method, headers: passed, ...(body ? { body } : {}) })
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  }
  const server = createServer((incoming, outgoing) => {
    if (hangs) hung++
    else forward(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    hang: () => (hangs = true),
    hung: () => hung,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Bets at an even rate; nobody waits for their answers. */
function betBeside(target: Target, gameId: string, players: number): () => void {
  let number = Date.now() * 1000
  const timer = setInterval(() => {
    number++
    const bet = { amount: 1, currency: 'USD', game_id: gameId, round_id: `h${number}` }
    void fetch(`${target.url}/wallet/${1 + (number % players)}/bet`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': target.apiKey,
        prefer: 'respond-async',
      },
      body: JSON.stringify({ ...bet, transaction_id_partner: `h${number}` }),
    }).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    )
  }, 1_000 / BESIDE_RATE)
  return () => clearInterval(timer)
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The catalogue follows by a moment: the first bets that a provider confirms say that it is there. */
async function untilTaken(target: Target, options: Parameters<typeof pace>[1]): Promise<void> {
  const untilMs = Date.now() + CATALOGUE_LIMIT_MS
  for (;;) {
    try {
      await pace(target, options)
      return
    } catch (error) {
      if (Date.now() > untilMs) throw error
      await sleep(500)
    }
  }
}

async function run({ ground, recorder, size, say }: Bench): Promise<void> {
  const { players, seconds, runs, warmUpSeconds } = size
  const target = await openApi(ground, players)
  await ground.up(...SERVICES)
  const sandboxUrl = `${ground.value('SANDBOX_URL')}/ocasino/v1`
  const other = await startSwitched(sandboxUrl)
  const gameCode = 'oc-starlight-reels'
  await introduce(ground, { id: 'ocasino', endpoint: sandboxUrl, game: 'measured', gameCode })
  await introduce(ground, { id: 'other', endpoint: other.url, game: 'beside', gameCode })
  const bets = { connections: CONNECTIONS, players, rate: RATE, gameId: 'measured' }
  const measure = async (name: string): Promise<Latencies> => {
    const result = await pace(target, { ...bets, seconds })
    const { p50Ms, p99Ms } = result
    recorder.add(`game-bets.${name}-p50`, 'ms', p50Ms)
    recorder.add(`game-bets.${name}-p99`, 'ms', p99Ms)
    say(`${name} p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`)
    return result
  }
  await untilTaken(target, { ...bets, seconds: warmUpSeconds })
  const stop = betBeside(target, 'beside', players)
  try {
    await pace(target, { ...bets, seconds: 2 * seconds })
    // All of these first: bets at the one that hangs are asked about for two minutes.
    const answering: Latencies[] = []
    for (let index = 0; index < runs; index++) answering.push(await measure('other-answers'))
    other.hang()
    await sleep(FILL_MS)
    for (const { p99Ms } of answering)
      recorder.add('game-bets.ratio-p99', 'ratio', (await measure('other-hangs')).p99Ms / p99Ms)
    say(`${other.hung()} calls hung`)
  } finally {
    stop()
    other.close()
    await ground.stop('app')
  }
}

export const gameBets: Job = {
  name: 'game-bets',
  title: `bets that a game provider confirms, ${RATE}/s, beside another that answers, and that hangs for ${HANG_MS / 1000} s`,
  run,
}
