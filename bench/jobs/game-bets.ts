/** Bets that a game provider has to confirm: alone, and while another provider takes its calls and never answers one. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
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
/** Bets at the provider that answers, and at the one that doesn't: its places are full after some seconds, and stay so. */
const RATE = 50
const HANGING_RATE = 20
/** The longest that a provider may be waited for. */
const HANG_MS = 30_000
/** So long bets go to the provider that hangs before the others are measured. */
const FILL_MS = 10_000
const CATALOGUE_LIMIT_MS = 30_000

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
  const text = await response.text()
  if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${text}`)
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

/** Takes every request and answers none. */
async function startHanging(): Promise<{ server: Server; url: string; asked: () => number }> {
  let asked = 0
  const server = createServer(() => void asked++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  return { server, url: `http://127.0.0.1:${port}`, asked: () => asked }
}

/** Bets at the provider that hangs, at an even rate; nobody waits for their answers. */
function betAtHanging(target: Target, gameId: string, players: number): () => void {
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
  }, 1_000 / HANGING_RATE)
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
  const hanging = await startHanging()
  const endpoint = `${ground.value('SANDBOX_URL')}/ocasino/v1`
  try {
    await introduce(ground, { id: 'answers', endpoint, game: 'answers_1', gameCode: 'oc-starlight-reels' })
    await introduce(ground, { id: 'hangs', endpoint: hanging.url, game: 'hangs_1', gameCode: 'one' })
    const bets = { connections: CONNECTIONS, players, rate: RATE, gameId: 'answers_1' }
    await untilTaken(target, { ...bets, seconds: warmUpSeconds })
    const measure = async (name: string): Promise<Latencies> => {
      const result = await pace(target, { ...bets, seconds })
      const { p50Ms, p99Ms } = result
      recorder.add(`game-bets.${name}-p50`, 'ms', p50Ms)
      recorder.add(`game-bets.${name}-p99`, 'ms', p99Ms)
      say(`${name} p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`)
      return result
    }
    await pace(target, { ...bets, seconds })
    // All alone first: bets at the one that hangs are asked about for two minutes.
    const alone: Latencies[] = []
    for (let index = 0; index < runs; index++) alone.push(await measure('alone'))
    const stop = betAtHanging(target, 'hangs_1', players)
    try {
      await sleep(FILL_MS)
      for (const { p99Ms } of alone)
        recorder.add('game-bets.ratio-p99', 'ratio', (await measure('beside-hanging')).p99Ms / p99Ms)
    } finally {
      stop()
    }
    say(`${hanging.asked()} calls hung`)
  } finally {
    hanging.server.closeAllConnections()
    hanging.server.close()
    await ground.stop('app')
  }
}

export const gameBets: Job = {
  name: 'game-bets',
  title: `bets that a game provider confirms, ${RATE}/s, alone and beside a provider that hangs for ${HANG_MS / 1000} s`,
  run,
}
