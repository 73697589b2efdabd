/** What is answered to whoever sent a command. */
import type {
  CommandOutcome,
  CommandType,
  Transaction,
  WalletCommand,
  WalletReply,
  WalletReplyData,
} from '../../avro/types.ts'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { isHeldBet } from './game-command.ts'
import type { Decision } from './request.ts'
import { walletOf } from './state.ts'
import type { PlayerView, WalletState } from './state.ts'

/** What an answer says of the transaction; the present balances stand beside it. */
type Outcome = Pick<
  WalletReplyData,
  'outcome' | 'error_code' | 'transaction_id' | 'status' | 'new_balance' | 'processed_at'
>

function outcomeOf(command: WalletCommand, decision: Decision, wallet: WalletState | undefined): Outcome {
  const { event_id: commandId, timestamp: nowMs } = command
  const balance = wallet?.balance ?? null
  switch (decision.kind) {
    case 'applied':
      return appliedOutcome(command, decision.transaction)
    case 'rejected':
      return transactionOutcome('REJECTED', decision.code, decision.transaction)
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
        processed_at: nowMs,
      }
    case 'standing':
    case 'profile':
      return {
        outcome: 'APPLIED',
        error_code: null,
        transaction_id: commandId,
        status: null,
        new_balance: balance,
        processed_at: nowMs,
      }
  }
}

const transactionOutcome = (
  outcome: CommandOutcome,
  errorCode: WalletErrorCode | null,
  transaction: Transaction,
): Outcome => ({
  outcome,
  error_code: errorCode,
  transaction_id: transaction.transaction_id,
  status: transaction.status,
  new_balance: transaction.balance_after,
  processed_at: transaction.processed_at,
})

/** To whoever placed a bet its end with the money back is a refusal; the step itself was carried out. */
const appliedOutcome = ({ data }: WalletCommand, transaction: Transaction): Outcome =>
  isBetStep(data.type) && transaction.status === 'CANCELED'
    ? { ...transactionOutcome('REJECTED', null, transaction), error_code: transaction.error_code }
    : transactionOutcome('APPLIED', null, transaction)

const isBetStep = (type: CommandType): boolean =>
  type === 'BET_CONFIRM' || type === 'BET_REFUSE' || type === 'BET_CANCEL' || type === 'BET_EXPIRE'

/** A held bet is answered when it is confirmed or given back, not before. */
export const isAnsweredLater = (decision: Decision): boolean =>
  decision.kind === 'applied' && isHeldBet(decision.transaction)

/** True of a rollback that left a tombstone, now or before; no longer once its bet has come and was refused. */
function isBetUnknown({ data }: WalletCommand, view: PlayerView): boolean {
  if (data.type !== 'ROLLBACK' || data.reference_transaction_id_partner === null) return false
  const named = view.transaction(data.reference_transaction_id_partner)
  return named?.rollback !== undefined && named.result === undefined
}

/**
 * The end of a held bet is answered to whoever placed it.
 * @param view the state after the decision
 */
export function replyTo(command: WalletCommand, decision: Decision, view: PlayerView): WalletReply {
  const { data } = command
  const { player } = view
  const wallet = walletOf(player, data.currency)
  const profile = data.type === 'PLAYER_UPDATE' ? player.profile : undefined
  const outcome = outcomeOf(command, decision, wallet)
  return {
    event_id: command.event_id,
    event_type: 'command.decided',
    timestamp: command.timestamp,
    data: {
      command_id: isBetStep(data.type) ? (data.transaction_id ?? command.event_id) : command.event_id,
      outcome: outcome.outcome,
      error_code: outcome.error_code,
      transaction_id: outcome.transaction_id,
      player_id: data.player_id,
      currency: data.currency,
      status: outcome.status,
      new_balance: outcome.new_balance,
      balance: wallet?.balance ?? null,
      held: wallet?.held ?? null,
      version: (profile ?? wallet)?.version ?? 0,
      processed_at: outcome.processed_at,
      self_excluded_from: profile?.exclusion?.fromMs ?? null,
      bet_unknown: isBetUnknown(command, view),
    },
  }
}
