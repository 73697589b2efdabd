/** What happens to a command: the rules of the wallet, from the command, the player's memory and the command's time. */
import type { TransactionType, WalletCommand } from '../../avro/types.ts'
import { decideBet } from './bet.ts'
import { decideStep } from './held-step.ts'
import { recallOwn, repeatOrConflict } from './idempotency.ts'
import { decidePlayer } from './player.ts'
import { requestOf } from './request.ts'
import type { Decision, Request } from './request.ts'
import { decideRollback } from './rollback.ts'
import { decideStanding } from './standing.ts'
import type { PlayerView } from './state.ts'
import { reject } from './transaction.ts'
import { decideBooking, decideDeposit } from './transfer.ts'
import { decideWin } from './win.ts'
import { decideWithdrawal } from './withdrawal.ts'

function decideByType(request: Request, type: TransactionType): Decision {
  switch (type) {
    case 'BET':
      return decideBet(request)
    case 'WIN':
      return decideWin(request)
    case 'DEPOSIT':
      return decideDeposit(request)
    case 'ROLLBACK':
      return decideRollback(request)
    case 'WITHDRAWAL':
      return decideWithdrawal(request)
    case 'ADJUSTMENT':
    case 'COMMISSION':
      return decideBooking(request, type)
  }
}

/** An id stands for one movement: known ones are repeated, rolled-back ones refused, and only new ones decided. */
function decideMovement(request: Request, type: TransactionType): Decision {
  const own = recallOwn(request)
  if (own?.result !== undefined) return repeatOrConflict(request, type, own.result)
  if (own?.rollback !== undefined) return reject(request, type, 'TRANSACTION_ROLLED_BACK')
  return decideByType(request, type)
}

/**
 * Decides a valid command (see `faultOfCommand`). Pure: the same command, view and time give the same decision.
 * @param nowMs when the platform accepted the command, epoch milliseconds
 */
export function decide(command: WalletCommand, view: PlayerView, nowMs: number): Decision {
  const request = requestOf(command, view, nowMs)
  const { type } = command.data
  switch (type) {
    case 'DEPOSIT':
    case 'WITHDRAWAL':
    case 'BET':
    case 'WIN':
    case 'ROLLBACK':
    case 'ADJUSTMENT':
    case 'COMMISSION':
      return decideMovement(request, type)
    case 'WITHDRAWAL_APPROVE':
    case 'WITHDRAWAL_DECLINE':
    case 'WITHDRAWAL_COMPLETE':
    case 'WITHDRAWAL_FAIL':
    case 'WITHDRAWAL_EXPIRE':
    case 'BET_CONFIRM':
    case 'BET_REFUSE':
    case 'BET_CANCEL':
    case 'BET_EXPIRE':
      return decideStep(request, type)
    case 'WALLET_FREEZE':
    case 'WALLET_UNFREEZE':
    case 'AML_HOLD':
    case 'AML_RELEASE':
      return decideStanding(request, type)
    case 'PLAYER_UPDATE':
      return decidePlayer(request)
  }
}
