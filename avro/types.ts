// Generated from the .avsc files by avro/generate.ts; edit those.

/** How it ended. */
export type AuditOutcome = 'APPLIED' | 'REFUSED'

/** Who asked for a change. */
export interface Actor {
  /** Id of the key that asked. */
  key_id: string
  /** The partner whose key it was; null for the platform's own. */
  partner_id: string | null
  /** Where the request came from. */
  ip_address: string | null
  /** Request id of the HTTP call. */
  request_id: string | null
}

export interface AuditEntry {
  /** What was asked, e.g. ROTATE_KEY. */
  action: string
  /** How it ended. */
  outcome: AuditOutcome
  /** Why it was refused: a code of the error catalogue. */
  error_code: string | null
  /** Who asked. */
  actor: Actor
  /** The partner that it concerns. */
  partner_id: string
  /** What was to be changed: partner, api_key, webhook, wallet, withdrawal or player. */
  subject_type: string
  /** Its id; of a player, one that follows from partner and player. */
  subject_id: string
  /** The subject before, as JSON; personal data sealed, no secrets. */
  before: string | null
  /** The subject after, as JSON; personal data sealed, no secrets. */
  after: string | null
  /** The subject's version after. */
  version: number | null
  /** When it was asked for (epoch milliseconds, UTC). */
  requested_at: number
  /** The player that it concerns, where it concerns one. */
  player_id: string | null
  /** Why it was asked for, in the words of whoever asked. */
  reason: string | null
}

/** An administrative change that was asked for, and what came of it. event_id is the command's id. */
export interface AuditRecorded {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AuditEntry
}

export interface DeadLetter {
  /** The processor that could not read the record. */
  processor: string
  /** Code of the error catalogue. */
  error_code: string
  /** What is wrong with the record. */
  reason: string
  /** Topic of the record. */
  source_topic: string
  /** Partition of the record. */
  source_partition: number
  /** Offset of the record. */
  source_offset: number
  /** Kafka time stamp of the record. */
  source_timestamp: number
  /** Key as it was. */
  record_key: Buffer | null
  /** Value as it was. */
  record_value: Buffer | null
  /** Headers as they were. */
  record_headers: Record<string, Buffer>
}

/** A record that can never be processed, with its coordinates and its bytes. */
export interface DeadLettered {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: DeadLetter
}

/** Whether a key opens anything. */
export type ApiKeyStatus = 'active' | 'inactive'

export interface ApiKey {
  /** The key's id; not secret. */
  key_id: string
  /** Beginning of the key, unique, by which it is found: sk_live_ or sk_test_ and eight characters. */
  key_prefix: string
  /** HMAC-SHA-256 of the whole key under the platform's pepper, in base64. */
  key_hash: string
  /** What its owner calls it. */
  name: string | null
  /** What the key allows, e.g. wallet:write. */
  scopes: string[]
  /** From when on it no longer opens anything (epoch milliseconds, UTC). */
  expires_at: number | null
  /** The partner whose key it is. */
  partner_id: string
  /** Whether the key opens anything. */
  status: ApiKeyStatus
  /** The key that takes its place after a rotation. */
  replaced_by: string | null
  /** Rises by one with each change. */
  version: number
  /** When the key was issued (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of an API key. */
export interface ApiKeyUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: ApiKey
}

export interface ApiKeyUse {
  /** The key. */
  key_id: string
  /** The partner whose key it is. */
  partner_id: string
  /** Its last use that this message knows of (epoch milliseconds, UTC). */
  last_used_at: number
}

/** When an API key was last used, told now and then. */
export interface ApiKeyUsed {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: ApiKeyUse
}

/** What is asked. */
export type PartnerAction = 'CREATE_PARTNER' | 'UPDATE_PARTNER' | 'ISSUE_KEY' | 'ROTATE_KEY' | 'DEACTIVATE_KEY' | 'CREATE_WEBHOOK' | 'UPDATE_WEBHOOK' | 'ROTATE_WEBHOOK_SECRET' | 'DELETE_WEBHOOK' | 'RESEND_DELIVERY' | 'REPLAY_DELIVERIES' | 'RESEAL_WEBHOOK_SECRETS'

/** What a partner is to the platform. */
export type PartnerType = 'operator' | 'aggregator' | 'affiliate'

/** Whether a partner may call: a suspended or inactive one may not. */
export type PartnerStatus = 'active' | 'inactive' | 'suspended'

