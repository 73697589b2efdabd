/** Withdrawals: funds are held at once, and a later step pays them out or gives them back (`held-step.ts`). */
import { move } from './ledger.ts'
import { refuse } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallHeldMovement } from './state.ts'
import { accept, reject } from './transaction.ts'

/** Holds the funds. The partner's limit may approve it at once, unless compliance holds the wallet's withdrawals. */
export function decideWithdrawal(request: Request): Decision {
  const { amount, wallet, data, view, commandId, nowMs } = request
  // Two commands of one id would share one hold, and one's funds would stay held for ever.
  const sameId = recallHeldMovement(view.heldMovement(commandId), nowMs)
  if (sameId !== undefined) return refuse('TRANSACTION_CONFLICT', commandId, sameId.status)
  if (wallet === undefined) return reject(request, 'WITHDRAWAL', 'WALLET_NOT_FOUND')
  if (wallet.status === 'frozen') return reject(request, 'WITHDRAWAL', 'WALLET_FROZEN')
  if (wallet.balance < amount) return reject(request, 'WITHDRAWAL', 'INSUFFICIENT_FUNDS')
  return accept(request, wallet, {
    type: 'WITHDRAWAL',
    status: data.auto_approve && !wallet.amlHold ? 'PROCESSING' : 'PENDING',
    amount,
    entries: move('PLAYER', 'PLAYER_HELD', amount),
  })
}
