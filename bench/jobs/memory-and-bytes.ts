/** What a command costs at rest: bytes in every store with all sinks caught up, and the memory of all processes. */
import { waitUntil } from '../../stack/wait.ts'
import type { Ground } from '../ground.ts'
import { preload, walletCaughtUp } from '../kafka.ts'
import { saturate } from '../load.ts'
import { samplesOf } from '../metrics.ts'
import { startKoaPostgres } from '../peers/koa-postgres.ts'
import { descendantsOf, memoryOf, sharedOutMb } from '../process-cost.ts'
import { kafkaBytesByTopic, storedBytes } from '../stored-bytes.ts'
import type { StoredBytes } from '../stored-bytes.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'

const PROCESSES = ['wallet', 'api', 'sink-postgres', 'sink-clickhouse'] as const
const COMPONENTS = ['kafka', 'registry', 'redis', 'clickhouse'] as const
const SINKS_LIMIT_MS = 900_000
const SINKS_POLL_MS = 1_000
/** A partition of wallet.reply that the API reads; an answer that nobody waits for is passed over there. */
const REPLY_PARTITION = 0

/** Whether a sink has written all that there is. */
async function isCaughtUp(adminPort: number): Promise<boolean> {
  const lags = await samplesOf(adminPort, 'stakestream_sink_lag_records')
  return lags.length > 0 && lags.every(({ value }) => value === 0)
}

async function sinksCaughtUp(ground: Ground): Promise<void> {
  const { sinkPostgresAdmin, sinkClickhouseAdmin, sinkClickhouse2Admin } = ground.stack.ports
  const ports = [sinkPostgresAdmin, sinkClickhouseAdmin, sinkClickhouse2Admin]
  const caughtUp = async (): Promise<boolean> => (await Promise.all(ports.map(isCaughtUp))).every((is) => is)
  // Twice in a row: a lag is known only after the fetch that follows the last write.
  const settled = async (): Promise<boolean> => {
    if (!(await caughtUp())) return false
    await new Promise((resolve) => setTimeout(resolve, SINKS_POLL_MS))
    return await caughtUp()
  }
  if (!(await waitUntil(settled, SINKS_LIMIT_MS, SINKS_POLL_MS)))
    throw new Error(`the sinks have not caught up within ${SINKS_LIMIT_MS / 1000} s`)
}

function recordBytes({ recorder }: Bench, before: StoredBytes, after: StoredBytes, commands: number): void {
  const per = (store: keyof StoredBytes): number => (after[store] - before[store]) / commands
  const stores = ['kafka', 'lmdb', 'postgres', 'clickhouse'] as const
  for (const store of stores) recorder.add(`bytes-per-command.${store}`, 'bytes', per(store))
  recorder.add('bytes-per-command.postgres-log', 'bytes', per('postgresLog'))
  // As it is counted for the others: what is stored, and the database's log that was written on the way.
  const all = stores.reduce((total, store) => total + per(store), per('postgresLog'))
  recorder.add('bytes-per-command.all', 'bytes', all)
}

async function recordMemory({ ground, recorder }: Bench): Promise<void> {
  const pids = await ground.pids()
  let ours = 0
  for (const name of [...PROCESSES, ...COMPONENTS]) {
    const pid = pids.get(name)
    if (pid === undefined) continue
    const { residentMb, ownMb } = memoryOf(pid)
    recorder.add(`memory.${name}`, 'MB', residentMb)
    if (name === 'wallet') recorder.add('memory.wallet-without-mapped-store', 'MB', ownMb)
    if ((PROCESSES as readonly string[]).includes(name)) ours += residentMb
  }
  recorder.add('memory.ours', 'MB', ours)
  const postgres = pids.get('postgres')
  if (postgres !== undefined) recorder.add('memory.postgres', 'MB', treeMb(postgres))
}

/** Memory of a process and of those that it has started. */
const treeMb = (pid: number): number =>
  [pid, ...descendantsOf(pid)].reduce((total, member) => total + sharedOutMb(member), 0)

/** The peer's bytes per bet and its memory, after a run of bets over HTTP. */
async function measurePeer({ ground, recorder, size, peersDir, say }: Bench): Promise<void> {
  const peer = peersDir === undefined ? undefined : await startKoaPostgres(ground, peersDir)
  if (peer === undefined) return
  try {
    await peer.database.resetTables()
    const before = await peer.database.bytes()
    const { perSecond } = await saturate(peer, {
      seconds: size.seconds,
      connections: 64,
      players: size.players,
    })
    const after = await peer.database.bytes()
    const bets = perSecond * size.seconds
    recorder.add('bytes-per-command.koa-postgres', 'bytes', (after.database - before.database) / bets)
    recorder.add('bytes-per-command.koa-postgres-log', 'bytes', (after.log - before.log) / bets)
    recorder.add('memory.koa-postgres', 'MB', memoryOf(peer.pid).residentMb + treeMb(peer.database.pid))
    say(`Koa + pg: ${Math.round(bets)} bets`)
  } finally {
    await peer.stop()
  }
}

async function run(bench: Bench): Promise<void> {
  const { ground, recorder, size, say } = bench
  await ground.up('infra')
  await ground.freshTopics({ keepCommands: false })
  await ground.prepareTables()
  await ground.up('app')
  const before = await storedBytes(ground)
  const topicsBefore = kafkaBytesByTopic(ground)
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const workload = { commands: size.storedCommands, players: size.players, partnerId, prefix: 'm' }
  const commands = await preload(ground, commandsOf({ ...workload, replyTo: REPLY_PARTITION }))
  await walletCaughtUp(ground)
  say(`${commands} commands through the wallet`)
  await sinksCaughtUp(ground)
  recordBytes(bench, before, await storedBytes(ground), commands)
  for (const [topic, bytes] of kafkaBytesByTopic(ground)) {
    const grown = bytes - (topicsBefore.get(topic) ?? 0)
    if (topic.startsWith('wallet.') && grown > 0)
      recorder.add(`bytes-per-command.kafka-${topic}`, 'bytes', grown / commands)
  }
  await recordMemory(bench)
  await ground.stop('app')
  recorder.note(
    'bytes-per-command: compacted topics before their compaction, in a run of commands as dense as a backlog. ' +
      'PostgreSQL holds its log only until the next checkpoint.',
  )
  await measurePeer(bench)
}

export const memoryAndBytes: Job = {
  name: 'memory-and-bytes',
  title: 'bytes stored per command in all stores, and memory of all processes',
  run,
}