/** A commission rate and from when on it is in force. */
export interface CommissionRate {
  /** Share of the gross gaming revenue, 0 to 1 (NUMERIC(5,4)). */
  rate: bigint
  /** From when on the rate is in force (epoch milliseconds, UTC); until the next one. */
  effective_from: number
}

/** The limit under which a withdrawal needs no approval. */
export interface AutoApproval {
  /** ISO 4217 code. */
  currency: string
  /** Withdrawals up to this amount are approved at once. */
  amount: bigint
}

/** How often a partner may call. */
export interface RateLimit {
  /** Class of routes: wallet, read, admin. */
  endpoint_class: string
  /** Requests in any 60 seconds. */
  per_minute: number
}

/** What a partner has chosen, or was given. */
export interface PartnerSettings {
  /** Networks (CIDR, IPv4 and IPv6) that the partner may call from; none: from anywhere. */
  allowed_ips: string[]
  /** Limits of withdrawals that are approved at once, by currency. */
  auto_approvals: AutoApproval[]
  /** Rate limits that take the place of the platform's own. */
  rate_limits: RateLimit[]
  /** Where results that come later are sent. */
  webhook_url: string | null
}

/** All of a partner that a command can say. */
export interface PartnerProfile {
  /** The partner's name. */
  name: string
  /** What the partner is to the platform. */
  type: PartnerType
  /** Whether the partner may call. */
  status: PartnerStatus
  /** Rates in the order in which they come into force. */
  commission_rates: CommissionRate[]
  /** Sealed address of the contact. */
  contact_email: string | null
  /** Keyed hash of the address in lower case, by which it is unique. */
  contact_email_hash: string | null
  /** Sealed business registration number. */
  registration_number: string | null
  /** Sealed postal address. */
  address: string | null
  /** What the partner has chosen, or was given. */
  settings: PartnerSettings
}

/** A key to be issued; the key itself is never here. */
export interface NewApiKey {
  /** The key's id; not secret. */
  key_id: string
  /** Beginning of the key, unique, by which it is found: sk_live_ or sk_test_ and eight characters. */
  key_prefix: string
  /** HMAC-SHA-256 of the whole key under the platform's pepper, in base64. */
  key_hash: string
  /** What its owner calls it. */
  name: string | null
  /** What the key allows, e.g. wallet:write. */
  scopes: string[]
  /** From when on it no longer opens anything (epoch milliseconds, UTC). */
  expires_at: number | null
}

/** Whether a webhook endpoint is sent anything. */
export type WebhookStatus = 'active' | 'disabled' | 'deleted'

/** All of a webhook endpoint that a command can say. */
export interface WebhookSettings {
  /** Where events are sent. */
  url: string
  /** Types of events that are sent, e.g. transaction.created; none: all. */
  event_types: string[]
  /** What its owner calls it. */
  description: string | null
  /** Whether it is sent anything. */
  status: WebhookStatus
  /** Why it is disabled. */
  disabled_reason: string | null
}

export interface PartnerCommandData {
  /** What is asked. */
  action: PartnerAction
  /** The partner that it concerns. */
  partner_id: string
  /** Who asks. */
  actor: Actor
  /** UPDATE_PARTNER and UPDATE_WEBHOOK: the version that the change was made on. */
  expected_version: number | null
  /** CREATE_PARTNER and UPDATE_PARTNER: the whole profile as it shall be. */
  profile: PartnerProfile | null
  /** ISSUE_KEY and ROTATE_KEY: the new key. */
  key: NewApiKey | null
  /** ROTATE_KEY and DEACTIVATE_KEY: the key that it concerns. */
  key_id: string | null
  /** ROTATE_KEY: until when the old key still works (epoch milliseconds, UTC). */
  old_key_expires_at: number | null
  /** The webhook endpoint that it concerns. */
  webhook_id: string | null
  /** CREATE_WEBHOOK and UPDATE_WEBHOOK: the endpoint as it shall be. */
  webhook: WebhookSettings | null
  /** CREATE_WEBHOOK and ROTATE_WEBHOOK_SECRET: the new secret, sealed. */
  webhook_secret: string | null
  /** ROTATE_WEBHOOK_SECRET: until when the old secret still signs (epoch milliseconds, UTC). */
  old_secret_expires_at: number | null
  /** RESEND_DELIVERY: the delivery that is sent again. */
  delivery_id: string | null
  /** REPLAY_DELIVERIES: from which event on they are sent again (epoch milliseconds, UTC). */
  replay_from: number | null
  /** RESEAL_WEBHOOK_SECRETS: the secrets of the endpoint in their order, sealed anew. */
  webhook_secrets: string[]
}

