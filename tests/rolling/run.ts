/** One run: bets at a steady rate, every process stopped and started in turn, and the record held against the log and the stores. */
import { setTimeout as sleep } from 'node:timers/promises'
import { topicSizes } from '../../topics/catalogue.ts'
import { check } from '../chaos/checker.ts'
import type { Verdict } from '../chaos/checker.ts'
import { Clients } from '../chaos/clients.ts'
import { readLog } from '../chaos/log.ts'
import { send } from '../chaos/partner-api.ts'
import type { Rig } from '../chaos/rig.ts'
import { differencesNow } from '../chaos/run.ts'
import { Random } from '../simulator/random.ts'
import { startApi } from '../support/api-instance.ts'
import type { ApiInstance } from '../support/api-instance.ts'
import { required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'
import { Balancer } from './balancer.ts'
import { Watch } from './watch.ts'
import type { Figures } from './watch.ts'

/** A process of which the load must not notice that it ends and begins. */
export interface Part {
  name: string
  stop(): Promise<void>
  /** Resolves when it is ready. */
  start(): Promise<void>
}

export interface Restarted extends Figures {
  name: string
  /** From the signal until it was ready again; the figures go on until the calm after that has ended. */
  seconds: number
}

export interface RollingResult extends Verdict {
  restarts: readonly Restarted[]
  /** Of all answers from the first restart on. What is lost or doubled is looked for in those before it too. */
  total: Figures
}

export interface RollingOptions {
  perSecond: number
  /**
   * Play before the first restart and after each, in milliseconds: processes and standby copies get warm, and what is left behind shows.
   * The first send of a process that has just started may take longer than the API waits for one, and is refused.
   */
  calmMs: number
  news: (line: string) => void
}

/** Longer than the balancer takes to notice, in milliseconds. */
const DRAIN_MS = 2_000
/** Heartbeats are a fifth of it: so long an instance may take to hear that another one comes or goes. */
const SESSION_TIMEOUT_MS = 1_500

/** A process of the stack. */
export const stackPart = (rig: Rig, name: string): Part => ({
  name,
  stop: () => rig.stop(name),
  start: () => rig.up(name),
})

/** An instance of the API behind the balancer; each start is at a new address, as it is in a cluster. */
export function apiPart(name: string, balancer: Balancer): Part {
  let instance: ApiInstance | undefined
  return {
    name,
    stop: async () => {
      const code = await instance?.stop()
      balancer.remove(instance?.url ?? '')
      instance = undefined
      if (code !== 0) throw new Error(`${name} ended with code ${code}`)
    },
    start: async () => {
      const started = await startApi({
        DRAIN_MS: String(DRAIN_MS),
        SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
      })
      instance = started
      balancer.add(started.url)
      await waitFor(() => balancer.isReady(started.url), { what: `${name} behind the balancer` })
    },
  }
}

async function restartInTurn(
  parts: readonly Part[],
  watch: Watch,
  { calmMs, news }: RollingOptions,
): Promise<Restarted[]> {
  const restarts: Restarted[] = []
  await sleep(calmMs)
  watch.begin()
  for (const part of parts) {
    const startMs = performance.now()
    await part.stop()
    await part.start()
    const seconds = (performance.now() - startMs) / 1_000
    await sleep(calmMs)
    const restarted = { name: part.name, seconds, ...watch.take() }
    restarts.push(restarted)
    news(
      `${part.name}: ${seconds.toFixed(1)} s, ${restarted.requests} requests, ${restarted.failures.length} failed, ` +
        `longest answer ${Math.round(restarted.longestMs)} ms`,
    )
  }
  return restarts
}

/** Two instances of the API of its own, then every part in turn. The environment is that of the stack. */
export async function runRolling(
  partsOf: (apis: readonly Part[]) => readonly Part[],
  options: RollingOptions,
): Promise<RollingResult> {
  const seed = Date.now() % 1_000_000
  const prefix = `rolling-${seed}`
  const balancer = new Balancer()
  const apis = [apiPart('api-1', balancer), apiPart('api-2', balancer)]
  const watch = new Watch()
  const apiKey = required('STAKESTREAM_PARTNER_KEY')
  const clients = new Clients({
    send: (movement) => watch.over(async () => send({ url: balancer.next(), apiKey }, movement)),
    partnerId: required('STAKESTREAM_PARTNER_ID'),
    partitions: topicSizes('local').partitions,
    prefix,
    perSecond: options.perSecond,
    random: new Random(seed),
  })
  const before = new Set(await differencesNow())
  try {
    for (const api of apis) await api.start()
    await clients.start()
    let restarts: Restarted[]
    try {
      restarts = await restartInTurn(partsOf(apis), watch, options)
    } finally {
      await clients.stop()
    }
    const differences = (await differencesNow()).filter((difference) => !before.has(difference))
    const verdict = check(clients.operations, await readLog(prefix))
    const violations = [...verdict.violations, ...clients.contradictions, ...differences]
    return { ...verdict, violations, restarts, total: watch.total }
  } finally {
    await Promise.allSettled(apis.map((api) => api.stop()))
    await balancer.stop()
  }
}
