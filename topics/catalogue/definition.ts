/** What the catalogue says of a topic, and the names and values of all of them. */
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
  GameBetUpdated,
  GameCall,
  GameCommand,
  GameProviderUpdated,
  GameUpdated,
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
} from '../../avro/types.ts'

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
  'game.updated': GameUpdated
  'game.updated.dlq': DeadLettered
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
  'audit.aml-entry.recorded': AuditRecorded
  'audit.aml-entry.recorded.dlq': DeadLettered
  'audit.operation-entry.recorded': AuditRecorded
  'audit.operation-entry.recorded.dlq': DeadLettered
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
  'game.command': GameCommand
  'game.command.dlq': DeadLettered
  'game.bet.updated': GameBetUpdated
  'game.call': GameCall
  'game.position': TaskPositioned
}

export type TopicName = keyof TopicValues

/** What the key of a topic's records is; always UTF-8 text. */
export type KeyKind =
  | 'player'
  | 'command'
  | 'task'
  | 'partner'
  | 'api-key'
  | 'webhook'
  | 'game-provider'
  | 'game'
  | 'rules'
  | 'settlement'

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

export const DAY_MS = 86_400_000
export const KEEP_FOR_EVER = -1

/** How long a partner's transaction id is remembered; the wallet's index is rebuilt from this much of the log. */
export const IDEMPOTENCY_MS = 120 * DAY_MS

/** Where sinks, as a rule PostgreSQL's alone, put what they could never write of a topic of partner management. */
export const sinkDeadLetters = <N extends TopicName>(
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
export const amlDeadLetters = <N extends TopicName>(
  source: N,
  what: string,
  writtenBy: readonly string[],
) => ({
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

/** Some of the catalogue. */
export type Topics = { readonly [N in TopicName]: TopicDefinition & { name: N } }
