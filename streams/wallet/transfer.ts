/** Movements between the wallet and the platform's cash, commission and adjustment accounts. */
import type { LedgerAccount } from '../../avro/types.ts'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'
import { hasRoomFor, move } from './ledger.ts'
import { isExcluded } from './player.ts'
import type { Decision, Request } from './request.ts'
import type { WalletState } from './state.ts'
import { accept, reject } from './transaction.ts'
import { walletIdOf } from './wallet-id.ts'

/** A wallet about to be opened; its first movement makes it version 1. */
const newWallet = ({ data, nowMs }: Request): WalletState => ({
  walletId: walletIdOf(data.partner_id, data.player_id, data.currency),
  currency: data.currency,
  balance: 0n,
  held: 0n,
  status: 'active',
  amlHold: false,
  version: 0,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
})

/** Cash comes in. The first deposit in a currency opens the wallet; a frozen wallet takes deposits too. */
export function decideDeposit(request: Request): Decision {
  const { amount, view, nowMs } = request
  if (isExcluded(view.player, nowMs)) return reject(request, 'DEPOSIT', 'PLAYER_SELF_EXCLUDED')
  const wallet = request.wallet ?? newWallet(request)
  if (!hasRoomFor(wallet, amount)) return reject(request, 'DEPOSIT', 'BALANCE_LIMIT_EXCEEDED')
  const entries = move('CASH', 'PLAYER', amount)
  return accept(request, wallet, { type: 'DEPOSIT', status: 'COMPLETED', amount, entries })
}

/** Nobody deposits to the account of the partner itself: the first commission opens its wallet. */
const opensAccount = ({ data }: Request, type: 'ADJUSTMENT' | 'COMMISSION'): boolean =>
  type === 'COMMISSION' && data.direction === 'CREDIT' && data.player_id === PARTNER_ACCOUNT

/** A correction or a commission, to the player's credit or debit, against the account of the same name. */
export function decideBooking(request: Request, type: 'ADJUSTMENT' | 'COMMISSION'): Decision {
  const { amount, data } = request
  const wallet = request.wallet ?? (opensAccount(request, type) ? newWallet(request) : undefined)
  if (wallet === undefined) return reject(request, type, 'WALLET_NOT_FOUND')
  const account: LedgerAccount = type
  if (data.direction === 'DEBIT') {
    if (wallet.balance < amount) return reject(request, type, 'INSUFFICIENT_FUNDS')
    return accept(request, wallet, {
      type,
      status: 'COMPLETED',
      amount,
      entries: move('PLAYER', account, amount),
    })
  }
  if (!hasRoomFor(wallet, amount)) return reject(request, type, 'BALANCE_LIMIT_EXCEEDED')
  return accept(request, wallet, {
    type,
    status: 'COMPLETED',
    amount,
    entries: move(account, 'PLAYER', amount),
  })
}
