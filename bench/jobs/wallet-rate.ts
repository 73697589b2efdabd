/** Command sent → event readable at a steady rate, beside Kafka Streams with commits every 10 ms. */
import type { WalletCommand } from '../../avro/types.ts'
import { COMMAND_TOPIC, PARTITIONS } from '../ground.ts'
import type { Ground } from '../ground.ts'
import { codecOf, followFromNow, preload, walletCaughtUp } from '../kafka.ts'
import { openKafkaStreams } from '../peers/kafka-streams.ts'
import { latenciesOf } from '../statistics.ts'
import type { Latencies } from '../statistics.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job } from './job.ts'

const PER_SECOND = 500
/** As in the peer: what comes first warms up and is dropped. */
const DROPPED_SHARE = 1 / 4
/** How long after the last command its event is waited for. */
const LAST_EVENT_LIMIT_MS = 30_000
const SENDS_MAX = 5

interface Encoded {
  id: string
  key: string
  value: Buffer
}

/**
 * Sends the commands at an even rate. A few sends may be under way at once; what is due meanwhile goes with the next
 * one, as with the peer's producer. `onDue` hears of each command when it is due.
 */
export async function sendEvenly(
  ground: Ground,
  commands: readonly Encoded[],
  perSecond: number,
  onDue: (id: string) => void = () => undefined,
): Promise<void> {
  const producer = ground.kafka.producer({ maxInFlightRequests: SENDS_MAX })
  await producer.connect()
  const underWay = new Set<Promise<unknown>>()
  const startMs = performance.now()
  let waiting: Encoded[] = []
  let next = 0
  while (next < commands.length || waiting.length > 0) {
    const due = Math.floor(((performance.now() - startMs) * perSecond) / 1000)
    const fresh = commands.slice(next, due)
    for (const { id } of fresh) onDue(id)
    next += fresh.length
    waiting.push(...fresh)
    if (waiting.length > 0 && underWay.size < SENDS_MAX) {
      const send = producer
        .send({ topic: COMMAND_TOPIC, acks: -1, messages: waiting })
        .finally(() => underWay.delete(send))
      underWay.add(send)
      waiting = []
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(underWay)
  await producer.disconnect()
}

/** Latencies of the commands after the first quarter. Producer and reader share this process's clock. */
async function measureOurs(ground: Ground, commands: readonly Encoded[]): Promise<Latencies> {
  const dueAtMs = new Map<string, number>()
  const latenciesMs: number[] = []
  const all = Promise.withResolvers<void>()
  let read = 0
  const stopReader = await followFromNow(
    ground,
    'wallet.transaction.created',
    ({ data: { command_id: commandId } }) => {
      const dueMs = dueAtMs.get(commandId)
      if (dueMs === undefined) return
      if (++read > commands.length * DROPPED_SHARE) latenciesMs.push(performance.now() - dueMs)
      if (read === commands.length) all.resolve()
    },
  )
  try {
    await sendEvenly(ground, commands, PER_SECOND, (id) => dueAtMs.set(id, performance.now()))
    const late = setTimeout(
      () => all.reject(new Error(`${read} of ${commands.length} events came`)),
      LAST_EVENT_LIMIT_MS,
    )
    await all.promise.finally(() => clearTimeout(late))
  } finally {
    await stopReader()
  }
  return latenciesOf(latenciesMs)
}

/** The commands of one run: as in a bulk run, on wallets that are open. */
export async function encodeRun(
  ground: Ground,
  round: number,
  count: number,
  players: number,
): Promise<Encoded[]> {
  const codec = await codecOf(ground, COMMAND_TOPIC)
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const all = commandsOf({ commands: players + count, players, partnerId, prefix: `q${round}-` })
  const encode = ({ key, command }: { key: string; command: WalletCommand }): Encoded => ({
    id: command.event_id,
    key,
    value: codec.encode(command),
  })
  return [...all].slice(players).map(encode)
}

async function run({ ground, recorder, size, peersDir, say }: Bench): Promise<void> {
  const peer = peersDir === undefined ? undefined : await openKafkaStreams(ground, peersDir)
  await ground.freshTopics({ keepCommands: false })
  const { players, seconds } = size
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  await ground.up('wallet')
  await preload(ground, commandsOf({ commands: players, players, partnerId, prefix: 'q' }))
  await walletCaughtUp(ground)
  for (let index = 0; index < size.runs; index++) {
    await ground.up('wallet')
    const ours = await measureOurs(ground, await encodeRun(ground, index, PER_SECOND * seconds, players))
    await ground.stop('wallet')
    recorder.add('wallet-rate.ours-p50', 'ms', ours.p50Ms)
    recorder.add('wallet-rate.ours-p99', 'ms', ours.p99Ms)
    say(
      `ours p50 ${ours.p50Ms.toFixed(1)} ms, p99 ${ours.p99Ms.toFixed(1)} ms, max ${ours.maxMs.toFixed(1)} ms`,
    )
    if (peer === undefined) continue
    const theirs = await peer.rate(PER_SECOND, seconds, players, PARTITIONS)
    recorder.add('wallet-rate.kafka-streams-p50', 'ms', theirs.p50Ms)
    recorder.add('wallet-rate.kafka-streams-p99', 'ms', theirs.p99Ms)
    recorder.add('wallet-rate.ratio-p50', 'ratio', ours.p50Ms / theirs.p50Ms)
    recorder.add('wallet-rate.ratio-p99', 'ratio', ours.p99Ms / theirs.p99Ms)
    say(`Kafka Streams p50 ${theirs.p50Ms} ms, p99 ${theirs.p99Ms} ms`)
  }
}

export const walletRate: Job = {
  name: 'wallet-rate',
  title: `command sent → event readable, at ${PER_SECOND}/s, 4 partitions`,
  run,
}
