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

/** What a round cost its player: stakes that were given back count as never taken. */
const stakedOf = ({ bets, rollbacks }: RoundSums): bigint => bets - rollbacks

/**
 * Whether two sides mean the same round. A bet that was undone while one of them had not booked it yet stands in the books of the
 * other alone, once as a stake and once as given back: that is no money.
 */
export const isSameRound = (one: RoundSums, other: RoundSums): boolean =>
  one.wins === other.wins && stakedOf(one) === stakedOf(other)

/** A round of which nothing is left: one side may not have booked it at all. */
export const isUndone = (round: RoundSums): boolean => round.wins === 0n && stakedOf(round) === 0n
