/** The gateway on a real broker: its connections, opened side by side and kept open. */
import type { Kafka } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import type { ApiMetrics } from '../metrics.ts'
import { createGateway } from './gateway.ts'
import type { CommandGateway } from './gateway.ts'
import { createProducerLink } from './producer-link.ts'
import type { ProducerLink } from './producer-link.ts'
import { createReplyChannel } from './reply-channel.ts'
import type { ReplyChannel } from './reply-channel.ts'

/** Pause before another try to learn the topic's partitions, in milliseconds. */
const RETRY_MS = 250

/** Names that tests choose anew. */
export interface GatewayNames {
  commandTopic: string
  replyTopic: string
  groupId: string
}

export const GATEWAY_NAMES: GatewayNames = {
  commandTopic: 'wallet.command',
  replyTopic: 'wallet.reply',
  groupId: 'api-reply',
}

export interface KafkaGatewayOptions {
  kafka: Kafka
  schemas: SchemaSource
  names?: GatewayNames
  replyTimeoutMs: number
  /** Of this instance's membership in the group that shares out wallet.reply. */
  sessionTimeoutMs: number
  metrics: ApiMetrics
  logger: Logger
}

async function fetchPartitionCount(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const count = topics[0]?.partitions.length ?? 0
    if (count === 0) throw new Error(`the topic ${topic} has no partitions`)
    return count
  } finally {
    await admin.disconnect()
  }
}

/** Resolves once the schemas are known; the connections then open in the background, see `state`. */
export async function createKafkaGateway(options: KafkaGatewayOptions): Promise<CommandGateway> {
  const { kafka, schemas, logger, metrics, replyTimeoutMs, sessionTimeoutMs, names = GATEWAY_NAMES } = options
  const [commandCodec, replyCodec] = await Promise.all([
    createCodec('wallet.command', schemas),
    createCodec('wallet.reply', schemas),
  ])
  let partitionCount: number | undefined
  let link: ProducerLink | undefined
  let channel: ReplyChannel | undefined
  let stopped = false

  const gateway = createGateway({
    codec: commandCodec,
    replyTimeoutMs,
    metrics,
    partitionCount: () => partitionCount,
    connectLink: (onConnected) =>
      (link = createProducerLink({ kafka, topic: names.commandTopic, logger, onConnected })),
    connectReplies: (onReply, onLost) =>
      (channel = createReplyChannel({
        kafka,
        topic: names.replyTopic,
        groupId: names.groupId,
        sessionTimeoutMs,
        codec: replyCodec,
        logger,
        onReply,
        onLost,
      })),
  })

  const learnPartitions = async (): Promise<void> => {
    while (!stopped && partitionCount === undefined)
      try {
        partitionCount = await fetchPartitionCount(kafka, names.commandTopic)
      } catch (error) {
        logger.warn({ err: error, topic: names.commandTopic }, 'can not learn the partitions')
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
  }
  Promise.all([learnPartitions(), link?.start(), channel?.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'the connections to Kafka can not be opened'),
  )

  return {
    submit: gateway.submit,
    state: gateway.state,
    stop: async () => {
      stopped = true
      await gateway.stop()
      await Promise.all([link?.stop(), channel?.stop()])
    },
  }
}
