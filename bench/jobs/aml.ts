/** Transactions through the AML rules: as fast as they go, two processes beside each other; and how far they lag at a steady rate. */
import { startEventReader } from '../event-reader.ts'
import type { Ground } from '../ground.ts'
import { followFromNow, preload, walletCaughtUp } from '../kafka.ts'
import { samplesOf } from '../metrics.ts'
import { cpuMicroseconds } from '../process-cost.ts'
import { latenciesOf } from '../statistics.ts'
import type { Latencies } from '../statistics.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'
import { firstEventMs } from './wallet-bulk.ts'
import { encodeRun, sendEvenly } from './wallet-rate.ts'

const ASSESSMENTS = 'aml.transaction.assessed'
const PROFILES = 'aml.risk-profile.updated'
const PROCESSORS = ['aml', 'aml-2'] as const
const PER_SECOND = 2_000
/** What comes first warms up and is dropped. */
const DROPPED_SHARE = 1 / 4
const LAST_LIMIT_MS = 60_000

interface Bulk {
  /** Transactions/s from the first assessment to the last. */
  perSecond: number
  /** CPU time per transaction in both processes, in microseconds. */
  cpu: number
  /** Transactions that share one Kafka transaction. */
  batch: number
  /** Profiles sent per transaction: each comes with a write of what the store keeps of its player. */
  profiles: number
}

/** Kafka transactions of both processes. */
async function commitsOf({ stack }: Ground): Promise<number> {
  const counts = await Promise.all(
    [stack.ports.amlAdmin, stack.ports.aml2Admin].map((port) =>
      samplesOf(port, 'stakestream_task_batch_records_count'),
    ),
  )
  return counts.flat().reduce((total, { value }) => total + value, 0)
}

/** One run over the transactions that are there. */
async function measureBulk(ground: Ground, transactions: number): Promise<Bulk> {
  await ground.freshAml()
  const reader = await startEventReader(ground, ASSESSMENTS, transactions)
  const abort = new AbortController()
  const first = firstEventMs(ground, ASSESSMENTS, abort.signal)
  try {
    await ground.up(...PROCESSORS)
    const endMs = await reader.done
    const pids = await ground.pids()
    const cpu = PROCESSORS.reduce((sum, name) => sum + cpuMicroseconds(pids.get(name) ?? NaN), 0)
    const profiles = [...(await ground.endOffsets(PROFILES)).values()].reduce((sum, end) => sum + end, 0)
    return {
      perSecond: (transactions * 1000) / (endMs - (await first)),
      cpu: cpu / transactions,
      batch: transactions / (await commitsOf(ground)),
      profiles: profiles / transactions,
    }
  } finally {
    abort.abort()
    first.catch(() => undefined)
    await ground.stop(...PROCESSORS)
  }
}

/** From the moment in which a command is due to be sent until its assessment can be read: the wallet's part is in it. */
async function measureLag(
  ground: Ground,
  round: number,
  { seconds, players }: Bench['size'],
): Promise<Latencies> {
  const commands = await encodeRun(ground, round, PER_SECOND * seconds, players)
  const dueMs = new Map<string, number>()
  const lagsMs: number[] = []
  let read = 0
  const all = Promise.withResolvers<void>()
  const stop = await followFromNow(ground, ASSESSMENTS, ({ event_id: id }) => {
    const sentMs = dueMs.get(id)
    if (sentMs === undefined) return
    if (++read > commands.length * DROPPED_SHARE) lagsMs.push(performance.now() - sentMs)
    if (read === commands.length) all.resolve()
  })
  try {
    await sendEvenly(ground, commands, PER_SECOND, (id) => dueMs.set(id, performance.now()))
    const late = setTimeout(() => all.reject(new Error(`${read} of ${commands.length} came`)), LAST_LIMIT_MS)
    await all.promise.finally(() => clearTimeout(late))
  } finally {
    await stop()
  }
  return latenciesOf(lagsMs)
}

async function run({ ground, recorder, size, say }: Bench): Promise<void> {
  await ground.freshTopics({ keepCommands: false })
  const { bulkCommands, players } = size
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  await ground.up('wallet')
  await preload(ground, commandsOf({ commands: bulkCommands, players, partnerId, prefix: 'a' }))
  await walletCaughtUp(ground)
  await ground.stop('wallet')
  say(`${bulkCommands} transactions are there`)
  for (let index = 0; index < size.runs; index++) {
    const { perSecond, cpu, batch, profiles } = await measureBulk(ground, bulkCommands)
    recorder.add('aml.transactions', 'transactions/s', perSecond)
    recorder.add('aml.cpu', 'µs', cpu)
    recorder.add('aml.batch', 'records', batch)
    recorder.add('aml.profiles-per-transaction', 'ratio', profiles)
    say(
      `${Math.round(perSecond)}/s, ${cpu.toFixed(1)} µs of CPU each, ${Math.round(batch)} a batch, ${profiles.toFixed(2)} profiles each`,
    )
  }
  await ground.freshTopics({ keepCommands: false })
  const opened = await startEventReader(ground, ASSESSMENTS, players)
  await ground.up('wallet', 'aml')
  await preload(ground, commandsOf({ commands: players, players, partnerId, prefix: 'q' }))
  await opened.done
  // Node and the broker compile what they run for the first time.
  await measureLag(ground, size.runs, size)
  for (let index = 0; index < size.runs; index++) {
    const { p50Ms, p99Ms, maxMs } = await measureLag(ground, index, size)
    recorder.add('aml.lag-p50', 'ms', p50Ms)
    recorder.add('aml.lag-p99', 'ms', p99Ms)
    recorder.add('aml.lag-max', 'ms', maxMs)
    say(
      `lag at ${PER_SECOND}/s: p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms, max ${Math.round(maxMs)} ms`,
    )
  }
  await ground.stop('wallet', 'aml')
}

export const aml: Job = {
  name: 'aml',
  title: `AML: transactions assessed, 4 partitions, and their lag at ${PER_SECOND}/s`,
  run,
}
