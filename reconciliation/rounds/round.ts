/** A round as both sides know it. */

/** Amounts in units of 1/10000. */
export interface RoundSums {
  /** Stakes. */
  bets: bigint
  /** All that the round paid, free rounds, jackpots and the like included. */
  wins: bigint
  /** Stakes that were given back. */
  rollbacks: bigint
}

/** Names one round of one player in one currency: a JSON array, since ids may hold any character. */
export const roundName = (roundId: string, playerId: string, currency: string): string =>
  JSON.stringify([roundId, playerId, currency])
