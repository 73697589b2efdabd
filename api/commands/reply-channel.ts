/**
 * This instance's partitions of wallet.reply. A command may name a partition only once it is positioned here: at its end,
 * read before any such command was sent, so that no answer can lie before the place from which we read.
 *
 * Whose partition is whose is agreed on in a group of all instances; what is read, is read in a group of this instance alone.
 * So answers come while the group shares out anew, and a partition that went to another instance is read here until the last
 * command that named it has been answered or given up: an instance that comes or goes costs no caller its answer.
 */
import { randomUUID } from 'node:crypto'
import type { Batch, Consumer, Kafka } from 'kafkajs'
import type { WalletReply, WalletReplyData } from '../../avro/types.ts'
import type { Logger } from '../../service/logger.ts'
import { allPartitionsAssigner } from '../../topics/all-partitions.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { createLastingConsumer } from './lasting-consumer.ts'
import { replyAssigner } from './reply-assigner.ts'

/** Pause before another try to learn a position, in milliseconds. */
const RETRY_MS = 250

export interface ReplyChannelOptions {
  kafka: Kafka
  topic: string
  /** Of the group that shares out the partitions. */
  groupId: string
  /** An instance that is silent this long loses its partitions to the others, in milliseconds. */
  sessionTimeoutMs: number
  /** How long after a partition was lost an answer on it may still be waited for, in milliseconds. */
  replyTimeoutMs: number
  codec: TopicCodec<WalletReply>
  logger: Logger
  onReply: (reply: WalletReplyData) => void
}

export interface ReplyChannel {
  /**
   * Where the answer to a command on this partition of wallet.command shall go; undefined while no partition is
   * positioned. Commands of one task share one partition, so that tasks do not wait for one another's transactions.
   */
  partitionFor(commandPartition: number): number | undefined
  positioned(): readonly number[]
  start(): Promise<void>
  stop(): Promise<void>
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, RETRY_MS))

export function createReplyChannel(options: ReplyChannelOptions): ReplyChannel {
  const { kafka, topic, groupId, sessionTimeoutMs, codec, logger } = options
  /** Next offset of each partition that is read. It outlives the consumer: a new one goes on from here. */
  const positions = new Map<number, number>()
  /** Partitions that went to another instance, and when each is no longer read. */
  const leaving = new Map<number, NodeJS.Timeout>()
  let usable: readonly number[] = []
  let generation = 0
  let reading: Consumer | undefined
  let stopped = false

  const unexpected = (error: unknown): void => logger.error({ err: error }, 'the reply channel failed')

  const publish = (): void => {
    usable = stopped
      ? []
      : [...positions.keys()].filter((partition) => !leaving.has(partition)).toSorted((a, b) => a - b)
  }

  const endOffsets = async (): Promise<Map<number, number>> => {
    const admin = kafka.admin()
    try {
      await admin.connect()
      const offsets = await admin.fetchTopicOffsets(topic)
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
    } finally {
      await admin.disconnect()
    }
  }

  const readFrom = (client: Consumer, partition: number, offset: number): void => {
    client.seek({ topic, partition, offset: String(offset) })
    client.resume([{ topic, partitions: [partition] }])
  }

  const positionNew = async (partitions: readonly number[], joined: number): Promise<void> => {
    while (!stopped && joined === generation)
      try {
        const ends = await endOffsets()
        if (stopped || joined !== generation) return
        for (const partition of partitions) {
          const offset = ends.get(partition) ?? 0
          positions.set(partition, offset)
          if (reading !== undefined) readFrom(reading, partition, offset)
        }
        publish()
        return logger.info({ partitions: usable }, 'reply partitions are positioned')
      } catch (error) {
        logger.warn({ err: error }, 'can not learn the end of the reply partitions')
        await pause()
      }
  }

  /** No command names it from now on. */
  const leave = (partition: number): void => {
    const ended = (): void => {
      leaving.delete(partition)
      positions.delete(partition)
      reading?.pause([{ topic, partitions: [partition] }])
    }
    leaving.set(partition, setTimeout(ended, options.replyTimeoutMs))
  }

  /** Partitions that stay, and those that come back while they are still read, go on where they are. */
  const shared = (assigned: readonly number[]): void => {
    generation++
    for (const partition of usable) if (!assigned.includes(partition)) leave(partition)
    for (const partition of assigned) {
      clearTimeout(leaving.get(partition))
      leaving.delete(partition)
    }
    publish()
    const added = assigned.filter((partition) => !positions.has(partition))
    if (added.length > 0) positionNew(added, generation).catch(unexpected)
  }

  const receive = async (value: Buffer | null): Promise<void> => {
    if (value === null) return
    try {
      const unknown = codec.unknownSchemaId(value)
      if (unknown !== undefined) await codec.learn(unknown)
      options.onReply(codec.decode(value).data)
    } catch (error) {
      logger.error({ err: error }, 'a reply can not be read')
    }
  }

  const read = async (batch: Batch, isStale: () => boolean): Promise<void> => {
    for (const { value } of batch.messages) {
      if (isStale()) return
      await receive(value)
    }
    if (positions.has(batch.partition)) positions.set(batch.partition, Number(batch.lastOffset()) + 1)
  }

  const consumer = { kafka, topic, sessionTimeoutMs, logger }
  const members = createLastingConsumer({
    ...consumer,
    groupId,
    assigner: replyAssigner(topic, () => usable),
    onJoin: (client, partitions) => {
      // Nothing is read here.
      client.pause([{ topic, partitions: [...partitions] }])
      shared(partitions)
    },
    onBatch: () => Promise.resolve(),
  })
  const reader = createLastingConsumer({
    ...consumer,
    groupId: `${groupId}-${randomUUID()}`,
    assigner: allPartitionsAssigner,
    onJoin: (client, partitions) => {
      reading = client
      for (const partition of partitions) {
        const offset = positions.get(partition)
        if (offset === undefined) client.pause([{ topic, partitions: [partition] }])
        else readFrom(client, partition, offset)
      }
    },
    onBatch: read,
  })

  return {
    partitionFor: (commandPartition) => usable[commandPartition % usable.length],
    positioned: () => usable,
    start: async () => {
      // Whoever names a partition must be able to read it, so the reader comes first.
      await reader.start()
      await members.start()
    },
    stop: async () => {
      stopped = true
      publish()
      for (const timer of leaving.values()) clearTimeout(timer)
      await Promise.all([members.stop(), reader.stop()])
    },
  }
}
