/** A withdrawal that failed or was declined, as the windows' log tells of it. */
import type { Assessment, Transaction } from '../../avro/types.ts'
import type { Profile } from './profile.ts'

/** Nothing is found on it and no score changes; it says which transaction counts no more. */
export const reversalOf = (transaction: Transaction, profile: Profile): Assessment => ({
  transaction_id: transaction.transaction_id,
  partner_id: transaction.partner_id,
  player_id: transaction.player_id,
  type: transaction.type,
  amount: transaction.amount,
  currency: transaction.currency,
  bonus: false,
  created_at: transaction.created_at,
  late: false,
  risk_score: 0,
  overall_risk_score: profile.score,
  alert_types: [],
  factors: [],
  rules_version: '',
  observations: 0,
  amount_mean: null,
  amount_sigma: null,
  z_score: null,
  robust_z_score: null,
  count_24h: 0,
  frequency_ratio_7d: null,
  frequency_ratio_30d: null,
  near_threshold_24h: 0,
  near_threshold_48h: 0,
  deposited_24h: 0n,
  withdrawn_24h: 0n,
  wagered_24h: 0n,
  shadow: null,
})
