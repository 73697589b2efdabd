/** The log reader on a real broker, held against kafkajs's consumer, and where connections break and records are deleted. */
import { randomUUID } from 'node:crypto'
import { CompressionTypes } from 'kafkajs'
import type { EachMessagePayload } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../service/logger.ts'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { createCluster, createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from './kafkajs-port.ts'
import { KafkaLogReader } from './log-reader.ts'
import { RESTORE_PARTITION_BYTES_MAX } from './limits.ts'
import type { LogReader, StreamsBroker, TransactionalProducer } from './port.ts'
import { FETCH } from './protocol/fetch.ts'
import { cutting } from './testing/cutting.ts'
import { refusing } from './testing/refusing.ts'

const PARTITIONS = 2
const WAIT = { timeout: 30_000, interval: 20 }
const run = randomUUID().slice(0, 8)
const topics = {
  mixed: `reader-${run}-mixed`,
  long: `reader-${run}-long`,
  cut: `reader-${run}-cut`,
  moved: `reader-${run}-moved`,
  busy: `reader-${run}-busy`,
}
const options = {
  brokers: brokersFromEnvironment(),
  clientId: `reader-${run}`,
  log: createLogger('reader', 'silent'),
}
const kafka = createKafka(options)
const admin = kafka.admin()
const plain = kafka.producer()
let broker: StreamsBroker

beforeAll(async () => {
  await Promise.all([admin.connect(), plain.connect()])
  await admin.createTopics({
    topics: Object.values(topics).map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
    })),
  })
  broker = await connectKafkajs(options)
})
afterAll(async () => {
  await broker.close()
  await admin.deleteTopics({ topics: Object.values(topics) })
  await Promise.all([admin.disconnect(), plain.disconnect()])
})

interface Seen {
  partition: number
  offset: number
  timestampMs: number
  key: string | null
  value: string | null
  headers: Record<string, string>
}

const byPlace = (a: Seen, b: Seen): number => a.partition - b.partition || a.offset - b.offset

/** All that a reader delivers of a topic. */
function follow(
  reader: LogReader,
  topic: string,
  fromOffset = 0,
): { seen: Seen[]; next: Map<number, number> } {
  const seen: Seen[] = []
  const next = new Map<number, number>()
  for (let partition = 0; partition < PARTITIONS; partition++)
    reader.follow({ topic, partition }, fromOffset, ({ records, nextOffset }) => {
      next.set(partition, nextOffset)
      for (const { offset, timestampMs, key, value, headers } of records)
        seen.push({
          partition,
          offset,
          timestampMs,
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]),
          ),
        })
      return Promise.resolve()
    })
  return { seen, next }
}

/** The same by kafkajs's own consumer. */
async function seenByKafkajs(topic: string, count: number): Promise<Seen[]> {
  const seen: Seen[] = []
  const consumer = kafka.consumer({ groupId: `reader-${run}-${randomUUID()}`, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ partition, message }: EachMessagePayload) => {
      const { offset, timestamp, key, value, headers } = message
      seen.push({
        partition,
        offset: Number(offset),
        timestampMs: Number(timestamp),
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
        ),
      })
      return Promise.resolve()
    },
  })
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(count), WAIT)
  await consumer.disconnect()
  return seen.toSorted(byPlace)
}

async function fenced(name: string): Promise<TransactionalProducer> {
  const producer = broker.transactionalProducer(`reader-${run}-${name}`)
  await producer.fence()
  return producer
}

const records = (topic: string, ...values: string[]) =>
  new Map([[topic, values.map((value) => ({ key: 'k', value: Buffer.from(value), partition: 0 }))]])

const valuesOf = (seen: readonly Seen[]): (string | null)[] => seen.map(({ value }) => value)

