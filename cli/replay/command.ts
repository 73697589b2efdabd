/** A replayed row as a record of wallet.command. */
import { v7 as uuidV7 } from 'uuid'
import type { Actor, WalletCommand } from '../../avro/types.ts'
import { isAdministrative } from '../../domain/audit.ts'
import type { ReplayCommand } from './row.ts'

/** How long the funds of a replayed withdrawal are held when nobody confirms it, in milliseconds. */
export const WITHDRAWAL_HOLD_MS = 7 * 86_400_000

/** Why a replayed ADJUSTMENT was made; the wallet keeps it with the transaction. */
export const ADJUSTMENT_REASON = 'replayed from a file'

/** Who asks, in the audit trail. */
const ACTOR: Actor = { key_id: 'cli-replay', partner_id: null, ip_address: null, request_id: null }

/**
 * The record for a command. Each sending has an id of its own: what makes a repeated replay harmless is the partner's
 * transaction id, and a refusal that is not remembered may end otherwise the next time, as another transaction.
 */
export function toWalletCommand(command: ReplayCommand, replyTo: number, nowMs: number): WalletCommand {
  return {
    event_id: uuidV7(),
    event_type: 'wallet.command',
    timestamp: nowMs,
    data: {
      partner_id: command.partnerId,
      player_id: command.playerId,
      type: command.type,
      currency: command.currency,
      amount: command.amount,
      direction: command.direction,
      game_id: command.gameId,
      round_id: command.roundId,
      campaign_id: command.campaignId,
      transaction_id_partner: command.transactionIdPartner,
      reference_transaction_id_partner: command.referenceTransactionIdPartner,
      transaction_id: null,
      win_type: command.winType,
      round_closed: command.roundClosed,
      auto_approve: false,
      hold_expires_at: command.type === 'WITHDRAWAL' ? nowMs + WITHDRAWAL_HOLD_MS : null,
      reason: command.type === 'ADJUSTMENT' ? ADJUSTMENT_REASON : null,
      created_at: command.createdAtMs,
      ip_address: command.ip,
      user_agent: null,
      country: command.country,
      metadata: null,
      reply_to: replyTo,
      player: null,
      actor: isAdministrative(command.type) ? ACTOR : null,
      expected_version: null,
      provider_id: null,
    },
  }
}
