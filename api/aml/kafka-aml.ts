/** Alert work on a real broker: steps out, replies back, and whose withdrawals are held up. */
import { v7 as uuidv7 } from 'uuid'
import type { Logger } from '../../service/logger.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { FollowerOptions } from '../../topics/follower.ts'
import { partitionOfKey } from '../../topics/partitioner.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { partitionCountOf } from '../commands/partition-count.ts'
import { createProducerLink } from '../commands/producer-link.ts'
import { createAmlGateway } from './gateway.ts'
import type { AmlGateway } from './gateway.ts'
import { WithheldPlayers } from './withheld-players.ts'

export interface KafkaAmlOptions {
  kafka: FollowerOptions['kafka']
  schemas: SchemaSource
  /** Names this instance: its groups of one, and nobody else's. */
  instanceId: string
  outcomeTimeoutMs: number
  sessionTimeoutMs: number
  logger: Logger
  tracing: Tracing | undefined
}

export interface KafkaAml {
  gateway: AmlGateway
  withheld: WithheldPlayers
  /** True once the standing of all players that were there at the start is known. */
  ready(): boolean
  stop(): Promise<void>
}

/** Resolves once the schemas are known; the connections then open in the background, see `ready`. */
export async function connectKafkaAml(options: KafkaAmlOptions): Promise<KafkaAml> {
  const { kafka, schemas, logger, tracing, instanceId } = options
  const [command, reply, standing] = await Promise.all([
    createCodec('aml.command', schemas),
    createCodec('aml.reply', schemas),
    createCodec('aml.player.updated', schemas),
  ])
  const partitions = partitionCountOf(kafka, 'aml.command', logger)
  const link = createProducerLink({
    kafka,
    topic: 'aml.command',
    logger,
    onConnected: () => undefined,
    tracing,
  })
  const gateway = createAmlGateway({
    link,
    encode: command.encode,
    partitionOf: (key) => {
      const count = partitions.current()
      return count === undefined ? undefined : partitionOfKey(key, count)
    },
    newId: uuidv7,
    outcomeTimeoutMs: options.outcomeTimeoutMs,
  })
  const withheld = new WithheldPlayers()
  const readers: Record<string, FollowerOptions['onRecord']> = {
    'aml.player.updated': tableReader(standing, ({ data }) => withheld.apply(data), logger),
    'aml.reply': tableReader(reply, ({ data }) => gateway.replied(data), logger),
  }
  const follower = createFollower({
    kafka,
    groupId: `api-aml-${instanceId}`,
    topics: { 'aml.player.updated': 'beginning', 'aml.reply': 'end' },
    sessionTimeoutMs: options.sessionTimeoutMs,
    onRecord: (topic, value, key) => readers[topic]?.(topic, value, key),
    log: logger,
  })
  Promise.all([partitions.learn(), link.start(), follower.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'alert work can not be opened'),
  )
  return {
    gateway,
    withheld,
    ready: () => follower.caughtUp(),
    stop: async () => {
      partitions.stop()
      await Promise.all([link.stop(), follower.stop()])
    },
  }
}
