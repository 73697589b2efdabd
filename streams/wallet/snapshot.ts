/** The balance snapshot: all wallets of a player, as they stand after a batch. */
import type { BalanceUpdated, PlayerBalance } from '../../avro/types.ts'
import type { PlayerState, WalletState } from './state.ts'

export interface SnapshotHead {
  /** The last command that changed a wallet, and its time. */
  eventId: string
  timestamp: number
  partnerId: string
  playerId: string
}

export const balanceEvent = (head: SnapshotHead, player: PlayerState): BalanceUpdated => ({
  event_id: head.eventId,
  event_type: 'balance.updated',
  timestamp: head.timestamp,
  data: {
    partner_id: head.partnerId,
    player_id: head.playerId,
    wallets: player.wallets.map((wallet) => ({
      wallet_id: wallet.walletId,
      currency: wallet.currency,
      balance: wallet.balance,
      held: wallet.held,
      status: wallet.status,
      aml_hold: wallet.amlHold,
      version: wallet.version,
      created_at: wallet.createdAtMs,
      updated_at: wallet.updatedAtMs,
    })),
  },
})

export const walletsOfSnapshot = ({ wallets }: PlayerBalance): WalletState[] =>
  wallets.map((wallet) => ({
    walletId: wallet.wallet_id,
    currency: wallet.currency,
    balance: wallet.balance,
    held: wallet.held,
    status: wallet.status,
    amlHold: wallet.aml_hold,
    version: wallet.version,
    createdAtMs: wallet.created_at,
    updatedAtMs: wallet.updated_at,
  }))
