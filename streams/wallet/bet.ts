/** Bets. */
import { move } from './ledger.ts'
import { isExcluded } from './player.ts'
import { refuse } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallHeldMovement, recallRound } from './state.ts'
import { accept, reject } from './transaction.ts'

/**
 * The stake goes to the house; where a provider has to confirm the bet, it is held until then. A free round is a bet of 0.
 */
export function decideBet(request: Request): Decision {
  const { amount, wallet, data, view, nowMs, commandId } = request
  const isHeld = data.provider_id !== null
  // Two commands of one id would share one hold, and one's funds would stay held for ever.
  const sameId = isHeld ? recallHeldMovement(view.heldMovement(commandId), nowMs) : undefined
  if (sameId !== undefined) return refuse('TRANSACTION_CONFLICT', commandId, sameId.status)
  if (wallet === undefined) return reject(request, 'BET', 'WALLET_NOT_FOUND')
  if (isExcluded(view.player, nowMs)) return reject(request, 'BET', 'PLAYER_SELF_EXCLUDED')
  if (wallet.status === 'frozen') return reject(request, 'BET', 'WALLET_FROZEN')
  if (data.round_id !== null && recallRound(view.round(data.round_id), nowMs)?.closed === true)
    return reject(request, 'BET', 'ROUND_CLOSED')
  if (wallet.balance < amount) return reject(request, 'BET', 'INSUFFICIENT_FUNDS')
  return accept(request, wallet, {
    type: 'BET',
    status: isHeld ? 'PENDING' : 'COMPLETED',
    amount,
    entries: move('PLAYER', isHeld ? 'PLAYER_HELD' : 'HOUSE', amount),
  })
}
