/** What clients asked for and what they were told: the record that is held against the log afterwards. */

export type MovementType = 'DEPOSIT' | 'BET' | 'WIN' | 'ROLLBACK' | 'WITHDRAWAL'

/** What a client knows when it stops asking. */
export type Outcome =
  /** 200: the movement happened, and left this balance (units of 1/10000) under this version. */
  | { kind: 'acknowledged'; transactionId: string; newBalance: bigint | null }
  /** 4xx of the wallet's: it did not happen. */
  | { kind: 'rejected'; code: string }
  /** 503 on every try: it never got as far as Kafka. */
  | { kind: 'refused' }
  /** No answer, or one that leaves it open. */
  | { kind: 'unknown' }

/** One movement under one id, however often it was sent. */
export interface Operation {
  transactionIdPartner: string
  playerId: string
  type: MovementType
  /** Times of the first sending and of the answer that decided, in milliseconds of one clock. */
  invokedAtMs: number
  endedAtMs: number
  /** A try was left without an answer that proves anything: it may be decided behind one that was answered. */
  leftOpen: boolean
  /** An answer said that the command is stored and will be decided. */
  stored: boolean
  outcome: Outcome
}
