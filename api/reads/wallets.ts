/** Balances, from PostgreSQL. */
import type { Database } from './database.ts'
import { pastBalanceRow, walletRow } from './rows.ts'
import type { PastBalanceRow, WalletRow } from './rows.ts'

export interface WalletIdentity {
  partnerId: string
  playerId: string
  currency: string
}

const WALLET = `SELECT balance, held, version, status FROM wallets
  WHERE player_id = $1 AND partner_id = $2 AND currency = $3`

export async function readWallet(database: Database, wallet: WalletIdentity): Promise<WalletRow | undefined> {
  const rows = await database.query(walletRow, WALLET, [wallet.playerId, wallet.partnerId, wallet.currency])
  return rows[0]
}

const newestUpTo = (table: string): string => `(SELECT balance_after, held_after, wallet_version FROM ${table}
    WHERE wallet_id = (SELECT id FROM wallet) AND processed_at <= $4 AND balance_after IS NOT NULL
    ORDER BY processed_at DESC, wallet_version DESC LIMIT 1)`

const PAST_BALANCE = `WITH wallet AS (
    SELECT id FROM wallets WHERE player_id = $1 AND partner_id = $2 AND currency = $3)
  SELECT balance_after, held_after, wallet_version FROM (
    ${newestUpTo('transactions')} UNION ALL ${newestUpTo('transaction_updates')}) AS changes
  ORDER BY wallet_version DESC LIMIT 1`

/**
 * The balance as of a past moment: after the last change that the platform had processed by then (`processed_at`).
 * Event time would not do: a change that is reported late would alter balances that were answered before.
 */
export async function readPastBalance(
  database: Database,
  wallet: WalletIdentity,
  atMs: number,
): Promise<PastBalanceRow | undefined> {
  const values = [wallet.playerId, wallet.partnerId, wallet.currency, new Date(atMs)]
  const rows = await database.query(pastBalanceRow, PAST_BALANCE, values)
  return rows[0]
}
