/**
 * The catalogue of topics, as code: `topics apply` creates them, `topics verify` compares them, the AsyncAPI
 * document is generated from them, and every producer and consumer names its topic through it.
 */
import type {
  AlertChanged,
  AmlCommand,
  AmlPlayerUpdated,
  AmlReplied,
  AmlRulesUpdated,
  ApiKeyUpdated,
  ApiKeyUsed,
  AuditRecorded,
  BalanceUpdated,
  DeadLettered,
  GameProviderUpdated,
  PartnerCommand,
  PartnerUpdated,
  PlayerUpdated,
  RiskProfileUpdated,
  SettlementCommand,
  SettlementReplied,
  SettlementTermsUpdated,
  SettlementUpdated,
  TaskPositioned,
  TransactionAssessed,
  TransactionCreated,
  WalletCommand,
  WalletReply,
  WebhookUpdated,
} from '../avro/types.ts'

/** The TypeScript shape of each topic's values. */
export interface TopicValues {
  'wallet.command': WalletCommand
  'wallet.command.dlq': DeadLettered
  'wallet.transaction.created': TransactionCreated
  'wallet.transaction.created.dlq': DeadLettered
  'wallet.balance': BalanceUpdated
  'wallet.balance.dlq': DeadLettered
  'player.profile.updated': PlayerUpdated
  'player.profile.updated.dlq': DeadLettered
  'wallet.reply': WalletReply
  'wallet.position': TaskPositioned
  'partner.command': PartnerCommand
  'partner.command.dlq': DeadLettered
  'partner.profile.updated': PartnerUpdated
  'partner.profile.updated.dlq': DeadLettered
  'partner.api-key.updated': ApiKeyUpdated
  'partner.api-key.updated.dlq': DeadLettered
  'partner.api-key.used': ApiKeyUsed
  'partner.api-key.used.dlq': DeadLettered
  'partner.webhook.updated': WebhookUpdated
  'partner.webhook.updated.dlq': DeadLettered
  'game.provider.updated': GameProviderUpdated
  'game.provider.updated.dlq': DeadLettered
  'partner.position': TaskPositioned
  'audit.entry.recorded': AuditRecorded
  'audit.entry.recorded.dlq': DeadLettered
  'audit.wallet-entry.recorded': AuditRecorded
  'audit.wallet-entry.recorded.dlq': DeadLettered
  'aml.transaction.assessed': TransactionAssessed
  'aml.transaction.assessed.dlq': DeadLettered
  'aml.risk-profile.updated': RiskProfileUpdated
  'aml.risk-profile.updated.dlq': DeadLettered
  'aml.rules.updated': AmlRulesUpdated
  'aml.command': AmlCommand
  'aml.command.dlq': DeadLettered
  'aml.alert.created': AlertChanged
  'aml.alert.created.dlq': DeadLettered
  'aml.alert.updated': AlertChanged
  'aml.alert.updated.dlq': DeadLettered
  'aml.player.updated': AmlPlayerUpdated
  'aml.player.updated.dlq': DeadLettered
  'aml.reply': AmlReplied
  'aml.position': TaskPositioned
  'aml.alert-position': TaskPositioned
  'settlement.command': SettlementCommand
  'settlement.command.dlq': DeadLettered
  'settlement.updated': SettlementUpdated
  'settlement.updated.dlq': DeadLettered
  'settlement.terms.updated': SettlementTermsUpdated
  'settlement.terms.updated.dlq': DeadLettered
  'settlement.reply': SettlementReplied
  'settlement.position': TaskPositioned
}

export type TopicName = keyof TopicValues

/** What the key of a topic's records is; always UTF-8 text. */
export type KeyKind =
  'player' | 'command' | 'task' | 'partner' | 'api-key' | 'webhook' | 'game-provider' | 'rules' | 'settlement'

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
  /** Partitions where they don't follow from the players: one task then sees all keys, and can keep a rule over all of them. */
  partitions?: number
  writtenBy: readonly string[]
  readBy: readonly string[]
}

const DAY_MS = 86_400_000
export const KEEP_FOR_EVER = -1

/** How long a partner's transaction id is remembered; the wallet's index is rebuilt from this much of the log. */
export const IDEMPOTENCY_MS = 120 * DAY_MS

