/** Throw-away topics and running sinks, for the integration tests of the sinks. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Registry } from '@prometheus-io/client'
import type { Kafka } from 'kafkajs'
import { pino } from 'pino'
import type { DeadLettered, PartnerUpdated } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { SourceCodecs } from '../../sinks/runtime/decode.ts'
import { createDeadLetters } from '../../sinks/runtime/dead-letters.ts'
import { createSinkMetrics } from '../../sinks/runtime/metrics.ts'
import { readinessOf } from '../../sinks/runtime/process.ts'
import { SinkReader } from '../../sinks/runtime/reader.ts'
import { SOURCE_NAMES } from '../../sinks/runtime/types.ts'
import type { SinkStore, SourceName } from '../../sinks/runtime/types.ts'
import { createWriter } from '../../sinks/runtime/writer.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { brokersFromEnvironment } from './environment.ts'
import { waitFor } from './wait.ts'

const silent = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })

/** Schemas by id, without a registry: ids are given out in the order in which they are asked for. */
export function inMemorySchemas(): SchemaSource {
  const texts: string[] = []
  return {
    idOf: (_topic, text) => {
      if (!texts.includes(text)) texts.push(text)
      return Promise.resolve(texts.indexOf(text) + 1)
    },
    textOf: (id) => Promise.resolve(texts[id - 1]),
  }
}

export interface RunningSink {
  reader: SinkReader<RigSource>
  registry: Registry
  readiness(): ReturnType<typeof readinessOf>
  stop(): Promise<void>
}

/** What a rig can produce: what every sink reads, and partners where a test asks for them. */
type RigSource = SourceName | 'partner.profile.updated'

interface SinkOptions {
  sessionTimeoutMs?: number
  /** Another way to the same brokers. */
  through?: Kafka
}

export type Rig = Awaited<ReturnType<typeof createRig>>

