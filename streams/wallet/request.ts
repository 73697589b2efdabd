/** A command with the state that bears on it, and the kinds of answer that the rules give. */
import type {
  Player,
  Transaction,
  TransactionStatus,
  WalletCommand,
  WalletCommandData,
} from '../../avro/types.ts'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { walletOf } from './state.ts'
import type { PlayerView, WalletState } from './state.ts'

export interface Request {
  readonly commandId: string
  readonly data: WalletCommandData
  /** Of the command; 0 where it carries none. */
  readonly amount: bigint
  readonly view: PlayerView
  /** The wallet in the command's currency. */
  readonly wallet: WalletState | undefined
  readonly nowMs: number
}

export const requestOf = (command: WalletCommand, view: PlayerView, nowMs: number): Request => ({
  commandId: command.event_id,
  data: command.data,
  amount: command.data.amount ?? 0n,
  view,
  wallet: walletOf(view.player, command.data.currency),
  nowMs,
})

/** An earlier result, as it is repeated. */
export interface OriginalResult {
  readonly transactionId: string
  readonly status: TransactionStatus | null
  readonly newBalance: bigint | null
  readonly errorCode: string | null
  readonly processedAtMs: number
}

export type Decision =
  /** Accepted: the transaction is recorded as an event. */
  | { readonly kind: 'applied'; readonly transaction: Transaction }
  /** Refused, and recorded as a FAILED transaction. */
  | { readonly kind: 'rejected'; readonly transaction: Transaction; readonly code: WalletErrorCode }
  /** Refused without a record: the request names something that is not there, or not in the right state. */
  | {
      readonly kind: 'refused'
      readonly code: WalletErrorCode
      readonly transactionId: string
      readonly status: TransactionStatus | null
    }
  /** Known already: nothing happens. */
  | { readonly kind: 'replayed'; readonly original: OriginalResult }
  /** The wallet's standing changed; no money moved, so there is no transaction. */
  | { readonly kind: 'standing'; readonly wallet: WalletState }
  /** The player's profile changed; it is recorded as it is now. */
  | { readonly kind: 'profile'; readonly player: Player }

export const replay = (original: OriginalResult): Decision => ({ kind: 'replayed', original })

export const refuse = (
  code: WalletErrorCode,
  transactionId: string,
  status: TransactionStatus | null = null,
): Decision => ({ kind: 'refused', code, transactionId, status })
