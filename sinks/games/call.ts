/** Makes one call of the saga to a provider. */
import type { GameCallData, ProviderResult } from '../../avro/types.ts'
import type { Call, Player } from '../../games/adapter.ts'
import { isPartnerId, isPlayerId } from '../../domain/ids.ts'
import { canceled, checked, placed, unreachable } from './answer.ts'
import { CANCEL_REASON } from './limits.ts'
import type { Providers } from '../../games/providers.ts'

const playerOf = ({ partner_id: partnerId, player_id: playerId }: GameCallData): Player | undefined =>
  isPartnerId(partnerId) && isPlayerId(playerId) ? { partnerId, playerId } : undefined

/** @param isFirst whether surely nobody has made this call before */
export async function callProvider(
  data: GameCallData,
  providers: Providers,
  { nowMs, isFirst }: { nowMs: number; isFirst: boolean },
): Promise<Omit<ProviderResult, 'call'>> {
  const { kind, terms, bet_id: transactionId, expires_at: expiresAtMs } = data
  const player = playerOf(data)
  const provider = providers.provider(terms.provider_id)
  const game = providers.game(terms.game_id)
  if (player === undefined || provider === undefined || game === undefined)
    return unreachable(kind, isFirst, provider === undefined ? 'PROVIDER_UNKNOWN' : 'GAME_UNKNOWN')
  const { adapter } = provider.connected
  const call: Call = { deadlineAtMs: Math.min(expiresAtMs, nowMs + provider.record.settings.timeout_ms) }
  const query = {
    ...player,
    transactionId,
    gameCode: game.game_code,
    roundId: terms.round_id,
    currency: terms.currency,
  }
  switch (kind) {
    case 'PLACE': {
      const stake = { units: terms.amount, currency: terms.currency }
      const request = { ...query, stake, campaignId: terms.campaign_id, placedAtMs: terms.placed_at }
      return placed(await adapter.placeBet(request, call), isFirst)
    }
    case 'CHECK':
      return checked(await adapter.roundResult(query, call))
    case 'CANCEL':
      return canceled(await adapter.cancelBet({ ...query, reason: CANCEL_REASON }, call))
  }
}
