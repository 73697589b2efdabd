/** Reading from real brokers what one sink chooses: topics of different partition counts, shared by two instances. */
import { randomBytes } from 'node:crypto'
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { anApiKey, aPartner } from '../testing/partner-events.ts'
import { positionChanges } from './batches.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createSinkMetrics } from './metrics.ts'
import { SinkReader } from './reader.ts'
import type { Batch, SinkStore, TopicPartition } from './types.ts'
import { createWriter } from './writer.ts'

const SOURCES = ['wallet.transaction.created', 'partner.profile.updated', 'partner.api-key.updated'] as const
type Source = (typeof SOURCES)[number]
const PARTITIONS = {
  'wallet.transaction.created': 3,
  'partner.profile.updated': 1,
  'partner.api-key.updated': 1,
}
const ALL_PARTITIONS = 5
/** Until a group has shared its partitions, on a machine that does other things too, in milliseconds. */
const REBALANCE_LIMIT_MS = 120_000
const TEST_LIMIT_MS = 5 * REBALANCE_LIMIT_MS

const id = `test-${randomBytes(5).toString('hex')}`
const topicOf = (source: Source): string => `${id}.${source}`
const letterTopic = `${id}.dlq`
const logger = pino({ level: 'silent' })
const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: id, log: logger })
const admin = kafka.admin()
const producer = kafka.producer()
const schemas: SchemaSource = { idOf: () => Promise.resolve(1), textOf: () => Promise.resolve(undefined) }
const codecs = {
  'wallet.transaction.created': await createCodec('wallet.transaction.created', schemas),
  'partner.profile.updated': await createCodec('partner.profile.updated', schemas),
  'partner.api-key.updated': await createCodec('partner.api-key.updated', schemas),
}
const letterCodec = await createCodec('partner.profile.updated.dlq', schemas)

/** What both instances have written: one store, as a database would be. */
const written: string[] = []
const positions = new Map<string, number>()
const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

const store: SinkStore<Source> = {
  loadPositions: (partitions) => Promise.resolve(partitions.map((one) => positions.get(keyOf(one)) ?? 0)),
  write: (batch: Batch<Source>) => {
    for (const change of positionChanges(batch)) {
      expect(positions.get(keyOf(change)) ?? 0).toBe(change.from)
      positions.set(keyOf(change), change.next)
    }
    for (const { records } of batch) written.push(...records.map(({ value }) => value.event_id))
    return Promise.resolve()
  },
  faultOf: () => 'unavailable',
  close: () => Promise.resolve(),
}

function startInstance() {
  const target = { topic: letterTopic, codec: letterCodec }
  const deadLetters = createDeadLetters<Source>({
    kafka,
    sink: 'sink-test',
    targets: {
      'wallet.transaction.created': target,
      'partner.profile.updated': target,
      'partner.api-key.updated': target,
    },
  })
  const metrics = createSinkMetrics(new Registry(), 'sink-test')
  const writer = createWriter({ store, codecs, deadLetters, metrics, logger })
  const reader = new SinkReader<Source>({
    kafka,
    groupId: id,
    sources: new Map(SOURCES.map((source) => [topicOf(source), source])),
    store,
    writer,
    metrics,
    logger,
    fetchWaitMs: 50,
    fetchBytesMin: 1,
  })
  reader.start()
  return {
    reader,
    stop: async (): Promise<void> => {
      await reader.stop()
      await deadLetters.close()
    },
  }
}

/** One record in each partition of each topic; answers their ids. */
async function produceEverywhere(): Promise<string[]> {
  const ids: string[] = []
  const message = <T extends { event_id: string }>(
    value: T,
    codec: { encode(value: T): Buffer },
    partition = 0,
  ) => {
    ids.push(value.event_id)
    return { key: null, value: codec.encode(value), partition }
  }
  await producer.sendBatch({
    topicMessages: [
      {
        topic: topicOf('wallet.transaction.created'),
        messages: [0, 1, 2].map((partition) =>
          message(aTransaction(), codecs['wallet.transaction.created'], partition),
        ),
      },
      {
        topic: topicOf('partner.profile.updated'),
        messages: [message(aPartner(), codecs['partner.profile.updated'])],
      },
      {
        topic: topicOf('partner.api-key.updated'),
        messages: [message(anApiKey(), codecs['partner.api-key.updated'])],
      },
    ],
  })
  return ids
}

const topics = [...SOURCES.map(topicOf), letterTopic]

beforeAll(async () => {
  await admin.connect()
  await producer.connect()
  await admin.createTopics({
    topics: [
      ...SOURCES.map((source) => ({ topic: topicOf(source), numPartitions: PARTITIONS[source] })),
      { topic: letterTopic, numPartitions: 1 },
    ],
  })
})
afterAll(async () => {
  await producer.disconnect()
  await admin.deleteTopics({ topics }).catch(() => undefined)
  await admin.deleteGroups([id]).catch(() => undefined)
  await admin.disconnect()
})

describe('topics of different partition counts', () => {
  it(
    'are read by one instance, by two, and by the one that is left; every record is written once',
    {
      timeout: TEST_LIMIT_MS,
    },
    async () => {
      const first = startInstance()
      const ids = await produceEverywhere()
      await waitFor(() => written.length === ALL_PARTITIONS, {
        what: 'the first record of every partition',
        timeoutMs: REBALANCE_LIMIT_MS,
      })
      expect(first.reader.status().partitions).toBe(ALL_PARTITIONS)

      const second = startInstance()
      const shares = (): number[] => [first, second].map(({ reader }) => reader.status().partitions)
      await waitFor(() => shares().includes(2) && shares().includes(3), {
        what: 'the two to share the partitions',
        timeoutMs: REBALANCE_LIMIT_MS,
      })
      ids.push(...(await produceEverywhere()))
      await waitFor(() => written.length === 2 * ALL_PARTITIONS)

      await first.stop()
      ids.push(...(await produceEverywhere()))
      await waitFor(() => written.length === 3 * ALL_PARTITIONS, { timeoutMs: REBALANCE_LIMIT_MS })
      expect(second.reader.status()).toMatchObject({ partitions: ALL_PARTITIONS, lagRecords: 0 })
      expect(written.toSorted()).toEqual(ids.toSorted())
      await second.stop()
    },
  )

  it('send what can never be written to the dead letters', async () => {
    const instance = startInstance()
    await producer.send({
      topic: topicOf('partner.profile.updated'),
      messages: [
        { key: null, value: Buffer.from('no wire format') },
        { key: null, value: codecs['partner.profile.updated'].encode(aPartner({ version: 0 })) },
      ],
    })
    const end = async (topic: string): Promise<number> =>
      Number((await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)?.high)
    await waitFor(async () => (await end(letterTopic)) === 2)
    await waitFor(() => instance.reader.status().positioned && instance.reader.status().lagRecords === 0)
    await instance.stop()
  })
})
