/** Bets at the sandbox's OCasino. */
import type { PartnerId, PlayerId } from '../../../domain/ids.ts'
import type { BetRequest, RoundQuery } from '../../adapter.ts'

export const PARTNER = '0198c2a0-0000-7000-8000-000000000001' as PartnerId
export const GAME = 'oc-harbour-gold'

let made = 0

/** A bet of a player of its own, so that no test sees the rounds of another. */
export function newBet(): BetRequest {
  const id = `${process.pid}-${++made}`
  return {
    partnerId: PARTNER,
    playerId: `player-${id}` as PlayerId,
    transactionId: `bet-${id}`,
    gameCode: GAME,
    roundId: `round-${id}`,
    stake: { units: 105_000n, currency: 'EUR' },
    campaignId: null,
    placedAtMs: Date.now(),
  }
}

export const queryOf = (bet: BetRequest): RoundQuery => ({ ...bet, currency: bet.stake.currency })
