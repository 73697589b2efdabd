/**
 * The catalogue of topics, as code: `topics apply` creates them, `topics verify` compares them, the AsyncAPI
 * document is generated from them, and every producer and consumer names its topic through it.
 */
import type {
  BalanceUpdated,
  DeadLettered,
  TaskPositioned,
  TransactionCreated,
  WalletCommand,
  WalletReply,
} from '../avro/types.ts'

/** The TypeScript shape of each topic's values. */
export interface TopicValues {
  'wallet.command': WalletCommand
  'wallet.command.dlq': DeadLettered
  'wallet.transaction.created': TransactionCreated
  'wallet.transaction.created.dlq': DeadLettered
  'wallet.balance': BalanceUpdated
  'wallet.balance.dlq': DeadLettered
  'wallet.reply': WalletReply
  'wallet.position': TaskPositioned
}

export type TopicName = keyof TopicValues

/** What the key of a topic's records is; always UTF-8 text. */
export type KeyKind = 'player' | 'command' | 'task'

export interface TopicDefinition {
  name: TopicName
  title: string
  description: string
  /** `avro/<schema>.avsc`; the subject is `<name>-value` (TopicNameStrategy). */
  schema: string
  key: KeyKind
  cleanupPolicy: 'delete' | 'compact'
  /** Milliseconds; -1 keeps records for ever. */
  retentionMs: number
  writtenBy: readonly string[]
  readBy: readonly string[]
}

const DAY_MS = 86_400_000
export const KEEP_FOR_EVER = -1

/** How long a partner's transaction id is remembered; the wallet's index is rebuilt from this much of the log. */
export const IDEMPOTENCY_MS = 120 * DAY_MS

const TOPICS: { readonly [N in TopicName]: TopicDefinition & { name: N } } = {
  'wallet.command': {
    name: 'wallet.command',
    title: 'Wallet commands',
    description: 'Requests to change a wallet, in the order in which they are decided.',
    schema: 'wallet.command',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    writtenBy: ['api', 'cli', 'wallet'],
    readBy: ['wallet'],
  },
  'wallet.command.dlq': {
    name: 'wallet.command.dlq',
    title: 'Dead letters of the wallet commands',
    description: 'Commands that can never be processed, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['wallet'],
    readBy: ['cli'],
  },
  'wallet.transaction.created': {
    name: 'wallet.transaction.created',
    title: 'Wallet transactions',
    description:
      'Every transaction and every change of its status, rejected ones included: the log of record from which all else is rebuilt.',
    schema: 'wallet.transaction.created',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['wallet'],
    readBy: ['wallet', 'sink-postgres', 'sink-clickhouse', 'aml'],
  },
  'wallet.transaction.created.dlq': {
    name: 'wallet.transaction.created.dlq',
    title: 'Dead letters of the wallet transactions',
    description: 'Transactions that a sink could never write, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['sink-postgres', 'sink-clickhouse'],
    readBy: ['cli'],
  },
  'wallet.balance': {
    name: 'wallet.balance',
    title: 'Wallet balances',
    description: 'The newest state of all wallets of a player.',
    schema: 'wallet.balance',
    key: 'player',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['wallet'],
    readBy: ['wallet', 'sink-postgres', 'sink-clickhouse'],
  },
  'wallet.balance.dlq': {
    name: 'wallet.balance.dlq',
    title: 'Dead letters of the wallet balances',
    description: 'Balances that a sink could never write, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['sink-postgres', 'sink-clickhouse'],
    readBy: ['cli'],
  },
  'wallet.reply': {
    name: 'wallet.reply',
    title: 'Wallet replies',
    description: 'Outcomes of commands, each on the partition that its command named in reply_to.',
    schema: 'wallet.reply',
    key: 'command',
    cleanupPolicy: 'delete',
    retentionMs: DAY_MS / 24,
    writtenBy: ['wallet'],
    readBy: ['api'],
  },
  'wallet.position': {
    name: 'wallet.position',
    title: 'Positions of the wallet tasks',
    description: 'How far each task has come in wallet.command; part of every transaction of a task.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['wallet'],
    readBy: ['wallet'],
  },
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of TOPICS admits no other keys.
export const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[]

export const topicDefinition = (name: TopicName): TopicDefinition => TOPICS[name]

export const subjectOf = (name: TopicName): string => `${name}-value`

/** Sizes that differ between a laptop and production. */
export interface TopicSizes {
  /** Of every topic, so that one player's records stand in the same partition everywhere. */
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
