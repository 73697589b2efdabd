// Generated from the .avsc files by avro/generate.ts; edit those.

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

/** The first seven move money; the others step a withdrawal or change a wallet's standing. */
export type CommandType = 'DEPOSIT' | 'WITHDRAWAL' | 'BET' | 'WIN' | 'ROLLBACK' | 'ADJUSTMENT' | 'COMMISSION' | 'WITHDRAWAL_APPROVE' | 'WITHDRAWAL_DECLINE' | 'WITHDRAWAL_COMPLETE' | 'WITHDRAWAL_FAIL' | 'WITHDRAWAL_EXPIRE' | 'WALLET_FREEZE' | 'WALLET_UNFREEZE' | 'AML_HOLD' | 'AML_RELEASE'

/** CREDIT raises the player's balance, DEBIT lowers it. */
export type Direction = 'CREDIT' | 'DEBIT'

/** All but STANDARD count as bonus cost, not as game revenue. */
export type WinType = 'STANDARD' | 'FREE_ROUND' | 'PROMOTIONAL' | 'BONUS' | 'JACKPOT' | 'TOURNAMENT'

export interface WalletCommandData {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** What is asked. */
  type: CommandType
  /** ISO 4217 code of the wallet. */
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
  /** The wallet's version now; 0 where there is no wallet. */
  version: number
  /** When the (original) transaction was processed. */
  processed_at: number
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
