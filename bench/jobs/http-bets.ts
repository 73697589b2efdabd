/** HTTP bets against the API, beside the peer on Koa and pg. */
import { preload, walletCaughtUp } from '../kafka.ts'
import type { Ground } from '../ground.ts'
import { pace, saturate } from '../load.ts'
import type { LoadResult, Target } from '../load.ts'
import { startKoaPostgres } from '../peers/koa-postgres.ts'
import { cpuMicroseconds } from '../process-cost.ts'
import { warmUp } from '../warm-up.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'

const CONNECTIONS = 64
const RATE = 500
const SINKS = ['sink-postgres', 'sink-clickhouse'] as const

type Measure = (target: Target, seconds: number) => Promise<LoadResult>

/** Components, topics, tables, wallet and API, with a wallet full of money per player. */
export async function openApi(ground: Ground, players: number): Promise<Target> {
  await ground.up('infra')
  await ground.freshTopics({ keepCommands: false })
  await ground.prepareTables()
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  await preload(ground, commandsOf({ commands: players, players, partnerId, prefix: 'h' }))
  await ground.up('wallet', 'api')
  await walletCaughtUp(ground)
  return { url: ground.value('STAKESTREAM_URL'), apiKey: ground.value('STAKESTREAM_PARTNER_KEY') }
}

const ON_THE_BET_PATH = ['api', 'wallet', 'kafka'] as const

/** Starts to count CPU time; what it answers tells the microseconds since then, by process. */
async function startCpuClock(ground: Ground): Promise<() => Promise<[string, number][]>> {
  const read = async (): Promise<Map<string, number>> => {
    const pids = await ground.pids()
    return new Map(ON_THE_BET_PATH.map((name) => [name, cpuMicroseconds(pids.get(name) ?? NaN)]))
  }
  const before = await read()
  return async () => [...(await read())].map(([name, now]) => [name, now - (before.get(name) ?? NaN)])
}

interface HttpJob {
  name: string
  title: string
  measure: (players: number) => Measure
  /** Throughput is a figure of its own, not only latency. */
  throughput: boolean
}

function httpJob({ name, title, measure, throughput }: HttpJob): Job {
  const run = async ({ ground, recorder, size, peersDir, say }: Bench): Promise<void> => {
    const { players, seconds, warmUpSeconds, runs } = size
    const bets = measure(players)
    const take = async (who: string, target: Target): Promise<LoadResult> => {
      // At the full rate whatever is measured: at an even 500/s the broker's compiler would need many minutes.
      await warmUp(() => saturate(target, { seconds: warmUpSeconds, connections: CONNECTIONS, players }))
      const cpuSince = who === 'ours' ? await startCpuClock(ground) : undefined
      const result = await bets(target, seconds)
      if (cpuSince !== undefined)
        for (const [process, microseconds] of await cpuSince())
          recorder.add(`${name}.${who}-cpu-${process}`, 'µs', microseconds / result.count)
      if (throughput) recorder.add(`${name}.${who}`, 'requests/s', result.perSecond)
      recorder.add(`${name}.${who}-p50`, 'ms', result.p50Ms)
      recorder.add(`${name}.${who}-p99`, 'ms', result.p99Ms)
      const { perSecond, p50Ms, p99Ms } = result
      say(`${who} ${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`)
      return result
    }
    const target = await openApi(ground, players)
    const peer = peersDir === undefined ? undefined : await startKoaPostgres(ground, peersDir)
    try {
      for (let index = 0; index < runs; index++) {
        const ours = await take('ours', target)
        if (peer === undefined) continue
        await peer.database.resetTables()
        const theirs = await take('koa-postgres', peer)
        if (throughput) recorder.add(`${name}.ratio`, 'ratio', ours.perSecond / theirs.perSecond)
        recorder.add(`${name}.ratio-p50`, 'ratio', ours.p50Ms / theirs.p50Ms)
        recorder.add(`${name}.ratio-p99`, 'ratio', ours.p99Ms / theirs.p99Ms)
      }
    } finally {
      await peer?.stop()
    }
    await ground.up(...SINKS)
    for (let index = 0; index < runs; index++) await take('ours-with-sinks', target)
    await ground.stop('app')
  }
  return { name, title, run }
}

export const httpBet64 = httpJob({
  name: 'http-bet-64',
  title: `HTTP bet → answer, ${CONNECTIONS} connections`,
  measure: (players) => (target, seconds) => saturate(target, { seconds, connections: CONNECTIONS, players }),
  throughput: true,
})

export const httpBetHot = httpJob({
  name: 'http-bet-hot',
  title: `HTTP bet → answer, ${CONNECTIONS} connections, one hot player`,
  measure: () => (target, seconds) => saturate(target, { seconds, connections: CONNECTIONS, players: 1 }),
  throughput: true,
})

export const httpBet500 = httpJob({
  name: 'http-bet-500',
  title: `HTTP bet → answer at ${RATE}/s, evenly spaced`,
  measure: (players) => (target, seconds) =>
    pace(target, { seconds, connections: CONNECTIONS, players, rate: RATE }),
  throughput: false,
})
