/** Settlement on a real broker: commands out, replies back. */
import { v7 as uuidv7 } from 'uuid'
import type { Logger } from '../../service/logger.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { FollowerOptions } from '../../topics/follower.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { createProducerLink } from '../commands/producer-link.ts'
import { createSettlementGateway } from './gateway.ts'
import type { SettlementGateway } from './gateway.ts'

const COMMANDS = 'settlement.command'
const REPLIES = 'settlement.reply'

export interface KafkaSettlementsOptions {
  kafka: FollowerOptions['kafka']
  schemas: SchemaSource
  /** Names this instance: its group of one, and nobody else's. */
  instanceId: string
  outcomeTimeoutMs: number
  sessionTimeoutMs: number
  logger: Logger
  tracing: Tracing | undefined
}

export interface KafkaSettlements {
  gateway: SettlementGateway
  stop(): Promise<void>
}

/** Resolves once the schemas are known; the connections then open in the background. No bet waits for them. */
export async function connectKafkaSettlements(options: KafkaSettlementsOptions): Promise<KafkaSettlements> {
  const { kafka, schemas, logger, tracing } = options
  const [command, reply] = await Promise.all([createCodec(COMMANDS, schemas), createCodec(REPLIES, schemas)])
  const link = createProducerLink({ kafka, topic: COMMANDS, logger, onConnected: () => undefined, tracing })
  const gateway = createSettlementGateway({
    link,
    encode: command.encode,
    newId: uuidv7,
    outcomeTimeoutMs: options.outcomeTimeoutMs,
  })
  const follower = createFollower({
    kafka,
    groupId: `api-settlements-${options.instanceId}`,
    topics: { [REPLIES]: 'end' },
    sessionTimeoutMs: options.sessionTimeoutMs,
    onRecord: tableReader(reply, ({ data }) => gateway.replied(data), logger),
    log: logger,
  })
  Promise.all([link.start(), follower.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'settlement can not be opened'),
  )
  return {
    gateway,
    stop: async () => {
      await Promise.all([link.stop(), follower.stop()])
    },
  }
}
