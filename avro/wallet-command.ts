/** What a wallet command says where nothing is said: whoever makes one names the rest. */
import type { WalletCommandData } from './types.ts'

type Named = 'partner_id' | 'player_id' | 'type' | 'currency' | 'created_at'

export const BLANK_WALLET_COMMAND: Omit<WalletCommandData, Named> = {
  amount: null,
  direction: null,
  game_id: null,
  round_id: null,
  campaign_id: null,
  transaction_id_partner: null,
  reference_transaction_id_partner: null,
  transaction_id: null,
  win_type: null,
  round_closed: false,
  auto_approve: false,
  hold_expires_at: null,
  reason: null,
  ip_address: null,
  user_agent: null,
  country: null,
  metadata: null,
  reply_to: null,
  player: null,
  actor: null,
  expected_version: null,
  provider_id: null,
}
