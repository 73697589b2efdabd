/** What the runtime expects of whoever fills its port, pinned on a real broker. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { createLogger } from '../../service/logger.ts'
import { createKafka } from '../../topics/kafka.ts'
import { protocolErrorType } from './errors.ts'
import { connectKafkajs } from './kafkajs-port.ts'
import type { FetchedBatch, GroupConsumer, LogReader, StreamsBroker, TransactionalProducer } from './port.ts'

const PARTITIONS = 2
const CLIENTS = 60
const LATEST_MS = 12
const WAIT = { timeout: 20_000, interval: 20 }
const run = randomUUID().slice(0, 8)
const input = `port-${run}-input`
const log = `port-${run}-log`
const kafkaOptions = {
  brokers: brokersFromEnvironment(),
  clientId: `port-${run}`,
  log: createLogger('port', 'silent'),
}
const kafka = createKafka(kafkaOptions)
const admin = kafka.admin()
const unexpected = (error: Error): never => expect.unreachable(error.message)
let broker: StreamsBroker
const reader = (): LogReader => broker.logReader([log])
const records = (...values: string[]) =>
  new Map([[log, values.map((value) => ({ key: 'k', value: Buffer.from(value), partition: 0 }))]])

beforeAll(async () => {
  await admin.connect()
  await admin.createTopics({
    topics: [input, log].map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 })),
  })
  broker = await connectKafkajs(kafkaOptions)
})
afterAll(async () => {
  await broker.close()
  await admin.deleteTopics({ topics: [input, log] })
  await admin.disconnect()
})

async function commit(producer: TransactionalProducer, ...values: string[]): Promise<number> {
  const [sent] = await producer.send(records(...values))
  await producer.commit()
  return sent?.baseOffset ?? Number.NaN
}

/** Follows the log from an offset and gathers what comes. */
function gather(from: LogReader, offset: number): { values: string[]; next: () => number } {
  const values: string[] = []
  let next = offset
  from.follow({ topic: log, partition: 0 }, offset, (batch) => {
    values.push(...batch.records.map((record) => String(record.value)))
    next = batch.nextOffset
    return Promise.resolve()
  })
  return { values, next: () => next }
}

describe('a transactional producer', () => {
  it('answers the offset of what it sent, shows it after the commit only, and never what was aborted', async () => {
    const producer = broker.transactionalProducer(`port-${run}-tx`)
    await producer.fence()
    const base = await commit(producer, 'one', 'two')
    await producer.send(records('never'))
    await producer.abort()
    const [sent] = await producer.send(records('three'))
    const follower = reader()
    await follower.start(unexpected)
    const seen = gather(follower, base)
    await vi.waitFor(() => expect(seen.values).toEqual(['one', 'two']), WAIT)
    await producer.commit()
    await vi.waitFor(() => expect(seen.values).toEqual(['one', 'two', 'three']), WAIT)
    expect(sent?.baseOffset).toBe(base + 5)
    await follower.stop()
    await producer.discard()
  })

  it('answers where the last record of a large send lies, with producers that take turns', async () => {
    const [one, other] = ['a', 'b'].map((suffix) =>
      broker.transactionalProducer(`port-${run}-large-${suffix}`),
    )
    if (one === undefined || other === undefined) throw new Error('two producers are needed')
    await Promise.all([one.fence(), other.fence()])
    const values = Array.from({ length: 1_000 }, (_, n) => `large ${n}`)
    let last = 0
    for (const producer of [one, other, one, other]) {
      const [sent] = await producer.send(records(...values))
      await producer.commit()
      last = sent?.nextOffset ?? Number.NaN
    }
    const follower = reader()
    await follower.start(unexpected)
    const seen = gather(follower, last - 1)
    await vi.waitFor(() => expect(seen.values).toEqual([values.at(-1)]), WAIT)
    await follower.stop()
    await Promise.all([one.discard(), other.discard()])
  })

  it('fences an earlier producer of its id: what that one had open is never seen, and its commit is refused', async () => {
    const id = `port-${run}-fenced`
    const zombie = broker.transactionalProducer(id)
    await zombie.fence()
    const [sent] = await zombie.send(records('zombie'))
    const successor = broker.transactionalProducer(id)
    await successor.fence()
    await commit(successor, 'successor')
    const refused = await zombie.commit().then(
      () => undefined,
      (error: unknown) => protocolErrorType(error),
    )
    expect(refused).toMatch(/INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/)
    const follower = reader()
    await follower.start(unexpected)
    const seen = gather(follower, sent?.baseOffset ?? 0)
    await vi.waitFor(() => expect(seen.values).toEqual(['successor']), WAIT)
    await follower.stop()
    await Promise.all([zombie.discard(), successor.discard()])
  })

  it('lets a reader pass an aborted record at the very end: the fence that ends a restore', async () => {
    const producer = broker.transactionalProducer(`port-${run}-fence`)
    await producer.fence()
    const [sent] = await producer.send(records('fence'))
    await producer.abort()
    const end = sent?.baseOffset ?? Number.NaN
    const follower = reader()
    await follower.start(unexpected)
    const seen = gather(follower, end)
    await vi.waitFor(() => expect(seen.next()).toBeGreaterThan(end), WAIT)
    expect(seen.values).toEqual([])
    await follower.stop()
    await producer.discard()
  })
})