describe('the log reader', () => {
  it('reads what kafkajs reads, whoever wrote it and however it was packed', async () => {
    const { mixed } = topics
    const one = await fenced('one')
    const other = await fenced('other')
    await one.send(records(mixed, 'committed 1', 'committed 2'))
    await one.commit()
    await plain.send({
      topic: mixed,
      compression: CompressionTypes.GZIP,
      messages: [
        { key: 'packed', value: 'x'.repeat(5_000), partition: 1, headers: { trace: 'abc', empty: '' } },
        { key: null, value: 'without a key', partition: 0, timestamp: '1600000000000' },
        { key: 'without a value', value: null, partition: 0 },
        { key: 'ключ', value: 'первая 名', partition: 0 },
      ],
    })
    await one.send(records(mixed, 'aborted'))
    await one.abort()
    await other.send(records(mixed, 'committed 3'))
    await other.commit()
    const reader = broker.logReader([mixed])
    await reader.start((error) => expect.unreachable(error.message))
    const { seen } = follow(reader, mixed)
    await vi.waitFor(() => expect(seen.length).toBe(7), WAIT)
    expect(seen.toSorted(byPlace)).toEqual(await seenByKafkajs(mixed, 7))
    await reader.stop()
    await Promise.all([one.discard(), other.discard()])
  })

  it('leaves out two aborted transactions that overlap, wherever it begins, and waits for an open one', async () => {
    const { long } = topics
    const one = await fenced('overlap-one')
    const other = await fenced('overlap-other')
    await one.send(records(long, 'aborted 1'))
    await other.send(records(long, 'aborted 2'))
    await one.abort()
    await one.send(records(long, 'kept 1'))
    await one.commit()
    await other.send(records(long, 'aborted 3'))
    await other.abort()
    await one.send(records(long, 'kept 2'))
    await one.commit()
    await one.send(records(long, 'open'))
    await plain.send({ topic: long, messages: [{ value: 'behind it', partition: 0 }] })
    const reader = broker.logReader([long])
    await reader.start((error) => expect.unreachable(error.message))
    for (const fromOffset of [0, 1, 2, 3]) {
      const { seen, next } = follow(reader, long, fromOffset)
      await vi.waitFor(() => expect(next.get(0)).toBe(9), WAIT)
      expect(valuesOf(seen)).toEqual(['kept 1', 'kept 2'])
    }
    const { seen } = follow(reader, long, 9)
    await one.commit()
    await vi.waitFor(() => expect(valuesOf(seen)).toEqual(['open', 'behind it']), WAIT)
    await reader.stop()
    await Promise.all([one.discard(), other.discard()])
  })

  it('goes on where it was after its connection broke, and at the first record that is left of deleted ones', async () => {
    const { cut } = topics
    const { cluster, cuts } = cutting(options, FETCH.apiKey)
    const reader = new KafkaLogReader(cluster, [cut])
    await reader.start((error) => expect.unreachable(error.message))
    const producer = await fenced('cut')
    await producer.send(records(cut, 'a', 'b', 'c'))
    await producer.commit()
    const { seen } = follow(reader, cut)
    await vi.waitFor(() => expect(valuesOf(seen)).toEqual(['a', 'b', 'c']), WAIT)
    expect(cuts()).toBe(1)
    await admin.fetchTopicOffsets(cut) // kafkajs deletes in topics alone that it has met before
    await admin.deleteTopicRecords({ topic: cut, partitions: [{ partition: 0, offset: '2' }] })
    const late = follow(reader, cut)
    await vi.waitFor(() => expect(valuesOf(late.seen)).toEqual(['c']), WAIT)
    await reader.stop()
    await producer.discard()
  })

  it('loses nothing of one partition where the answer says that another one has moved', async () => {
    const { moved } = topics
    await plain.send({
      topic: moved,
      messages: [0, 1].flatMap((partition) => ['a', 'b', 'c'].map((value) => ({ value, partition }))),
    })
    for (const refused of [0, 1]) {
      const { cluster, refusals } = refusing(options, refused)
      const reader = new KafkaLogReader(cluster, [moved])
      await reader.start((error) => expect.unreachable(error.message))
      const { seen, next } = follow(reader, moved)
      await vi.waitFor(() => expect([next.get(0), next.get(1)]).toEqual([3, 3]), WAIT)
      expect(seen.toSorted(byPlace).map(({ partition, offset }) => [partition, offset])).toEqual(
        [0, 1].flatMap((partition) => [0, 1, 2].map((offset) => [partition, offset])),
      )
      expect(refusals()).toBe(1)
      await reader.stop()
    }
  })

  it('reads a batch over its limit beside a partition that never runs dry', async () => {
    const { busy } = topics
    const large = 'x'.repeat(RESTORE_PARTITION_BYTES_MAX + 1_000)
    await plain.send({ topic: busy, messages: [{ value: large, partition: 1 }] })
    const filler = 'y'.repeat(100_000)
    for (let sends = 0; sends < 10; sends++)
      await plain.send({
        topic: busy,
        messages: Array.from({ length: 8 }, () => ({ value: filler, partition: 0 })),
      })
    const reader = broker.logReader([busy])
    await reader.start((error) => expect.unreachable(error.message))
    const { seen } = follow(reader, busy)
    await vi.waitFor(() => expect(seen.length).toBe(81), WAIT)
    expect(seen.findIndex(({ partition }) => partition === 1)).toBeLessThan(40)
    await reader.stop()
  })

  it('stops at once, though a fetch is waiting, and crashes for nobody', async () => {
    const reader = new KafkaLogReader(createCluster(options), [topics.cut])
    await reader.start((error) => expect.unreachable(error.message))
    follow(reader, topics.cut, 4)
    await reader.stop()
  })
})
