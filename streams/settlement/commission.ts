/** The wallet command that books what a confirmed run pays on the partner's account. */
import type { Settlement, WalletCommand } from '../../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../../avro/wallet-command.ts'
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
      created_at: atMs,
      ...BLANK_WALLET_COMMAND,
      amount: run.net_payable,
      direction: 'CREDIT',
      transaction_id_partner: `settlement/${run.settlement_id}`,
      reason: `Settlement of ${run.period_from} to ${run.period_to}`,
    },
  }
}