/** Where sinks, as a rule PostgreSQL's alone, put what they could never write of a topic of partner management. */
const sinkDeadLetters = <N extends TopicName>(
  source: N,
  what: string,
  key: KeyKind,
  writtenBy: readonly string[] = ['sink-postgres'],
) => ({
  name: `${source}.dlq` as const,
  title: `Dead letters of the ${what}`,
  description: 'Records that a sink could never write, with their coordinates and bytes.',
  schema: 'dead.letter',
  key,
  cleanupPolicy: 'delete' as const,
  retentionMs: 90 * DAY_MS,
  partitions: 1,
  writtenBy,
  readBy: ['cli'],
})

/** Where those who read a topic about players put what they could never take. */
const amlDeadLetters = <N extends TopicName>(source: N, what: string, writtenBy: readonly string[]) => ({
  name: `${source}.dlq` as const,
  title: `Dead letters of the ${what}`,
  description: 'Records that could never be processed, with their coordinates and bytes.',
  schema: 'dead.letter',
  key: 'player' as const,
  cleanupPolicy: 'delete' as const,
  retentionMs: 90 * DAY_MS,
  writtenBy,
  readBy: ['cli'],
})

const TOPICS: { readonly [N in TopicName]: TopicDefinition & { name: N } } = {
  'wallet.command': {
    name: 'wallet.command',
    title: 'Wallet commands',
    description: 'Requests to change a wallet, in the order in which they are decided.',
    schema: 'wallet.command',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    writtenBy: ['api', 'cli', 'wallet', 'settlement'],
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
    readBy: ['wallet', 'sink-postgres', 'sink-clickhouse', 'sink-webhooks', 'aml'],
  },
  'wallet.transaction.created.dlq': {
    name: 'wallet.transaction.created.dlq',
    title: 'Dead letters of the wallet transactions',
    description: 'Transactions that a sink could never write, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['sink-postgres', 'sink-clickhouse', 'sink-webhooks', 'aml'],
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
  'player.profile.updated': {
    name: 'player.profile.updated',
    title: 'Players',
    description: 'The newest profile of each player; personal data are sealed.',
    schema: 'player.profile.updated',
    key: 'player',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['wallet'],
    readBy: ['wallet', 'sink-postgres', 'screening'],
  },
  'player.profile.updated.dlq': {
    name: 'player.profile.updated.dlq',
    title: 'Dead letters of the players',
    description: 'Profiles that a sink could never write, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['sink-postgres', 'screening'],
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
  'partner.command': {
    name: 'partner.command',
    title: 'Partner commands',
    description:
      'Requests to change partners, their API keys and webhook endpoints, AML rules and game providers, in the order in which they are decided.',
    schema: 'partner.command',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    partitions: 1,
    writtenBy: ['api', 'cli', 'sink-webhooks'],
    readBy: ['partners'],
  },
  'partner.command.dlq': {
    name: 'partner.command.dlq',
    title: 'Dead letters of the partner commands',
    description: 'Commands that can never be processed, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['cli'],
  },
  'partner.profile.updated': {
    name: 'partner.profile.updated',
    title: 'Partners',
    description: 'The newest state of each partner; personal data are sealed.',
    schema: 'partner.profile.updated',
    key: 'partner',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'api', 'sink-postgres', 'sink-clickhouse', 'settlement-worker'],
  },
  'partner.profile.updated.dlq': sinkDeadLetters('partner.profile.updated', 'partners', 'partner', [
    'sink-postgres',
    'sink-clickhouse',
  ]),
  'partner.api-key.updated': {
    name: 'partner.api-key.updated',
    title: 'API keys',
    description: 'The newest state of each API key; of the key itself only a keyed hash.',
    schema: 'partner.api-key.updated',
    key: 'api-key',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'api', 'sink-postgres'],
  },
  'partner.api-key.updated.dlq': sinkDeadLetters('partner.api-key.updated', 'API keys', 'api-key'),
  'partner.api-key.used': {
    name: 'partner.api-key.used',
    title: 'Uses of API keys',
    description: 'When each API key was last used, told now and then by each instance that saw it.',
    schema: 'partner.api-key.used',
    key: 'api-key',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['api'],
    readBy: ['api', 'sink-postgres'],
  },
  'partner.api-key.used.dlq': sinkDeadLetters('partner.api-key.used', 'uses of API keys', 'api-key'),
  'partner.webhook.updated': {
    name: 'partner.webhook.updated',
    title: 'Webhook endpoints',
    description: 'The newest state of each webhook endpoint; its secrets are sealed.',
    schema: 'partner.webhook.updated',
    key: 'webhook',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'api', 'sink-postgres', 'sink-webhooks'],
  },
  'partner.webhook.updated.dlq': sinkDeadLetters('partner.webhook.updated', 'webhook endpoints', 'webhook'),
  'game.provider.updated': {
    name: 'game.provider.updated',
    title: 'Game providers',
    description: 'The newest state of each game provider; its credentials are sealed.',
    schema: 'game.provider.updated',
    key: 'game-provider',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'api', 'sink-postgres'],
  },
  'game.provider.updated.dlq': sinkDeadLetters('game.provider.updated', 'game providers', 'game-provider'),
  'partner.position': {
    name: 'partner.position',
    title: 'Position of the partner task',
    description: 'How far the task has come in partner.command; part of each of its transactions.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners'],
  },
  'audit.entry.recorded': {
    name: 'audit.entry.recorded',
    title: 'Audit trail of partner management',
    description:
      'Every change of partners, their API keys and webhook endpoints, AML rules and game providers that was asked for, refused ones included: who, when, before, after.',
    schema: 'audit.entry.recorded',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'api', 'sink-postgres'],
  },
  'audit.entry.recorded.dlq': sinkDeadLetters('audit.entry.recorded', 'audit trail', 'partner'),
  'audit.wallet-entry.recorded': {
    name: 'audit.wallet-entry.recorded',
    title: 'Audit trail of wallets and players',
    description:
      'Every administrative change of wallets, withdrawals and players that was asked for, refused ones included: who, when, before, after.',
    schema: 'audit.entry.recorded',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['wallet'],
    readBy: ['sink-postgres'],
  },
  'audit.wallet-entry.recorded.dlq': {
    name: 'audit.wallet-entry.recorded.dlq',
    title: 'Dead letters of the audit trail of wallets and players',
    description: 'Entries that a sink could never write, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['sink-postgres'],
    readBy: ['cli'],
  },
  'aml.transaction.assessed': {
    name: 'aml.transaction.assessed',
    title: 'Assessed transactions',
    description:
      'What the AML rules said of every transaction that moved money, and on which numbers; what the rules remember of a player is rebuilt from it.',
    schema: 'aml.transaction.assessed',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml'],
    readBy: ['aml', 'sink-clickhouse'],
  },
  'aml.transaction.assessed.dlq': amlDeadLetters('aml.transaction.assessed', 'assessed transactions', [
    'sink-clickhouse',
  ]),
  'aml.risk-profile.updated': {
    name: 'aml.risk-profile.updated',
    title: 'Risk profiles',
    description: 'The newest risk profile of each player.',
    schema: 'aml.risk-profile.updated',
    key: 'player',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml'],
    readBy: ['sink-postgres'],
  },
  'aml.risk-profile.updated.dlq': amlDeadLetters('aml.risk-profile.updated', 'risk profiles', [
    'sink-postgres',
  ]),
  'aml.rules.updated': {
    name: 'aml.rules.updated',
    title: 'AML rules',
    description: 'Every version of the AML rules, of the platform and of partners.',
    schema: 'aml.rules.updated',
    key: 'rules',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['partners'],
    readBy: ['partners', 'aml', 'screening', 'api', 'cli'],
  },
  'aml.command': {
    name: 'aml.command',
    title: 'AML commands',
    description:
      'What processors found and what people ask that concerns the alerts of a player, in the order in which it is decided.',
    schema: 'aml.command',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    writtenBy: ['aml', 'screening', 'api'],
    readBy: ['aml-alerts'],
  },
  'aml.command.dlq': amlDeadLetters('aml.command', 'AML commands', ['aml-alerts']),
  'aml.alert.created': {
    name: 'aml.alert.created',
    title: 'New alerts',
    description: 'Every alert as it was raised.',
    schema: 'aml.alert',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml-alerts'],
    readBy: ['aml-alerts', 'sink-postgres', 'sink-clickhouse'],
  },
  'aml.alert.created.dlq': amlDeadLetters('aml.alert.created', 'new alerts', [
    'sink-postgres',
    'sink-clickhouse',
  ]),
  'aml.alert.updated': {
    name: 'aml.alert.updated',
    title: 'Changes of alerts',
    description: 'Every change of an alert after it was raised, with the alert as it stands then.',
    schema: 'aml.alert',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml-alerts'],
    readBy: ['aml-alerts', 'sink-postgres', 'sink-clickhouse'],
  },
  'aml.alert.updated.dlq': amlDeadLetters('aml.alert.updated', 'changes of alerts', [
    'sink-postgres',
    'sink-clickhouse',
  ]),
  'aml.player.updated': {
    name: 'aml.player.updated',
    title: 'Standing of players with compliance',
    description:
      'Matches on watchlists, quiet rules and blocked withdrawals: the newest standing of each player.',
    schema: 'aml.player.updated',
    key: 'player',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml-alerts'],
    readBy: ['aml-alerts', 'api', 'sink-postgres'],
  },
  'aml.player.updated.dlq': amlDeadLetters('aml.player.updated', 'standing of players', ['sink-postgres']),
  'aml.reply': {
    name: 'aml.reply',
    title: 'AML replies',
    description:
      'Outcomes of what people asked; every instance of the API reads all of them. Kept, so that the memory of what was answered is rebuilt from them.',
    schema: 'aml.reply',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml-alerts'],
    readBy: ['aml-alerts', 'api'],
  },
  'aml.position': {
    name: 'aml.position',
    title: 'Positions of the AML tasks',
    description:
      'How far each task of the AML rules has come in wallet.transaction.created; part of each of its transactions.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml'],
    readBy: ['aml'],
  },
  'aml.alert-position': {
    name: 'aml.alert-position',
    title: 'Positions of the alert tasks',
    description: 'How far each task of the alerts has come in aml.command; part of each of its transactions.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['aml-alerts'],
    readBy: ['aml-alerts'],
  },
  'settlement.command': {
    name: 'settlement.command',
    title: 'Settlement commands',
    description:
      'Requests to settle partners, and what the worker has counted, in the order in which it is decided.',
    schema: 'settlement.command',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    partitions: 1,
    writtenBy: ['api', 'settlement-worker'],
    readBy: ['settlement'],
  },
  'settlement.command.dlq': {
    name: 'settlement.command.dlq',
    title: 'Dead letters of the settlement commands',
    description: 'Commands that can never be processed, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    partitions: 1,
    writtenBy: ['settlement'],
    readBy: ['cli'],
  },
  'settlement.updated': {
    name: 'settlement.updated',
    title: 'Settlement runs',
    description: 'The newest state of each run, with what it covers, its lines and their hash.',
    schema: 'settlement.updated',
    key: 'settlement',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['settlement'],
    readBy: ['settlement', 'settlement-worker', 'sink-postgres', 'cli'],
  },
  'settlement.updated.dlq': sinkDeadLetters('settlement.updated', 'settlement runs', 'settlement'),
  'settlement.terms.updated': {
    name: 'settlement.terms.updated',
    title: 'Settlement terms',
    description: 'The newest terms by which each partner is settled.',
    schema: 'settlement.terms.updated',
    key: 'partner',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['settlement'],
    readBy: ['settlement', 'settlement-worker', 'sink-postgres'],
  },
  'settlement.terms.updated.dlq': sinkDeadLetters('settlement.terms.updated', 'settlement terms', 'partner'),
  'settlement.reply': {
    name: 'settlement.reply',
    title: 'Settlement replies',
    description:
      'Outcomes of settlement commands and who asked, refused ones too; every instance of the API reads all of them. Kept, so that the memory of what was decided is rebuilt from them.',
    schema: 'settlement.reply',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['settlement'],
    readBy: ['settlement', 'api'],
  },
  'settlement.position': {
    name: 'settlement.position',
    title: 'Position of the settlement task',
    description: 'How far the task has come in settlement.command; part of each of its transactions.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['settlement'],
    readBy: ['settlement'],
  },
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
