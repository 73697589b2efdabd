/** Commands into Kafka, and how far the wallet has come with them. */
import { CompressionTypes } from 'kafkajs'
import type { WalletCommand } from '../avro/types.ts'
import { waitUntil } from '../stack/wait.ts'
import { createCodec } from '../topics/codec.ts'
import type { TopicCodec } from '../topics/codec.ts'
import type { TopicName, TopicValues } from '../topics/catalogue.ts'
import { registrySource } from '../topics/registry.ts'
import { COMMAND_TOPIC, PARTITIONS, WALLET_GROUP } from './ground.ts'
import type { Ground } from './ground.ts'

/** Records of one send: with 4 partitions well under the broker's limit of 1 MiB for a batch. */
const SEND_RECORDS = 4_000
const CATCH_UP_LIMIT_MS = 600_000
const POLL_MS = 50

export const codecOf = <N extends TopicName>(ground: Ground, topic: N): Promise<TopicCodec<TopicValues[N]>> =>
  createCodec(topic, registrySource({ url: ground.value('SCHEMA_REGISTRY_URL'), register: false }))

/** A fetch that finds nothing waits so long; one that finds something does not wait. */
const FETCH_WAIT_MS = 200

/**
 * Reads what is committed to a topic from now on. Resolves once the first fetch is done: where a partition's end lies is asked for
 * behind the join, so whoever is told of the join alone may miss what is sent at once. Answers how to stop.
 */
export async function followFromNow<N extends TopicName>(
  ground: Ground,
  topic: N,
  hear: (value: TopicValues[N]) => void,
): Promise<() => Promise<void>> {
  const codec = await codecOf(ground, topic)
  const consumer = ground.kafka.consumer({
    groupId: `bench-${topic}-${Date.now()}`,
    readUncommitted: false,
    maxWaitTimeInMs: FETCH_WAIT_MS,
  })
  const fetched = Promise.withResolvers<void>()
  consumer.on('consumer.fetch', () => fetched.resolve())
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: false })
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) if (value !== null) hear(codec.decode(value))
      return Promise.resolve()
    },
  })
  await fetched.promise
  return () => consumer.disconnect()
}

/** Puts commands into wallet.command as fast as it can. Answers how many. */
export async function preload(
  ground: Ground,
  commands: Iterable<{ key: string; command: WalletCommand }>,
): Promise<number> {
  const codec = await codecOf(ground, COMMAND_TOPIC)
  const producer = ground.kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  let count = 0
  let messages: { key: string; value: Buffer }[] = []
  const send = async (): Promise<void> => {
    const compression = CompressionTypes.None
    if (messages.length > 0) await producer.send({ topic: COMMAND_TOPIC, acks: -1, compression, messages })
    messages = []
  }
  try {
    for (const { key, command } of commands) {
      messages.push({ key, value: codec.encode(command) })
      count++
      if (messages.length === SEND_RECORDS) await send()
    }
    await send()
  } finally {
    await producer.disconnect()
  }
  return count
}

/** Commands that the wallet has not committed yet. */
export async function walletLag(ground: Ground): Promise<number> {
  const ends = await ground.endOffsets(COMMAND_TOPIC)
  const groups = await ground.admin.fetchOffsets({ groupId: WALLET_GROUP, topics: [COMMAND_TOPIC] })
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
    ),
  )
  return [...ends].reduce((sum, [partition, end]) => sum + end - (committed.get(partition) ?? 0), 0)
}

/** Waits until the wallet has committed every command. */
export async function walletCaughtUp(ground: Ground): Promise<void> {
  if (!(await waitUntil(async () => (await walletLag(ground)) === 0, CATCH_UP_LIMIT_MS, POLL_MS)))
    throw new Error(`the wallet has not caught up within ${CATCH_UP_LIMIT_MS / 1000} s`)
}
