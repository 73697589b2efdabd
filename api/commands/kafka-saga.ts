/** The way to the saga of bets at providers. */
import type { Kafka } from 'kafkajs'
import type { GameCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { Logger } from '../../service/logger.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { partitionOfKey } from '../../topics/partitioner.ts'
import { partitionCountOf } from './partition-count.ts'
import { createProducerLink } from './producer-link.ts'
import { ApiError } from '../problem.ts'

const COMMANDS = 'game.command'

export interface KafkaSaga {
  /** Resolves when Kafka has it. Throws SERVICE_UNAVAILABLE where that is not known: it is the same command when it is sent again. */
  tell(command: GameCommand): Promise<void>
  stop(): Promise<void>
}

/** Resolves once the schema is known; the connection then opens in the background. */
export async function connectKafkaSaga(options: {
  kafka: Kafka
  schemas: SchemaSource
  logger: Logger
  tracing: Tracing | undefined
}): Promise<KafkaSaga> {
  const { kafka, schemas, logger, tracing } = options
  const codec = await createCodec(COMMANDS, schemas)
  const partitions = partitionCountOf(kafka, COMMANDS, logger)
  const link = createProducerLink({ kafka, topic: COMMANDS, logger, onConnected: () => undefined, tracing })
  Promise.all([partitions.learn(), link.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'the connection to the saga can not be opened'),
  )
  return {
    tell: async (command) => {
      const count = partitions.current()
      if (count === undefined || !link.connected()) throw new ApiError('SERVICE_UNAVAILABLE')
      const { partner_id: partnerId, player_id: playerId } = command.data
      const key = playerKey(partnerId, playerId)
      const value = codec.encode(command)
      const partition = partitionOfKey(key, count)
      try {
        await link.send([{ key, value, partition, state: 'sending', sent: () => undefined }])
      } catch {
        throw new ApiError('SERVICE_UNAVAILABLE')
      }
    },
    stop: async () => {
      partitions.stop()
      await link.stop()
    },
  }
}