/** Topics of two partitions, a transactional producer, and sinks in one group. */
export async function createRig({ partners = false } = {}) {
  const id = randomBytes(5).toString('hex')
  const topics: Record<RigSource, string> = {
    'wallet.transaction.created': `test-${id}.transactions`,
    'wallet.balance': `test-${id}.balances`,
    'partner.profile.updated': `test-${id}.partners`,
  }
  const letters: Record<RigSource, string> = {
    'wallet.transaction.created': `test-${id}.transactions.dlq`,
    'wallet.balance': `test-${id}.balances.dlq`,
    'partner.profile.updated': `test-${id}.partners.dlq`,
  }
  const names: readonly RigSource[] = partners ? [...SOURCE_NAMES, 'partner.profile.updated'] : SOURCE_NAMES
  const all = names.flatMap((name) => [topics[name], letters[name]])
  const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: `test-${id}`, log: silent })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: all.map((topic) => ({ topic, numPartitions: 2 })),
    waitForLeaders: false,
  })
  await waitFor(() => admin.fetchTopicMetadata({ topics: all }), { what: 'the topics' })
  const producer = kafka.producer({ transactionalId: `test-${id}`, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()

  const schemas = inMemorySchemas()
  const codecs: SourceCodecs<RigSource> = {
    'wallet.transaction.created': await createCodec('wallet.transaction.created', schemas),
    'wallet.balance': await createCodec('wallet.balance', schemas),
    'partner.profile.updated': await createCodec('partner.profile.updated', schemas),
  }
  const letterCodec = await createCodec('wallet.balance.dlq', schemas)
  const running = new Set<RunningSink>()

  interface Message {
    key: string | null
    value: Buffer | null
    partition: number
  }

  /** Offset after the last committed record of each partition. */
  const produced = new Map<string, number>()

  const send = async (
    topic: string,
    messages: Message[],
    ending: 'commit' | 'abort' = 'commit',
  ): Promise<void> => {
    const transaction = await producer.transaction()
    const placed = await transaction.send({ topic, messages })
    await transaction[ending]()
    if (ending === 'abort') return
    for (const { partition, baseOffset } of placed)
      produced.set(`${topic}/${partition}`, Number(baseOffset) + messages.length)
  }

  return {
    id,
    topics,
    kafka,
    admin,
    /** One Kafka transaction of the values, all in one partition. */
    produce: <N extends SourceName>(
      source: N,
      values: readonly TopicValues[N][],
      { partition = 0, ending = 'commit' }: { partition?: number; ending?: 'commit' | 'abort' } = {},
    ): Promise<void> =>
      send(
        topics[source],
        values.map((value) => ({
          key: playerKey(value.data.partner_id, value.data.player_id),
          value: codecs[source].encode(value),
          partition,
        })),
        ending,
      ),
    /** The same of partners. */
    producePartners: (values: readonly PartnerUpdated[]): Promise<void> =>
      send(
        topics['partner.profile.updated'],
        values.map((value) => ({
          key: value.data.partner_id,
          value: codecs['partner.profile.updated'].encode(value),
          partition: 0,
        })),
      ),
    produceRaw: (source: SourceName, value: Buffer | null, partition = 0): Promise<void> =>
      send(topics[source], [{ key: 'raw', value, partition }]),
    /** Starts a sink over the store; all of a rig's sinks are one group. */
    startSink: (
      store: SinkStore<RigSource>,
      { through = kafka, ...options }: SinkOptions = {},
    ): RunningSink => {
      const registry = new Registry()
      const metrics = createSinkMetrics(registry, 'sink-test')
      const deadLetters = createDeadLetters({
        kafka,
        sink: 'sink-test',
        targets: {
          'wallet.transaction.created': { topic: letters['wallet.transaction.created'], codec: letterCodec },
          'wallet.balance': { topic: letters['wallet.balance'], codec: letterCodec },
          'partner.profile.updated': { topic: letters['partner.profile.updated'], codec: letterCodec },
        },
      })
      const logger = silent.child({ instance: running.size })
      const writer = createWriter({ store, codecs, deadLetters, metrics, logger })
      const sources = new Map(names.map((name) => [topics[name], name]))
      const reader = new SinkReader({
        kafka: through,
        groupId: `test-${id}`,
        sources,
        store,
        writer,
        metrics,
        logger,
        fetchWaitMs: 50,
        fetchBytesMin: 1,
        ...options,
      })
      const sink: RunningSink = {
        reader,
        registry,
        readiness: () => readinessOf(reader.status(), writer.health()),
        stop: async () => {
          if (!running.delete(sink)) return
          await reader.stop()
          await deadLetters.close()
          await store.close()
        },
      }
      running.add(sink)
      reader.start()
      return sink
    },
    /** Waits until the stored positions have passed the last record of every partition. */
    caughtUp: async (positions: () => Promise<ReadonlyMap<string, number>>): Promise<void> => {
      await waitFor(
        async () => {
          const stored = await positions()
          return [...produced].every(([partition, next]) => (stored.get(partition) ?? 0) >= next)
        },
        { what: 'the sink to catch up', timeoutMs: 60_000, intervalMs: 50 },
      )
    },
    /** The dead letters of a source, once so many are there. */
    deadLetters: async (source: SourceName, count: number): Promise<DeadLettered[]> => {
      const found: DeadLettered[] = []
      const consumer = kafka.consumer({ groupId: `test-${id}-${randomUUID()}`, maxWaitTimeInMs: 50 })
      await consumer.connect()
      await consumer.subscribe({ topic: letters[source], fromBeginning: true })
      await consumer.run({
        eachMessage: ({ message }) => {
          if (message.value !== null) found.push(letterCodec.decode(message.value))
          return Promise.resolve()
        },
      })
      try {
        await waitFor(() => found.length >= count, { what: `${count} dead letters` })
      } finally {
        await consumer.disconnect()
      }
      return found.toSorted((a, b) => a.data.source_offset - b.data.source_offset)
    },
    close: async (): Promise<void> => {
      for (const sink of running) await sink.stop()
      await producer.disconnect()
      await admin.deleteTopics({ topics: all }).catch(() => undefined)
      await admin.deleteGroups([`test-${id}`]).catch(() => undefined)
      await admin.disconnect()
    },
  }
}