/** A request to change a partner, one of its API keys or one of its webhook endpoints. event_id is the command's id. */
export interface PartnerCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: PartnerCommandData
}

export interface Partner {
  /** The partner. */
  partner_id: string
  /** The partner's name. */
  name: string
  /** What the partner is to the platform. */
  type: PartnerType
  /** Whether the partner may call. */
  status: PartnerStatus
  /** Rates in the order in which they come into force. */
  commission_rates: CommissionRate[]
  /** Sealed address of the contact. */
  contact_email: string | null
  /** Keyed hash of the address in lower case, by which it is unique. */
  contact_email_hash: string | null
  /** Sealed business registration number. */
  registration_number: string | null
  /** Sealed postal address. */
  address: string | null
  /** What the partner has chosen, or was given. */
  settings: PartnerSettings
  /** Rises by one with each change. */
  version: number
  /** When the partner was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a partner. */
export interface PartnerUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Partner
}

/** A secret that deliveries are signed with. */
export interface WebhookSecret {
  /** The secret, sealed. */
  sealed: string
  /** When it was made (epoch milliseconds, UTC). */
  created_at: number
  /** From when on it signs no more (epoch milliseconds, UTC). */
  expires_at: number | null
}

export interface Webhook {
  /** The endpoint's id. */
  webhook_id: string
  /** The partner whose endpoint it is. */
  partner_id: string
  /** Where events are sent. */
  url: string
  /** Types of events that are sent, e.g. transaction.created; none: all. */
  event_types: string[]
  /** What its owner calls it. */
  description: string | null
  /** Whether it is sent anything. */
  status: WebhookStatus
  /** Why it is disabled. */
  disabled_reason: string | null
  /** What deliveries are signed with, the newest first; none where it is deleted. */
  secrets: WebhookSecret[]
  /** Rises by one with each change. */
  version: number
  /** When the endpoint was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a webhook endpoint. */
export interface WebhookUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Webhook
}

/** A span of time in which the player asked not to be let play. */
export interface SelfExclusion {
  /** From when on bets and deposits are refused. */
  from: number
  /** When they land again; null where that is never. */
  until: number | null
}

/** What a player's limit is on: what he pays in, stakes, or loses. */
export type LimitKind = 'DEPOSIT' | 'BET' | 'LOSS'

/** The time over which a player's limit counts. */
export type LimitPeriod = 'DAY' | 'WEEK' | 'MONTH'

/** A limit that the player has set for himself. */
export interface PlayerLimit {
  /** What is limited. */
  kind: LimitKind
  /** The time over which it counts. */
  period: LimitPeriod
  /** ISO 4217 code of the amount. */
  currency: string
  /** The most that it may come to. */
  amount: bigint
}

export interface Player {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** ISO 3166-1 alpha-2 code of where the player lives. */
  country: string | null
  /** The player's name, sealed. */
  name: string | null
  /** Date of birth (YYYY-MM-DD), sealed. */
  date_of_birth: string | null
  /** The player's self-exclusion, be it ahead, in force or over; null where there is none. */
  self_exclusion: SelfExclusion | null
  /** The player's limits, one per kind, period and currency. The wallet keeps them and does not enforce them. */
  limits: PlayerLimit[]
  /** Rises by one per change, from 1 on. */
  version: number
  /** When it was last changed, by the command's time. */
  updated_at: number
  /** The command that changed it last. */
  command_id: string
}

/** The newest profile of a player. */
export interface PlayerUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Player
}

export interface TaskPosition {
  /** The processor. */
  processor: string
  /** The topic that it reads. */
  input_topic: string
  /** The partition that it reads. */
  input_partition: number
  /** Offset of the first input record that is not yet processed. */
  next_offset: number
  /** Offset of the first input record of which something is still to be sent, such as a snapshot; null where nothing is. */
  owed_from: number | null
}

/** How far a task has come in its input, written in each of its transactions. */
export interface TaskPositioned {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: TaskPosition
}

export type WalletStatus = 'active' | 'frozen'

export interface WalletBalance {
  /** The wallet. */
  wallet_id: string
  /** ISO 4217 code. */
  currency: string
  /** Spendable balance. */
  balance: bigint
  /** Funds held for open withdrawals. */
  held: bigint
  /** Standing of the wallet. */
  status: WalletStatus
  /** True while withdrawals wait for compliance. */
  aml_hold: boolean
  /** Rises by one per change. */
  version: number
  /** When the wallet was opened. */
  created_at: number
  /** When it last changed. */
  updated_at: number
}