describe('what is known of a topic', () => {
  it('is answered while others ask about another one that the client has not met yet', async () => {
    const known = { partitions: PARTITIONS, first: 0 }
    for (let client = 0; client < CLIENTS; client++) {
      const fresh = await connectKafkajs(kafkaOptions)
      const ask = async (topic: string): Promise<unknown> => {
        const partitions = await fresh.partitionCount(topic)
        const { first } = await fresh.offsets({ topic, partition: 0 })
        return { partitions, first }
      }
      // Each client is a little later with its second question, so that it falls into each step of the first.
      const answers = await Promise.all([ask(log), setTimeout(client % LATEST_MS).then(() => ask(input))])
      await fresh.close()
      expect(answers).toEqual([known, known])
    }
  })
})

describe('a group consumer', () => {
  it('fetches from where it is told, not from the group offset, and nothing while it is paused', async () => {
    await broker.send(
      input,
      Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, value: Buffer.from(`v${n}`) })),
    )
    const batches: FetchedBatch[] = []
    const consumer: GroupConsumer = broker.groupConsumer(`port-${run}-group`, input, () => ({
      owned: [],
      standby: [],
    }))
    const assigned = Promise.withResolvers<readonly number[]>()
    await consumer.start({
      assigned: (partitions) => {
        for (const partition of partitions) consumer.pause(partition)
        assigned.resolve(partitions)
      },
      fetched: (batch) => batches.push(batch),
      crashed: assigned.reject,
    })
    expect(await assigned.promise).toEqual([0, 1])
    const { end } = await broker.offsets({ topic: input, partition: 0 })
    expect(end).toBeGreaterThan(1)
    consumer.seek(0, end - 1)
    consumer.resume(0)
    await vi.waitFor(() => expect(batches.length).toBe(1), WAIT)
    expect(batches[0]).toMatchObject({ partition: 0, nextOffset: end, highWatermark: end })
    expect(batches[0]?.records.map((record) => record.offset)).toEqual([end - 1])
    await consumer.commitOffset(0, end - 1)
    const [offsets] = await admin.fetchOffsets({ groupId: `port-${run}-group`, topics: [input] })
    expect(offsets?.partitions.find(({ partition }) => partition === 0)?.offset).toBe(String(end - 1))
    await consumer.stop()
  })

  it('moves as few partitions as it can when a member comes and goes', async () => {
    const group = `port-${run}-sticky`
    const owned = new Map<string, readonly number[]>()
    const join = async (name: string): Promise<GroupConsumer> => {
      const consumer = broker.groupConsumer(group, input, () => ({
        owned: owned.get(name) ?? [],
        standby: [],
      }))
      await consumer.start({
        assigned: (partitions) => owned.set(name, partitions),
        fetched: () => {},
        crashed: () => {},
      })
      return consumer
    }
    const first = await join('first')
    await vi.waitFor(() => expect(owned.get('first')).toEqual([0, 1]), WAIT)
    const second = await join('second')
    await vi.waitFor(() => expect(owned.get('second')?.length).toBe(1), WAIT)
    await vi.waitFor(() => expect(owned.get('first')?.length).toBe(1), WAIT)
    const kept = owned.get('first')
    await second.stop()
    owned.delete('second')
    await vi.waitFor(() => expect(owned.get('first')).toEqual([0, 1]), WAIT)
    expect(owned.get('first')).toEqual(expect.arrayContaining([...(kept ?? [])]))
    await first.stop()
  })
})

describe('a broker', () => {
  it('counts partitions and tells its cluster', async () => {
    expect(await broker.partitionCount(input)).toBe(PARTITIONS)
    expect(await broker.clusterId()).toMatch(/\S/)
  })
})
