/**
 * HTTP bets, the same for the project's API and for its peer: distinct bets of 1 over a set of players.
 *
 * `saturate` keeps every connection busy, with autocannon, as the peers' load.mjs does. `pace` sends at an even rate and
 * counts each latency from the moment at which the bet was due, so that a slow answer also counts for those behind it
 * (autocannon would send its second's share in one burst).
 */
import { Agent, request } from 'node:http'
import autocannon from 'autocannon'
import { latenciesOf } from './statistics.ts'
import type { Latencies } from './statistics.ts'

export interface Target {
  url: string
  apiKey: string
}

export interface LoadOptions {
  seconds: number
  connections: number
  /** Bets go to players 1 to this number in turn; 1 makes one hot player. */
  players: number
  /** The game of the bets; one that the catalogue does not know where absent. */
  gameId?: string
}

export interface LoadResult extends Latencies {
  /** Bets answered with 2xx, per second. */
  perSecond: number
}

let bets = Date.now() * 1000

interface Bet {
  path: string
  body: string
}

function nextBet({ players, gameId = 'slots_game_001' }: LoadOptions): Bet {
  const n = ++bets
  const fields = { amount: 1, currency: 'USD', game_id: gameId, round_id: `r${n}` }
  return {
    path: `/wallet/${1 + (n % players)}/bet`,
    body: JSON.stringify({ ...fields, transaction_id_partner: `p${n}` }),
  }
}

const headersFor = (target: Target): Record<string, string> => ({
  'content-type': 'application/json',
  'x-api-key': target.apiKey,
})

/** Every bet has to be accepted: a refused one costs less and would flatter the figures. */
function assertAccepted(refused: number, failed: number): void {
  if (refused + failed > 0) throw new Error(`${refused} bets were refused and ${failed} failed`)
}

/** As many bets as the connections take, each connection waiting for its answer. */
export async function saturate(target: Target, options: LoadOptions): Promise<LoadResult> {
  const { seconds, connections } = options
  const latenciesMs: number[] = []
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const requests: autocannon.Request[] = [
      {
        method: 'POST',
        headers: headersFor(target),
        setupRequest: (defaults) => ({ ...defaults, ...nextBet(options) }),
      },
    ]
    const instance = autocannon(
      { url: target.url, connections, duration: seconds, requests },
      (error: Error | null, outcome) => (error === null ? resolve(outcome) : reject(error)),
    )
    instance.on('response', (_client, _status, _bytes, latencyMs) => latenciesMs.push(latencyMs))
  })
  assertAccepted(result.non2xx, result.errors)
  return { perSecond: result['2xx'] / result.duration, ...latenciesOf(latenciesMs) }
}

/** Sends one bet and reads its answer to the end; answers the status. */
function send(target: Target, agent: Agent, { path, body }: Bet): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...headersFor(target), 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = request(`${target.url}${path}`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Bets at an even rate. */
export async function pace(target: Target, options: LoadOptions & { rate: number }): Promise<LoadResult> {
  const { seconds, connections, rate } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const latenciesMs: number[] = []
  let refused = 0
  const sends: Promise<void>[] = []
  const startMs = performance.now()
  const count = rate * seconds
  while (sends.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startMs) * rate) / 1000) + 1)
    while (sends.length < due) {
      const dueMs = startMs + (sends.length * 1000) / rate
      const bet = send(target, agent, nextBet(options)).then((status) => {
        latenciesMs.push(performance.now() - dueMs)
        if (!isSuccess(status)) refused++
      })
      sends.push(bet)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(sends)
  agent.destroy()
  assertAccepted(refused, 0)
  return { perSecond: rate, ...latenciesOf(latenciesMs) }
}
