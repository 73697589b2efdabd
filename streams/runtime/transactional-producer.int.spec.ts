/** The transactional producer on a real broker, with connections that break at the worst moments. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../service/logger.ts'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from './kafkajs-port.ts'
import type { LogReader, StreamsBroker } from './port.ts'
import { END_TXN, PRODUCE } from './protocol/messages.ts'
import { cutting } from './testing/cutting.ts'
import { KafkaTransactionalProducer } from './transactional-producer.ts'

const run = randomUUID().slice(0, 8)
const log = `producer-${run}-log`
const options = {
  brokers: brokersFromEnvironment(),
  clientId: `producer-${run}`,
  log: createLogger('producer', 'silent'),
}
const admin = createKafka(options).admin()
let broker: StreamsBroker
let reader: LogReader
const values: string[] = []

beforeAll(async () => {
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: log, numPartitions: 1, replicationFactor: 1 }] })
  broker = await connectKafkajs(options)
  reader = broker.logReader([log])
  await reader.start((error) => expect.unreachable(error.message))
  reader.follow({ topic: log, partition: 0 }, 0, ({ records }) => {
    values.push(...records.map(({ value }) => String(value)))
    return Promise.resolve()
  })
})
afterAll(async () => {
  await reader.stop()
  await broker.close()
  await admin.deleteTopics({ topics: [log] })
  await admin.disconnect()
})

const records = (...texts: string[]) =>
  new Map([[log, texts.map((text) => ({ key: 'k', value: Buffer.from(text), partition: 0 }))]])

describe('a transaction whose connection breaks', () => {
  it.each([
    ['Produce', PRODUCE.apiKey],
    ['EndTxn', END_TXN.apiKey],
  ])('after %s has been done and before its answer: it is repeated, and done once', async (name, apiKey) => {
    const { cluster, cuts } = cutting(options, apiKey)
    const producer = new KafkaTransactionalProducer(cluster, `producer-${run}-${name}`)
    await producer.fence()
    const texts = [`${name} 1`, `${name} 2`]
    const [first] = await producer.send(records(...texts))
    await producer.commit()
    const [second] = await producer.send(records(`${name} 3`))
    await producer.commit()
    expect(cuts()).toBe(1)
    // Two records and the marker of their transaction.
    expect(second?.baseOffset).toBe((first?.baseOffset ?? 0) + 3)
    await vi.waitFor(
      () => expect(values.filter((value) => value.startsWith(name))).toEqual([...texts, `${name} 3`]),
      { timeout: 20_000, interval: 20 },
    )
    await producer.discard()
  })
})
