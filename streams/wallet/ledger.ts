/** Double entry: money moves from one account to another, so the entries of an event sum to zero. */
import type { LedgerAccount, LedgerEntry } from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import type { WalletState } from './state.ts'

/** The entries of a movement; nothing moves where the amount is 0. */
export const move = (from: LedgerAccount, to: LedgerAccount, amount: bigint): LedgerEntry[] =>
  amount === 0n
    ? []
    : [
        { account: to, amount },
        { account: from, amount: -amount },
      ]

/** What the entries do to an account. */
export function changeOf(account: LedgerAccount, entries: readonly LedgerEntry[]): bigint {
  let change = 0n
  for (const entry of entries) if (entry.account === account) change += entry.amount
  return change
}

/**
 * True where a wallet can take the amount. Held funds count, so that a hold can always be given back.
 */
export const hasRoomFor = (wallet: WalletState, amount: bigint): boolean =>
  wallet.balance + wallet.held + amount <= AMOUNT_UNITS_MAX
