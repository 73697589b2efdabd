/** A consumer of one topic that is opened until it runs, and anew whenever kafkajs gives it up. */
import type { Batch, Consumer, Kafka, PartitionAssigner } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'

/** Longest wait of a fetch without records, in milliseconds. A record ends the wait at once; a stop has to sit it out. */
const FETCH_WAIT_MS = 100
/** Heartbeats that fit into a session. */
const HEARTBEATS_PER_SESSION = 5
/** Pause before another try, in milliseconds. */
const REOPEN_MS = 250

export interface LastingConsumerOptions {
  kafka: Kafka
  topic: string
  groupId: string
  assigner: PartitionAssigner
  /** After a kill or a lost connection it is also how long the group waits for the member that was, in milliseconds. */
  sessionTimeoutMs: number
  /** Runs inside each join, before the next fetch: a partition that is not sought here begins at the topic's end. */
  onJoin: (client: Consumer, partitions: readonly number[]) => void
  onBatch: (batch: Batch, isStale: () => boolean) => Promise<void>
  logger: Logger
}

export interface LastingConsumer {
  /** Resolves when it has joined for the first time; tries until it can. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createLastingConsumer(options: LastingConsumerOptions): LastingConsumer {
  const { kafka, topic, groupId, sessionTimeoutMs, logger } = options
  let consumer: Consumer | undefined
  let stopped = false

  const open = async (): Promise<void> => {
    const client = kafka.consumer({
      groupId,
      partitionAssigners: [options.assigner],
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      minBytes: 1,
      readUncommitted: false,
      allowAutoTopicCreation: false,
    })
    consumer = client
    client.on(client.events.GROUP_JOIN, ({ payload }) =>
      options.onJoin(client, payload.memberAssignment[topic] ?? []),
    )
    client.on(client.events.CRASH, ({ payload }) => {
      logger.error({ groupId, err: payload.error, restart: payload.restart }, 'a consumer of replies crashed')
      if (!payload.restart && !stopped) void openUntilRunning()
    })
    await client.connect()
    await client.subscribe({ topics: [topic], fromBeginning: false })
    await client.run({
      autoCommit: false,
      eachBatch: ({ batch, isStale }) => options.onBatch(batch, isStale),
    })
  }

  const openUntilRunning = async (): Promise<void> => {
    while (!stopped)
      try {
        return await open()
      } catch (error) {
        logger.warn({ groupId, err: error }, 'a consumer of replies can not be opened')
        await consumer?.disconnect().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, REOPEN_MS))
      }
  }

  return {
    start: openUntilRunning,
    stop: async () => {
      stopped = true
      await consumer?.disconnect()
    },
  }
}
