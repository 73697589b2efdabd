/** A wallet process that holds very many wallets is killed and started again; then its store is lost. */
import { WALLET_GROUP } from '../ground.ts'
import type { Ground } from '../ground.ts'
import { followFromNow, preload, walletCaughtUp } from '../kafka.ts'
import { samplesOf } from '../metrics.ts'
import { cpuMicroseconds } from '../process-cost.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'

const REPLIES = 'wallet.reply'
const ANSWER_LIMIT_MS = 120_000

/** Hears the replies from now on. Answers what waits for the replies to given commands, and what stops it. */
async function followReplies(ground: Ground): Promise<{
  answered: (commandIds: ReadonlySet<string>) => Promise<{ firstMs: number; lastMs: number }>
  stop: () => Promise<void>
}> {
  let hear: (commandId: string) => void = () => undefined
  const stop = await followFromNow(ground, REPLIES, ({ data }) => hear(data.command_id))
  const answered = (commandIds: ReadonlySet<string>): Promise<{ firstMs: number; lastMs: number }> => {
    const left = new Set(commandIds)
    const done = Promise.withResolvers<{ firstMs: number; lastMs: number }>()
    const limit = setTimeout(
      () => done.reject(new Error(`${left.size} commands have no answer`)),
      ANSWER_LIMIT_MS,
    )
    let firstMs: number | undefined
    hear = (commandId) => {
      if (!left.delete(commandId)) return
      firstMs ??= performance.now()
      if (left.size > 0) return
      clearTimeout(limit)
      done.resolve({ firstMs, lastMs: performance.now() })
    }
    return done.promise
  }
  return { answered, stop }
}

/** Commands for a few hundred players, so that every partition has some. */
const PROBES = 200

async function measureRestart(
  { ground, recorder, say }: Bench,
  round: number,
  answered: (commandIds: ReadonlySet<string>) => Promise<{ firstMs: number; lastMs: number }>,
): Promise<void> {
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const probes = [
    ...commandsOf({ commands: PROBES, players: PROBES, partnerId, prefix: `k${round}-`, replyTo: 0 }),
  ]
  await ground.kill('wallet')
  await preload(ground, probes)
  const done = answered(new Set(probes.map(({ command }) => command.event_id)))
  const startMs = performance.now()
  await ground.up('wallet')
  const { firstMs, lastMs } = await done
  recorder.add('restart-1m.first-answer', 'ms', firstMs - startMs)
  recorder.add('restart-1m.all-tasks-answer', 'ms', lastMs - startMs)
  say(
    `killed, started: first answer after ${Math.round(firstMs - startMs)} ms, all tasks after ${Math.round(lastMs - startMs)} ms`,
  )
}

/** Two processes share the partitions, so that both cores can work. */
const WALLETS = ['wallet', 'wallet-2'] as const

/** The processes start with no store at all and read the changelog. */
async function measureRestore({ ground, recorder, say }: Bench): Promise<void> {
  await ground.stop(...WALLETS)
  ground.wipeState()
  const ends = [
    ...(await ground.endOffsets('wallet.transaction.created')).values(),
    ...(await ground.endOffsets('wallet.balance')).values(),
  ]
  const records = ends.reduce((total, end) => total + end, 0)
  const brokerBefore = await cpuOf(ground, 'kafka')
  const startMs = performance.now()
  await ground.up(...WALLETS)
  const readyMs = performance.now() - startMs
  const { walletAdmin, wallet2Admin } = ground.stack.ports
  const restores = await Promise.all(
    [walletAdmin, wallet2Admin].map((port) => samplesOf(port, 'stakestream_task_restore_milliseconds_sum')),
  )
  const restoreMs = Math.max(...restores.flat().map(({ value }) => value))
  const walletCpu = (await cpuOf(ground, ...WALLETS)) / records
  const brokerCpu = ((await cpuOf(ground, 'kafka')) - brokerBefore) / records
  recorder.add('restart-1m.restore-ready', 'ms', readyMs)
  recorder.add('restart-1m.restore', 'records/s', (records * 1000) / restoreMs)
  recorder.add('restart-1m.restore-wallet-cpu', 'µs', walletCpu)
  recorder.add('restart-1m.restore-broker-cpu', 'µs', brokerCpu)
  say(
    `restored ${records} records: ${Math.round((records * 1000) / restoreMs)}/s, ready after ${Math.round(readyMs)} ms, ` +
      `CPU ${walletCpu.toFixed(1)} µs in the wallets and ${brokerCpu.toFixed(1)} in the broker`,
  )
}

/** CPU time of processes of the stack since they were started, in microseconds. */
async function cpuOf(ground: Ground, ...names: string[]): Promise<number> {
  const pids = await ground.pids()
  return names.reduce((sum, name) => sum + cpuMicroseconds(pids.get(name) ?? NaN), 0)
}

async function run(bench: Bench): Promise<void> {
  const { ground, recorder, size, say } = bench
  await ground.freshTopics({ keepCommands: false })
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const workload = { commands: size.wallets, players: size.wallets, partnerId, prefix: 'w' }
  await preload(ground, commandsOf(workload))
  await ground.up('wallet')
  await walletCaughtUp(ground)
  say(`${size.wallets} wallets are open`)
  const replies = await followReplies(ground)
  try {
    for (let index = 0; index < size.runs; index++) await measureRestart(bench, index, replies.answered)
    for (let index = 0; index < size.runs; index++) await measureRestore(bench)
  } finally {
    await replies.stop()
    await ground.stop(...WALLETS)
  }
  recorder.note(
    `restart-1m: ${size.wallets} wallets in the group ${WALLET_GROUP}; the times count from the start of the new process, ` +
      'with commands already waiting.',
  )
}

export const restart: Job = {
  name: 'restart-1m',
  title: 'restart after SIGKILL with 1,000,000 wallets, and restore of a lost store',
  run,
}
