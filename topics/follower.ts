/**
 * Follows topics whole: every partition, from its beginning or from its end on, for as long as the process lives. For
 * tables that are kept in memory, and for answers that anyone may read. Nothing is committed to the group, which is this
 * process's alone: a new process begins anew.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import { allPartitionsAssigner } from './all-partitions.ts'
import { FollowedPositions } from './followed-positions.ts'
import type { OnRecord } from './followed-positions.ts'
import type { LogSink } from './kafka.ts'

/** Longest wait of a fetch without records, in milliseconds. A record ends the wait at once; a stop has to sit it out. */
const FETCH_WAIT_MS = 250
/** Heartbeats that fit into a session. */
const HEARTBEATS_PER_SESSION = 5
/** How often a wait for records that are there looks whether they were read, in milliseconds. */
const CATCH_UP_POLL_MS = 5
/** After this long such a wait is given up, in milliseconds. */
const CATCH_UP_TIMEOUT_MS = 10_000
/** Pause before another try to open, in milliseconds. */
const REOPEN_MS = 250

export interface FollowerOptions {
  kafka: Kafka
  groupId: string
  /** Topics, and where to begin in each. */
  topics: Readonly<Record<string, 'beginning' | 'end'>>
  /** After a lost connection kafkajs joins as a new member, and waits for the old one until its session ends. */
  sessionTimeoutMs: number
  /** Told of every record with a value, in the order of its partition. Where it throws, the record comes again. */
  onRecord: OnRecord
  log: LogSink
}

export interface Follower {
  /** True once all that was there at the start has been read. */
  caughtUp(): boolean
  /** Resolves when all that is there by now has been read. Throws where that does not come about in time. */
  catchUp(): Promise<void>
  /** Resolves when the follower reads for the first time; tries until it can. */
  start(): Promise<void>
  stop(): Promise<void>
}

interface PartitionEnd {
  topic: string
  partition: number
  /** Offset behind the last record. */
  end: number
}

interface PartitionBounds extends PartitionEnd {
  first: number
}

export function createFollower(options: FollowerOptions): Follower {
  const { kafka, log } = options
  const topics = Object.keys(options.topics)
  /** They outlive the consumer: a new one goes on from here. */
  const positions = new FollowedPositions()
  /** Where the partitions ended at the start. */
  let ends: readonly PartitionEnd[] = []
  let consumer: Consumer | undefined
  let admin: Promise<Admin> | undefined
  let stopped = false

  const connectAdmin = async (): Promise<Admin> => {
    const client = kafka.admin()
    await client.connect()
    return client
  }

  /** What a client asks that is connected as long as asking works. */
  const asking = async <T>(ask: (client: Admin) => Promise<T>): Promise<T> => {
    admin ??= connectAdmin()
    const asked = admin
    try {
      return await ask(await asked)
    } catch (error) {
      if (admin === asked) admin = undefined
      await asked.then((client) => client.disconnect()).catch(() => undefined)
      throw error
    }
  }

  const boundsByNow = (): Promise<PartitionBounds[]> =>
    asking(async (client) => {
      const bounds: PartitionBounds[] = []
      for (const topic of topics)
        for (const { partition, low, high } of await client.fetchTopicOffsets(topic))
          bounds.push({ topic, partition, first: Number(low), end: Number(high) })
      return bounds
    })

  const learnPositions = async (): Promise<void> => {
    const bounds = await boundsByNow()
    for (const { topic, partition, first, end } of bounds)
      positions.begin(topic, partition, options.topics[topic] === 'end' ? end : first)
    ends = bounds
  }

  const isRead = ({ topic, partition, end }: PartitionEnd): boolean => positions.next(topic, partition) >= end

  const open = async (): Promise<void> => {
    const client = kafka.consumer({
      groupId: options.groupId,
      partitionAssigners: [allPartitionsAssigner],
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: Math.floor(options.sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      minBytes: 1,
      readUncommitted: false,
      allowAutoTopicCreation: false,
    })
    consumer = client
    // Runs inside the join, before the next fetch.
    client.on('consumer.group_join', ({ payload }) => {
      for (const [topic, partitions] of Object.entries(payload.memberAssignment))
        for (const partition of partitions)
          client.seek({ topic, partition, offset: String(positions.next(topic, partition)) })
    })
    // Batches of which nothing is left (markers, aborted records) never reach `eachBatch`.
    client.on('consumer.end_batch_process', ({ payload }) => positions.passOver(payload))
    client.on('consumer.crash', ({ payload }) => {
      log.warn({ err: payload.error, restart: payload.restart }, 'a follower lost its connection')
      if (!payload.restart && !stopped) void openUntilRunning()
    })
    await client.connect()
    await client.subscribe({ topics, fromBeginning: true })
    await client.run({
      autoCommit: false,
      eachBatch: ({ batch, isStale }) => positions.take(batch, () => isStale() || stopped, options.onRecord),
    })
  }

  const openUntilRunning = async (): Promise<void> => {
    while (!stopped)
      try {
        if (positions.isEmpty) await learnPositions()
        return await open()
      } catch (error) {
        log.warn({ err: error }, 'a follower can not open its topics')
        await consumer?.disconnect().catch(() => undefined)
        await sleep(REOPEN_MS)
      }
  }

  return {
    caughtUp: () => ends.length > 0 && ends.every(isRead),
    catchUp: async () => {
      const giveUpMs = performance.now() + CATCH_UP_TIMEOUT_MS
      const wanted = await boundsByNow()
      while (!wanted.every(isRead)) {
        if (performance.now() > giveUpMs) throw new Error(`${topics.join(', ')} can not be read to the end`)
        await sleep(CATCH_UP_POLL_MS)
      }
    },
    start: openUntilRunning,
    stop: async () => {
      stopped = true
      await consumer?.disconnect()
      await admin?.then((client) => client.disconnect()).catch(() => undefined)
    },
  }
}
