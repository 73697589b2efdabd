/**
 * Follows topics whole: every partition, from its beginning or from its end on, for as long as the process lives. For
 * tables that are kept in memory, and for answers that anyone may read. Nothing is committed to the group, which is this
 * process's alone: a new process begins anew.
 */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { allPartitionsAssigner } from './all-partitions.ts'
import type { LogSink } from './kafka.ts'

/** Longest wait of a fetch without records, in milliseconds. A record ends the wait at once; a stop has to sit it out. */
const FETCH_WAIT_MS = 250
/** Heartbeats that fit into a session. */
const HEARTBEATS_PER_SESSION = 5
/** Pause before another try to open, in milliseconds. */
const REOPEN_MS = 250

export interface FollowerOptions {
  kafka: Kafka
  groupId: string
  /** Topics, and where to begin in each. */
  topics: Readonly<Record<string, 'beginning' | 'end'>>
  /** After a lost connection kafkajs joins as a new member, and waits for the old one until its session ends. */
  sessionTimeoutMs: number
  /** Told of every record with a value, in the order of its partition. Must not throw. */
  onRecord: (topic: string, value: Buffer) => Promise<void> | void
  log: LogSink
}

export interface Follower {
  /** True once all that was there at the start has been read. */
  caughtUp(): boolean
  /** Resolves when the follower reads for the first time; tries until it can. */
  start(): Promise<void>
  stop(): Promise<void>
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

export function createFollower(options: FollowerOptions): Follower {
  const { kafka, log } = options
  const topics = Object.keys(options.topics)
  /** Next offset to be read, by topic and partition. It outlives the consumer: a new one goes on from here. */
  const positions = new Map<string, number>()
  /** Where the partitions ended at the start. */
  const ends = new Map<string, number>()
  let consumer: Consumer | undefined
  let stopped = false

  const learnPositions = async (): Promise<void> => {
    const admin = kafka.admin()
    try {
      await admin.connect()
      for (const topic of topics)
        for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
          ends.set(keyOf(topic, partition), Number(high))
          positions.set(keyOf(topic, partition), Number(options.topics[topic] === 'end' ? high : low))
        }
    } finally {
      await admin.disconnect()
    }
  }

  const advance = (topic: string, partition: number, nextOffset: number): void => {
    const key = keyOf(topic, partition)
    positions.set(key, Math.max(nextOffset, positions.get(key) ?? 0))
  }

  const take = async ({
    batch: { topic, partition, messages },
    isStale,
  }: EachBatchPayload): Promise<void> => {
    for (const { offset, value } of messages) {
      if (isStale() || stopped) return
      if (Number(offset) < (positions.get(keyOf(topic, partition)) ?? 0)) continue
      if (value !== null) await options.onRecord(topic, value)
      advance(topic, partition, Number(offset) + 1)
    }
  }

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
          client.seek({ topic, partition, offset: String(positions.get(keyOf(topic, partition)) ?? 0) })
    })
    // Batches of which nothing is left (markers, aborted records) never reach `eachBatch`.
    client.on('consumer.end_batch_process', ({ payload }) =>
      advance(payload.topic, payload.partition, Number(payload.lastOffset) + 1),
    )
    client.on('consumer.crash', ({ payload }) => {
      log.warn({ err: payload.error, restart: payload.restart }, 'a follower lost its connection')
      if (!payload.restart && !stopped) void openUntilRunning()
    })
    await client.connect()
    await client.subscribe({ topics, fromBeginning: true })
    await client.run({ autoCommit: false, eachBatch: take })
  }

  const openUntilRunning = async (): Promise<void> => {
    while (!stopped)
      try {
        if (positions.size === 0) await learnPositions()
        return await open()
      } catch (error) {
        log.warn({ err: error }, 'a follower can not open its topics')
        await consumer?.disconnect().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, REOPEN_MS))
      }
  }

  return {
    caughtUp: () => ends.size > 0 && [...ends].every(([key, end]) => (positions.get(key) ?? 0) >= end),
    start: openUntilRunning,
    stop: async () => {
      stopped = true
      await consumer?.disconnect()
    },
  }
}
