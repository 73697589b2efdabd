/** Following topics whole on a real broker. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { brokersFromEnvironment } from '../tests/support/environment.ts'
import { waitFor } from '../tests/support/wait.ts'
import { allPartitionsAssigner } from './all-partitions.ts'
import { createFollower } from './follower.ts'
import type { Follower, FollowerOptions } from './follower.ts'
import { createKafka } from './kafka.ts'

const run = randomUUID().slice(0, 8)
const TABLE = `follower-${run}-table`
const NEWS = `follower-${run}-news`
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: `follower-${run}`, log: silent })
const admin = kafka.admin()
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  transactionalId: `follower-${run}`,
})

beforeAll(async () => {
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({
    topics: [
      { topic: TABLE, numPartitions: 2, replicationFactor: 1 },
      { topic: NEWS, numPartitions: 1, replicationFactor: 1 },
    ],
  })
})
afterAll(async () => {
  await producer.disconnect()
  await admin.deleteTopics({ topics: [TABLE, NEWS] })
  await admin.disconnect()
})

const followers: Follower[] = []
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()))
})

async function write(topic: string, values: readonly string[], { aborted = false } = {}): Promise<void> {
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: values.map((value) => ({ key: value, value })) })
  await (aborted ? transaction.abort() : transaction.commit())
}

interface Seen {
  follower: Follower
  table: string[]
  news: string[]
}

async function follow(change: Partial<FollowerOptions> = {}): Promise<Seen> {
  const seen: Record<string, string[]> = { [TABLE]: [], [NEWS]: [] }
  const follower = createFollower({
    kafka,
    groupId: `follower-${run}-${randomUUID()}`,
    topics: { [TABLE]: 'beginning', [NEWS]: 'end' },
    sessionTimeoutMs: 1_500,
    onRecord: (topic, value) => void seen[topic]?.push(value.toString()),
    log: silent,
    ...change,
  })
  followers.push(follower)
  await follower.start()
  await waitFor(() => follower.caughtUp())
  return { follower, table: seen[TABLE] ?? [], news: seen[NEWS] ?? [] }
}

it('has all that was there when it is caught up, none that was aborted, and then whatever comes', async () => {
  await write(TABLE, ['a', 'b', 'c'])
  await write(NEWS, ['old'])
  // Both topics end in a marker behind records that never happened.
  await write(TABLE, ['never'], { aborted: true })
  await write(NEWS, ['never'], { aborted: true })
  const { table, news } = await follow()
  expect(table.toSorted()).toEqual(['a', 'b', 'c'])
  await write(TABLE, ['d'])
  await write(NEWS, ['new'])
  await waitFor(() => table.length === 4 && news.length === 1)
  expect([table.at(-1), news]).toEqual(['d', ['new']])
})

it('goes on where it was after it had to join its group again: nothing is left out, nothing comes twice', async () => {
  const groupId = `follower-${run}-rejoin`
  const { table, news } = await follow({ groupId })
  const before = table.length
  let joined = 0
  const other = kafka.consumer({
    groupId,
    partitionAssigners: [allPartitionsAssigner],
    sessionTimeout: 1_500,
    heartbeatInterval: 300,
  })
  other.on('consumer.group_join', () => joined++)
  await other.connect()
  await other.subscribe({ topics: [TABLE, NEWS] })
  await other.run({ eachMessage: () => Promise.resolve() })
  await waitFor(() => joined > 0)
  await write(TABLE, ['e'])
  await write(NEWS, ['more'])
  await other.disconnect()
  await write(TABLE, ['f'])
  await waitFor(() => table.length >= before + 2 && news.length > 0)
  expect([table.slice(before).toSorted(), news]).toEqual([['e', 'f'], ['more']])
})