export interface PlayerBalance {
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** All wallets of the player, one per currency. */
  wallets: WalletBalance[]
}

/** The state of all wallets of a player; the newest record of a key is the truth. */
export interface BalanceUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: PlayerBalance
}

/** The first seven move money; the others step a withdrawal, change a wallet's standing or a player's profile. */
export type CommandType = 'DEPOSIT' | 'WITHDRAWAL' | 'BET' | 'WIN' | 'ROLLBACK' | 'ADJUSTMENT' | 'COMMISSION' | 'WITHDRAWAL_APPROVE' | 'WITHDRAWAL_DECLINE' | 'WITHDRAWAL_COMPLETE' | 'WITHDRAWAL_FAIL' | 'WITHDRAWAL_EXPIRE' | 'WALLET_FREEZE' | 'WALLET_UNFREEZE' | 'AML_HOLD' | 'AML_RELEASE' | 'PLAYER_UPDATE'

/** CREDIT raises the player's balance, DEBIT lowers it. */
export type Direction = 'CREDIT' | 'DEBIT'

/** All but STANDARD count as bonus cost, not as game revenue. */
export type WinType = 'STANDARD' | 'FREE_ROUND' | 'PROMOTIONAL' | 'BONUS' | 'JACKPOT' | 'TOURNAMENT'

/** What a partner says of a player, as a whole: what is not there is taken away. */
export interface PlayerSettings {
  /** ISO 3166-1 alpha-2 code of where the player lives. */
  country: string | null
  /** The player's name, sealed. */
  name: string | null
  /** Date of birth (YYYY-MM-DD), sealed. */
  date_of_birth: string | null
  /** The player's self-exclusion, be it ahead, in force or over; null where there is none. */
  self_exclusion: SelfExclusion | null
  /** The player's limits, one per kind, period and currency. The wallet keeps them and does not enforce them. */
  limits: PlayerLimit[]
}

export interface WalletCommandData {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** What is asked. */
  type: CommandType
  /** ISO 4217 code of the wallet; XXX (no currency) for a PLAYER_UPDATE. */
  currency: string
  /** Amount of money, positive (0 only for a WIN that closes a round or a free-round BET). */
  amount: bigint | null
  /** Of an ADJUSTMENT or COMMISSION. */
  direction: Direction | null
  /** The game. */
  game_id: string | null
  /** The game round. */
  round_id: string | null
  /** The campaign of a free round or promotion. */
  campaign_id: string | null
  /** The partner's own id of the movement; unique per partner and player, remembered 120 days. */
  transaction_id_partner: string | null
  /** The partner's id of the bet that a win or rollback concerns. */
  reference_transaction_id_partner: string | null
  /** The withdrawal that a WITHDRAWAL_* step concerns. */
  transaction_id: string | null
  /** Of a WIN. */
  win_type: WinType | null
  /** True where a WIN closes its round. */
  round_closed: boolean
  /** True where the partner's limit lets a WITHDRAWAL be approved at once. */
  auto_approve: boolean
  /** When the hold of a WITHDRAWAL ends if nobody confirms it. */
  hold_expires_at: number | null
  /** Why a step or a change of standing was asked. */
  reason: string | null
  /** Event time: when it happened at the partner (epoch milliseconds, UTC). */
  created_at: number
  /** Address of the player's request. */
  ip_address: string | null
  /** User agent of the player's request. */
  user_agent: string | null
  /** ISO 3166-1 alpha-2 country of the player's request. */
  country: string | null
  /** Free JSON object of the partner, as text. */
  metadata: string | null
  /** Partition of wallet.reply that waits for the outcome. */
  reply_to: number | null
  /** Of a PLAYER_UPDATE. */
  player: PlayerSettings | null
  /** Who asked, where an administrative change is asked for: it goes to the audit trail. */
  actor: Actor | null
  /** PLAYER_UPDATE: the version of the profile that it was made on, 0 where there was none; null: whatever it is. */
  expected_version: number | null
}

/** A request to change a wallet. event_id is the command's id and becomes the transaction's id. */
export interface WalletCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: WalletCommandData
}

/** REPLAYED: the id was known, the original result is repeated and nothing moved. REJECTED: refused, see error_code. */
export type CommandOutcome = 'APPLIED' | 'REPLAYED' | 'REJECTED'

