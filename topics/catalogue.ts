/**
 * The catalogue of topics, as code: `topics apply` creates them, `topics verify` compares them, the AsyncAPI
 * document is generated from them, and every producer and consumer names its topic through it.
 */
import { AML_TOPICS } from './catalogue/aml.ts'
import { DAY_MS } from './catalogue/definition.ts'
import type { TopicDefinition, TopicName, Topics } from './catalogue/definition.ts'
import { GAMES_TOPICS } from './catalogue/games.ts'
import { OPERATION_TOPICS } from './catalogue/operation.ts'
import { PARTNERS_TOPICS } from './catalogue/partners.ts'
import { SETTLEMENT_TOPICS } from './catalogue/settlement.ts'
import { WALLET_TOPICS } from './catalogue/wallet.ts'

export { IDEMPOTENCY_MS, KEEP_FOR_EVER } from './catalogue/definition.ts'
export type { KeyKind, TopicDefinition, TopicName, TopicValues } from './catalogue/definition.ts'

const TOPICS: Topics = {
  ...WALLET_TOPICS,
  ...PARTNERS_TOPICS,
  ...AML_TOPICS,
  ...SETTLEMENT_TOPICS,
  ...GAMES_TOPICS,
  ...OPERATION_TOPICS,
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of TOPICS admits no other keys.
export const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[]

export const topicDefinition = (name: TopicName): TopicDefinition => TOPICS[name]

export const subjectOf = (name: TopicName): string => `${name}-value`

/** Sizes that differ between a laptop and production. */
export interface TopicSizes {
  /** Of every topic about players, so that one player's records stand in the same partition everywhere. */
  partitions: number
  replicationFactor: number
  minInsyncReplicas: number
}

export const LOCAL_SIZES: TopicSizes = { partitions: 4, replicationFactor: 1, minInsyncReplicas: 1 }
export const PRODUCTION_SIZES: TopicSizes = { partitions: 24, replicationFactor: 3, minInsyncReplicas: 2 }

export type TopicProfile = 'local' | 'production'

/**
 * The sizes of a profile. `partitions` takes the place of the profile's own, for benchmarks; `replicationFactor`, for a
 * local cluster of several brokers, where a write then waits for all of its replicas but one.
 */
export function topicSizes(
  profile: TopicProfile,
  partitions?: number,
  replicationFactor?: number,
): TopicSizes {
  const own = profile === 'production' ? PRODUCTION_SIZES : LOCAL_SIZES
  const sizes = { ...own, partitions: partitions ?? own.partitions }
  if (replicationFactor === undefined) return sizes
  return { ...sizes, replicationFactor, minInsyncReplicas: Math.max(1, replicationFactor - 1) }
}

/** How many partitions a topic has at these sizes. */
export const partitionsOf = (definition: TopicDefinition, sizes: TopicSizes): number =>
  definition.partitions ?? sizes.partitions

/** The Kafka topic configuration of a definition. */
export function topicConfig(definition: TopicDefinition, sizes: TopicSizes): Record<string, string> {
  const compact = definition.cleanupPolicy === 'compact'
  return {
    'cleanup.policy': definition.cleanupPolicy,
    'retention.ms': String(definition.retentionMs),
    // Said even where it is the default: a broker's limit in bytes must not cut the log of record.
    'retention.bytes': '-1',
    'min.insync.replicas': String(sizes.minInsyncReplicas),
    ...(compact ? { 'min.cleanable.dirty.ratio': '0.3', 'segment.ms': String(DAY_MS) } : {}),
  }
}
