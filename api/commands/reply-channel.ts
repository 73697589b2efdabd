/**
 * This instance's partitions of wallet.reply. A command may name a partition only once it is positioned here: at its end,
 * read before any such command was sent, so that no answer can lie before the place from which we read.
 */
import type { Consumer, Kafka } from 'kafkajs'
import type { WalletReply, WalletReplyData } from '../../avro/types.ts'
import type { Logger } from '../../service/logger.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { replyAssigner } from './reply-assigner.ts'

/** Longest wait of a fetch without records, in milliseconds. An answer ends the wait at once; a stop has to sit it out. */
const FETCH_WAIT_MS = 100
/** Heartbeats that fit into a session. */
const HEARTBEATS_PER_SESSION = 5
/** Pause before another try to connect or to learn a position, in milliseconds. */
const RETRY_MS = 250

export interface ReplyChannelOptions {
  kafka: Kafka
  topic: string
  groupId: string
  /**
   * An instance that is silent this long loses its partitions to the others, in milliseconds. After a kill or a lost
   * connection it is also how long the group waits for the member that was.
   */
  sessionTimeoutMs: number
  codec: TopicCodec<WalletReply>
  logger: Logger
  onReply: (reply: WalletReplyData) => void
  /** Answers on this partition no longer come here. */
  onLost: (partition: number) => void
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
  const { kafka, topic, groupId, codec, logger } = options
  /** Next offset of each positioned partition. It outlives the consumer: a new one goes on from here. */
  const positions = new Map<number, number>()
  let usable: readonly number[] = []
  let generation = 0
  let consumer: Consumer | undefined
  let stopped = false

  const unexpected = (error: unknown): void => logger.error({ err: error }, 'the reply channel failed')

  const publish = (): void => {
    usable = [...positions.keys()].toSorted((a, b) => a - b)
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

  const positionNew = async (
    client: Consumer,
    partitions: readonly number[],
    joined: number,
  ): Promise<void> => {
    while (!stopped && joined === generation)
      try {
        const ends = await endOffsets()
        if (stopped || joined !== generation) return
        for (const partition of partitions) {
          const offset = ends.get(partition) ?? 0
          client.seek({ topic, partition, offset: String(offset) })
          positions.set(partition, offset)
        }
        publish()
        return logger.info({ partitions: usable }, 'reply partitions are positioned')
      } catch (error) {
        logger.warn({ err: error }, 'can not learn the end of the reply partitions')
        await pause()
      }
  }

  /** Runs inside the join, before the next fetch; partitions that stay go on where they were. */
  const joined = (client: Consumer, assigned: readonly number[]): void => {
    generation++
    const lost = usable.filter((partition) => !assigned.includes(partition))
    for (const partition of lost) positions.delete(partition)
    for (const [partition, offset] of positions) client.seek({ topic, partition, offset: String(offset) })
    publish()
    for (const partition of lost) options.onLost(partition)
    const added = assigned.filter((partition) => !positions.has(partition))
    if (added.length > 0) positionNew(client, added, generation).catch(unexpected)
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

  const open = async (): Promise<void> => {
    const client = kafka.consumer({
      groupId,
      partitionAssigners: [replyAssigner(topic, () => usable)],
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: Math.floor(options.sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      minBytes: 1,
      readUncommitted: false,
      allowAutoTopicCreation: false,
    })
    consumer = client
    client.on(client.events.GROUP_JOIN, ({ payload }) =>
      joined(client, payload.memberAssignment[topic] ?? []),
    )
    client.on(client.events.CRASH, ({ payload }) => {
      logger.error({ err: payload.error, restart: payload.restart }, 'the reply consumer crashed')
      if (!payload.restart && !stopped) openUntilRunning().catch(unexpected)
    })
    await client.connect()
    await client.subscribe({ topics: [topic], fromBeginning: false })
    await client.run({
      autoCommit: false,
      eachBatch: async ({ batch, isStale }) => {
        for (const { value } of batch.messages) {
          if (isStale()) return
          await receive(value)
        }
        if (positions.has(batch.partition)) positions.set(batch.partition, Number(batch.lastOffset()) + 1)
      },
    })
  }

  const openUntilRunning = async (): Promise<void> => {
    while (!stopped)
      try {
        return await open()
      } catch (error) {
        logger.warn({ err: error }, 'can not open the reply consumer')
        await consumer?.disconnect().catch(() => undefined)
        await pause()
      }
  }

  return {
    partitionFor: (commandPartition) => usable[commandPartition % usable.length],
    positioned: () => usable,
    start: openUntilRunning,
    stop: async () => {
      stopped = true
      usable = []
      await consumer?.disconnect()
    },
  }
}
