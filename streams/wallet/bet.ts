/** Bets. */
import { move } from './ledger.ts'
import { isExcluded } from './player.ts'
import type { Decision, Request } from './request.ts'
import { recallRound } from './state.ts'
import { accept, reject } from './transaction.ts'

/** The stake goes to the house. A free round is a bet of 0. */
export function decideBet(request: Request): Decision {
  const { amount, wallet, data, view, nowMs } = request
  if (wallet === undefined) return reject(request, 'BET', 'WALLET_NOT_FOUND')
  if (isExcluded(view.player, nowMs)) return reject(request, 'BET', 'PLAYER_SELF_EXCLUDED')
  if (wallet.status === 'frozen') return reject(request, 'BET', 'WALLET_FROZEN')
  if (data.round_id !== null && recallRound(view.round(data.round_id), nowMs)?.closed === true)
    return reject(request, 'BET', 'ROUND_CLOSED')
  if (wallet.balance < amount) return reject(request, 'BET', 'INSUFFICIENT_FUNDS')
  return accept(request, wallet, {
    type: 'BET',
    status: 'COMPLETED',
    amount,
    entries: move('PLAYER', 'HOUSE', amount),
  })
}
