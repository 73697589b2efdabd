/** The gateway on a real broker: its connections, opened side by side and kept open. */
import type { Kafka } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import type { ApiMetrics } from '../metrics.ts'
import { createGateway } from './gateway.ts'
import type { CommandGateway } from './gateway.ts'
import { partitionCountOf } from './partition-count.ts'
import { createProducerLink } from './producer-link.ts'
import type { ProducerLink } from './producer-link.ts'
import { createReplyChannel } from './reply-channel.ts'
import type { ReplyChannel } from './reply-channel.ts'

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
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

/** Resolves once the schemas are known; the connections then open in the background, see `state`. */
export async function createKafkaGateway(options: KafkaGatewayOptions): Promise<CommandGateway> {
  const { kafka, schemas, logger, metrics, replyTimeoutMs, sessionTimeoutMs, names = GATEWAY_NAMES } = options
  const [commandCodec, replyCodec] = await Promise.all([
    createCodec('wallet.command', schemas),
    createCodec('wallet.reply', schemas),
  ])
  const partitions = partitionCountOf(kafka, names.commandTopic, logger)
  let link: ProducerLink | undefined
  let channel: ReplyChannel | undefined

  const gateway = createGateway({
    codec: commandCodec,
    replyTimeoutMs,
    metrics,
    tracing: options.tracing,
    partitionCount: partitions.current,
    connectLink: (onConnected) =>
      (link = createProducerLink({ kafka, topic: names.commandTopic, logger, onConnected })),
    connectReplies: (onReply) =>
      (channel = createReplyChannel({
        kafka,
        topic: names.replyTopic,
        groupId: names.groupId,
        sessionTimeoutMs,
        replyTimeoutMs,
        codec: replyCodec,
        logger,
        onReply,
      })),
  })

  Promise.all([partitions.learn(), link?.start(), channel?.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'the connections to Kafka can not be opened'),
  )

  return {
    submit: gateway.submit,
    state: gateway.state,
    stop: async () => {
      partitions.stop()
      await gateway.stop()
      await Promise.all([link?.stop(), channel?.stop()])
    },
  }
}
