/** Wins. */
import type { WalletErrorCode } from '../../domain/errors.ts'
import { hasRoomFor, move } from './ledger.ts'
import type { Decision, Request } from './request.ts'
import { recallRound, recallTransaction } from './state.ts'
import type { RoundState, TransactionResult, TransactionState } from './state.ts'
import { accept, reject } from './transaction.ts'

/** What stands behind a win: its bet where it names one, and the round that it belongs to. */
interface Footing {
  readonly named: TransactionState | undefined
  readonly bet: TransactionResult | undefined
  readonly round: RoundState | undefined
}

/** The applied bet under an id, if that is what the id stands for. */
export const appliedBetOf = (
  state: TransactionState | undefined,
  currency: string,
): TransactionResult | undefined => {
  const result = state?.result
  return result?.type === 'BET' &&
    result.status === 'COMPLETED' &&
    state?.rollback === undefined &&
    result.currency === currency
    ? result
    : undefined
}

function footingOf({ data, view, nowMs }: Request): Footing {
  const reference = data.reference_transaction_id_partner
  const named = reference === null ? undefined : recallTransaction(view.transaction(reference), nowMs)
  const bet = appliedBetOf(named, data.currency)
  const roundId = data.round_id ?? bet?.roundId ?? null
  const round = roundId === null ? undefined : recallRound(view.round(roundId), nowMs)
  return { named, bet, round }
}

/** Why the bet that a win names can't carry it. */
function faultOfNamed({ named, bet }: Footing): WalletErrorCode | undefined {
  if (bet !== undefined) return undefined
  if (named?.rollback !== undefined) return 'TRANSACTION_ROLLED_BACK'
  if (named?.result?.type !== 'BET') return 'BET_NOT_FOUND'
  if (named.result.status === 'PENDING') return 'BET_PENDING'
  return named.result.status === 'COMPLETED' ? 'CURRENCY_MISMATCH' : 'PARENT_FAILED'
}

/** Why the bets of a round can't carry a win that names none of them. */
function faultOfRound({ round }: Footing, currency: string): WalletErrorCode | undefined {
  const stake = round?.stakes.find((candidate) => candidate.currency === currency)
  if (stake === undefined) return 'BET_NOT_FOUND'
  if (stake.bets > 0) return undefined
  return stake.rolledBack > 0 ? 'TRANSACTION_ROLLED_BACK' : 'BET_NOT_FOUND'
}

/**
 * A standard win needs an applied bet and is paid by the house; every other kind counts as bonus cost and needs none.
 * A frozen wallet takes wins too.
 */
export function decideWin(request: Request): Decision {
  const { amount, wallet, data } = request
  if (wallet === undefined) return reject(request, 'WIN', 'WALLET_NOT_FOUND')
  const footing = footingOf(request)
  const { bet, round } = footing
  if (round?.closed === true) return reject(request, 'WIN', 'ROUND_CLOSED', bet)
  const isStandard = data.win_type === null || data.win_type === 'STANDARD'
  if (isStandard) {
    const byName = data.reference_transaction_id_partner !== null
    const fault = byName ? faultOfNamed(footing) : faultOfRound(footing, data.currency)
    if (fault !== undefined) return reject(request, 'WIN', fault, footing.named?.result)
  }
  if (!hasRoomFor(wallet, amount)) return reject(request, 'WIN', 'BALANCE_LIMIT_EXCEEDED', bet)
  return accept(request, wallet, {
    type: 'WIN',
    status: 'COMPLETED',
    amount,
    entries: move(isStandard ? 'HOUSE' : 'BONUS', 'PLAYER', amount),
    bet,
  })
}