export type TransactionStatus = 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELED'

export interface WalletReplyData {
  /** The command that is answered. */
  command_id: string
  /** How it ended. */
  outcome: CommandOutcome
  /** Code of the error catalogue: of a rejection, or of the original result that is repeated. */
  error_code: string | null
  /** The transaction: the command's own, or the original one. */
  transaction_id: string
  /** The player. */
  player_id: string
  /** ISO 4217 code. */
  currency: string
  /** Status of the transaction; null for a change of standing. */
  status: TransactionStatus | null
  /** Spendable balance right after the (original) transaction; null where there is no wallet. */
  new_balance: bigint | null
  /** Spendable balance now. */
  balance: bigint | null
  /** Held funds now. */
  held: bigint | null
  /** The wallet's version now; 0 where there is no wallet. Of a PLAYER_UPDATE: the profile's. */
  version: number
  /** When the (original) transaction was processed. */
  processed_at: number
  /** Of a PLAYER_UPDATE: when the self-exclusion in the profile begins, which may be earlier than was asked. */
  self_excluded_from: number | null
}

/** The outcome of a command, sent in the same Kafka transaction as its effects. */
export interface WalletReply {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: WalletReplyData
}

export type TransactionType = 'DEPOSIT' | 'WITHDRAWAL' | 'BET' | 'WIN' | 'ROLLBACK' | 'ADJUSTMENT' | 'COMMISSION'

export type LedgerAccount = 'PLAYER' | 'PLAYER_HELD' | 'HOUSE' | 'BONUS' | 'CASH' | 'COMMISSION' | 'ADJUSTMENT'

/** One side of a movement. The entries of a transaction event sum to zero. */
export interface LedgerEntry {
  /** PLAYER and PLAYER_HELD are the wallet's balance and held funds; the others are the platform's. */
  account: LedgerAccount
  /** Signed: positive raises the account. */
  amount: bigint
}

export interface Transaction {
  /** The platform's id of the transaction. */
  transaction_id: string
  /** The command that caused this event. */
  command_id: string
  /** The wallet (UUIDv5 of partner, player and currency). */
  wallet_id: string
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** Kind of movement. */
  type: TransactionType
  /** State after this event. */
  status: TransactionStatus
  /** Amount, never negative; direction follows from type, or from direction. */
  amount: bigint
  /** ISO 4217 code. */
  currency: string
  /** Of an ADJUSTMENT or COMMISSION. */
  direction: Direction | null
  /** Spendable balance before; null where there is no wallet. */
  balance_before: bigint | null
  /** Spendable balance after; null where there is no wallet. */
  balance_after: bigint | null
  /** Held funds after; null where there is no wallet. */
  held_after: bigint | null
  /** The wallet's version after this event; 0 where there is no wallet. */
  version: number
  /** The game. */
  game_id: string | null
  /** The game round. */
  round_id: string | null
  /** The campaign of a free round or promotion. */
  campaign_id: string | null
  /** The partner's own id of the movement; unique per partner and player, remembered 120 days. */
  transaction_id_partner: string | null
  /** The partner's id of the bet that a win or rollback concerns. */
  reference_transaction_id_partner: string | null
  /** The platform's id of the bet that a win or rollback concerns. */
  reference_transaction_id: string | null
  /** Of a WIN. */
  win_type: WinType | null
  /** True where the round is closed by this event. */
  round_closed: boolean
  /** End of a withdrawal's hold. */
  hold_expires_at: number | null
  /** Why a FAILED or CANCELED transaction ended so; a code of the error catalogue or the reason of the step. */
  error_code: string | null
  /** True for a rejection that is not remembered: the same id may succeed later. */
  retryable: boolean
  /** Why the step was asked, where given. */
  reason: string | null
  /** Ledger entries of this event; empty where no money moved. */
  entries: LedgerEntry[]
  /** Event time of the transaction: when it happened at the partner. */
  created_at: number
  /** When the platform accepted the command that caused this event. */
  processed_at: number
  /** Address of the player's request. */
  ip_address: string | null
  /** User agent of the player's request. */
  user_agent: string | null
  /** ISO 3166-1 alpha-2 country of the player's request. */
  country: string | null
  /** Free JSON object of the partner, as text. */
  metadata: string | null
}

/** A transaction came into being (transaction.created) or changed its status (transaction.updated). */
export interface TransactionCreated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Transaction
}
