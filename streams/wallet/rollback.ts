/** Rollbacks of bets. */
import type { WalletErrorCode } from '../../domain/errors.ts'
import { hasRoomFor, move } from './ledger.ts'
import { replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallRound, recallTransaction } from './state.ts'
import type { RollbackMark, TransactionResult } from './state.ts'
import { accept, recordTombstone, reject } from './transaction.ts'

const replayMark = (mark: RollbackMark): Decision =>
  replay({
    transactionId: mark.transactionId,
    status: 'COMPLETED',
    newBalance: mark.newBalance,
    errorCode: null,
    processedAtMs: mark.processedAtMs,
  })

/** A win that names the bet settles it; a win that names the round settles all bets before it. */
function isSettled(bet: TransactionResult, { view, nowMs }: Request): boolean {
  if (bet.settled) return true
  const round = bet.roundId === null ? undefined : recallRound(view.round(bet.roundId), nowMs)
  const stake = round?.stakes.find(({ currency }) => currency === bet.currency)
  return stake !== undefined && stake.settledVersion > bet.version
}

function faultOf(named: TransactionResult, request: Request): WalletErrorCode | undefined {
  if (named.type !== 'BET') return 'ROLLBACK_NOT_SUPPORTED'
  if (named.status === 'FAILED' || named.status === 'CANCELED') return 'PARENT_FAILED'
  if (named.currency !== request.data.currency) return 'CURRENCY_MISMATCH'
  // Whether there is anything to give back is for its provider to say first.
  if (named.status === 'PENDING') return 'BET_PENDING'
  return isSettled(named, request) ? 'BET_ALREADY_SETTLED' : undefined
}

/**
 * Gives a bet back, once, whatever the rollback's own id: a second rollback gets the first one's result. One that comes
 * before its bet leaves a tombstone. Neither a frozen wallet nor a closed round stands in its way.
 */
export function decideRollback(request: Request): Decision {
  const { data, view, wallet, nowMs } = request
  const reference = data.reference_transaction_id_partner ?? ''
  const named = recallTransaction(view.transaction(reference), nowMs)
  if (named?.rollback !== undefined) return replayMark(named.rollback)
  if (named?.result === undefined) return recordTombstone(request)
  const bet = named.result
  const fault = faultOf(bet, request)
  if (fault !== undefined) return reject(request, 'ROLLBACK', fault, bet)
  if (wallet === undefined) return reject(request, 'ROLLBACK', 'WALLET_NOT_FOUND', bet)
  const { amount } = bet
  if (!hasRoomFor(wallet, amount)) return reject(request, 'ROLLBACK', 'BALANCE_LIMIT_EXCEEDED', bet)
  const entries = move('HOUSE', 'PLAYER', amount)
  return accept(request, wallet, { type: 'ROLLBACK', status: 'COMPLETED', amount, entries, bet })
}
