/** What is answered to whoever sent a command. */
import type { WalletCommand, WalletReply, WalletReplyData } from '../../avro/types.ts'
import type { Decision } from './request.ts'
import { walletOf } from './state.ts'
import type { PlayerState, WalletState } from './state.ts'

/** What the answer says of the transaction; the present balances stand beside it. */
type Outcome = Pick<
  WalletReplyData,
  'outcome' | 'error_code' | 'transaction_id' | 'status' | 'new_balance' | 'processed_at'
>

function outcomeOf(command: WalletCommand, decision: Decision, wallet: WalletState | undefined): Outcome {
  const balance = wallet?.balance ?? null
  switch (decision.kind) {
    case 'applied':
    case 'rejected':
      return {
        outcome: decision.kind === 'applied' ? 'APPLIED' : 'REJECTED',
        error_code: decision.kind === 'applied' ? null : decision.code,
        transaction_id: decision.transaction.transaction_id,
        status: decision.transaction.status,
        new_balance: decision.transaction.balance_after,
        processed_at: decision.transaction.processed_at,
      }
    case 'replayed':
      return {
        outcome: 'REPLAYED',
        error_code: decision.original.errorCode,
        transaction_id: decision.original.transactionId,
        status: decision.original.status,
        new_balance: decision.original.newBalance,
        processed_at: decision.original.processedAtMs,
      }
    case 'refused':
      return {
        outcome: 'REJECTED',
        error_code: decision.code,
        transaction_id: decision.transactionId,
        status: decision.status,
        new_balance: balance,
        processed_at: command.timestamp,
      }
    case 'standing':
      return {
        outcome: 'APPLIED',
        error_code: null,
        transaction_id: command.event_id,
        status: null,
        new_balance: balance,
        processed_at: command.timestamp,
      }
  }
}

/** @param player the state after the decision */
export function replyTo(command: WalletCommand, decision: Decision, player: PlayerState): WalletReply {
  const { data } = command
  const wallet = walletOf(player, data.currency)
  return {
    event_id: command.event_id,
    event_type: 'command.decided',
    timestamp: command.timestamp,
    data: {
      command_id: command.event_id,
      player_id: data.player_id,
      currency: data.currency,
      ...outcomeOf(command, decision, wallet),
      balance: wallet?.balance ?? null,
      held: wallet?.held ?? null,
      version: wallet?.version ?? 0,
    },
  }
}
