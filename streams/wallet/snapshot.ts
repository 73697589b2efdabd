/** The balance snapshot: all wallets of a player, as they stand after a batch. */
import type { BalanceUpdated, PlayerBalance, WalletCommand } from '../../avro/types.ts'
import type { PlayerState, WalletState } from './state.ts'

export interface SnapshotHead {
  /** The last command that changed a wallet, and its time. */
  eventId: string
  timestamp: number
  partnerId: string
  playerId: string
}

export const headOf = ({ event_id: eventId, timestamp, data }: WalletCommand): SnapshotHead => ({
  eventId,
  timestamp,
  partnerId: data.partner_id,
  playerId: data.player_id,
})

const UUID_VERSION_AT = 14
/** A UUID whose content is its maker's business (RFC 9562, section 5.8). */
const UUID_CUSTOM = '8'

/**
 * The head of a snapshot that is sent after a restart, for the last command of its player, which may have changed nothing.
 * It is another message than a snapshot that the command itself has caused, so it has another id.
 */
export function recalledHeadOf(command: WalletCommand): SnapshotHead {
  const { event_id: id } = command
  const eventId = id.slice(0, UUID_VERSION_AT) + UUID_CUSTOM + id.slice(UUID_VERSION_AT + 1)
  return { ...headOf(command), eventId }
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
