/** The wallet command that books what a confirmed run pays on the partner's account. */
import type { Settlement, WalletCommand } from '../../avro/types.ts'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'

/**
 * Undefined where nothing is paid. Its id and its transaction_id_partner follow from the run: whatever is sent again, the
 * wallet books it once.
 */
export function commissionOf(run: Settlement): WalletCommand | undefined {
  const { commission_id: id, confirmed_at: atMs } = run
  if (id === null || atMs === null) return undefined
  return {
    event_id: id,
    event_type: 'wallet.command',
    timestamp: run.updated_at,
    data: {
      partner_id: run.partner_id,
      player_id: PARTNER_ACCOUNT,
      type: 'COMMISSION',
      currency: run.currency,
      amount: run.net_payable,
      direction: 'CREDIT',
      game_id: null,
      round_id: null,
      campaign_id: null,
      transaction_id_partner: `settlement/${run.settlement_id}`,
      reference_transaction_id_partner: null,
      transaction_id: null,
      win_type: null,
      round_closed: false,
      auto_approve: false,
      hold_expires_at: null,
      reason: `Settlement of ${run.period_from} to ${run.period_to}`,
      created_at: atMs,
      ip_address: null,
      user_agent: null,
      country: null,
      metadata: null,
      reply_to: null,
      actor: null,
      player: null,
      expected_version: null,
      provider_id: null,
    },
  }
}
