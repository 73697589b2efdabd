/**
 * Preloaded commands through two wallet processors, one per core as the peer has two threads, beside Kafka Streams on the same
 * broker.
 */
import type { TransactionCreated } from '../../avro/types.ts'
import { startEventReader } from '../event-reader.ts'
import { PARTITIONS } from '../ground.ts'
import type { Ground } from '../ground.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { codecOf, preload, walletCaughtUp } from '../kafka.ts'
import { openKafkaStreams } from '../peers/kafka-streams.ts'
import { samplesOf } from '../metrics.ts'
import { cpuMicroseconds } from '../process-cost.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'

const EVENTS_TOPIC = 'wallet.transaction.created'
const FIRST_EVENT_POLL_MS = 10

const WALLETS = ['wallet', 'wallet-2'] as const

/** Time at which the first committed event of a topic shows, in epoch milliseconds. */
export async function firstEventMs(ground: Ground, topic: TopicName, signal: AbortSignal): Promise<number> {
  for (;;) {
    const ends = await ground.endOffsets(topic)
    if ([...ends.values()].some((end) => end > 0)) return Date.now()
    if (signal.aborted) throw new Error('no event came')
    await new Promise((resolve) => setTimeout(resolve, FIRST_EVENT_POLL_MS))
  }
}

interface Bulk {
  /** Commands/s from the start of the process, and from the first event. */
  fromStart: number
  fromFirst: number
  /** CPU time per command in both wallets and in the broker, in microseconds. */
  walletCpu: number
  brokerCpu: number
  /** Commands per transaction. */
  batch: number
}

async function transactionsOf({ stack }: Ground): Promise<number> {
  const counts = await Promise.all(
    [stack.ports.walletAdmin, stack.ports.wallet2Admin].map((port) =>
      samplesOf(port, 'stakestream_task_batch_records_count'),
    ),
  )
  return counts.flat().reduce((total, { value }) => total + value, 0)
}

/** One run over the commands that are there. */
async function measureOurs(ground: Ground, commands: number): Promise<Bulk> {
  await ground.freshTopics({ keepCommands: true })
  const reader = await startEventReader(ground, EVENTS_TOPIC, commands)
  const abort = new AbortController()
  const cpuOf = async (...names: string[]): Promise<number> => {
    const pids = await ground.pids()
    return names.reduce((sum, name) => sum + cpuMicroseconds(pids.get(name) ?? NaN), 0)
  }
  const brokerBefore = await cpuOf('kafka')
  const startMs = Date.now()
  const first = firstEventMs(ground, EVENTS_TOPIC, abort.signal)
  try {
    await ground.up(...WALLETS)
    const endMs = await reader.done
    const firstMs = await first
    await walletCaughtUp(ground)
    return {
      fromStart: (commands * 1000) / (endMs - startMs),
      fromFirst: (commands * 1000) / (endMs - firstMs),
      walletCpu: (await cpuOf(...WALLETS)) / commands,
      brokerCpu: ((await cpuOf('kafka')) - brokerBefore) / commands,
      batch: commands / (await transactionsOf(ground)),
    }
  } finally {
    abort.abort()
    first.catch(() => undefined)
    await ground.stop(...WALLETS)
  }
}

/** Reads all events again: each command must be there once, and none of this workload refused. */
async function assertExactlyOnce(ground: Ground, commands: number): Promise<void> {
  const codec = await codecOf(ground, EVENTS_TOPIC)
  const seen = new Set<string>()
  let records = 0
  let refused = 0
  const take = ({ data }: TransactionCreated): void => {
    records++
    seen.add(data.command_id)
    if (data.status === 'FAILED') refused++
  }
  const consumer = ground.kafka.consumer({ groupId: `bench-check-${Date.now()}`, readUncommitted: false })
  const ends = await ground.endOffsets(EVENTS_TOPIC)
  const left = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition))
  const done = Promise.withResolvers<void>()
  // Batches of markers alone never reach `eachBatch`; this event comes for every one.
  consumer.on('consumer.end_batch_process', ({ payload }) => {
    if (Number(payload.lastOffset) + 1 >= (ends.get(payload.partition) ?? 0)) left.delete(payload.partition)
    if (left.size === 0) done.resolve()
  })
  await consumer.connect()
  await consumer.subscribe({ topic: EVENTS_TOPIC, fromBeginning: true })
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) if (value !== null) take(codec.decode(value))
      return Promise.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
  if (records !== commands || seen.size !== commands || refused > 0)
    throw new Error(
      `${commands} commands gave ${records} events of ${seen.size} commands, ${refused} refused`,
    )
}

async function run({ ground, recorder, size, peersDir, say }: Bench): Promise<void> {
  const peer = peersDir === undefined ? undefined : await openKafkaStreams(ground, peersDir)
  await ground.freshTopics({ keepCommands: false })
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const workload = { commands: size.bulkCommands, players: size.players, partnerId, prefix: 'b' }
  const commands = await preload(ground, commandsOf(workload))
  say(`${commands} commands preloaded`)
  // A young broker runs uncompiled code, and whoever comes first would pay for it.
  await measureOurs(ground, commands)
  say('the broker is warm')
  for (let index = 0; index < size.runs; index++) {
    const ours = await measureOurs(ground, commands)
    recorder.add('wallet-bulk.ours', 'commands/s', ours.fromFirst)
    recorder.add('wallet-bulk.ours-from-start', 'commands/s', ours.fromStart)
    recorder.add('wallet-bulk.ours-batch', 'commands', ours.batch)
    recorder.add('wallet-bulk.ours-cpu', 'µs', ours.walletCpu)
    recorder.add('wallet-bulk.ours-broker-cpu', 'µs', ours.brokerCpu)
    say(`ours ${Math.round(ours.fromFirst)}/s, from start ${Math.round(ours.fromStart)}/s`)
    if (peer === undefined) continue
    const theirs = await peer.bulk(size.bulkCommands, size.players, PARTITIONS)
    recorder.add('wallet-bulk.kafka-streams', 'commands/s', theirs.fromFirst)
    recorder.add('wallet-bulk.kafka-streams-from-start', 'commands/s', theirs.fromStart)
    recorder.add('wallet-bulk.ratio', 'ratio', ours.fromFirst / theirs.fromFirst)
    say(`Kafka Streams ${Math.round(theirs.fromFirst)}/s, from start ${Math.round(theirs.fromStart)}/s`)
  }
  await assertExactlyOnce(ground, commands)
  recorder.note(`wallet-bulk: all ${commands} commands were found once among the events of the last run.`)
}

export const walletBulk: Job = {
  name: 'wallet-bulk',
  title: 'wallet commands, preloaded, 4 partitions: committed and readable',
  run,
}
