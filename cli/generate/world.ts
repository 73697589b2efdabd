/** Who plays what in a generated sample: games with their return to player, players with their habits. */
import { UNITS_PER_WHOLE } from '../../domain/money.ts'
import type { Random } from './random.ts'

export interface Game {
  gameId: string
  weight: number
  /** Part of the stakes that comes back as wins in the long run. */
  returnToPlayer: number
  /** Part of the rounds that win anything. */
  hitRate: number
  /** Sends a win of 0 for a lost round, which closes it; the others send nothing. */
  reportsLosses: boolean
}

export const GAMES: readonly [Game, ...Game[]] = [
  { gameId: 'slot-nile', weight: 10, returnToPlayer: 0.962, hitRate: 0.27, reportsLosses: false },
  { gameId: 'slot-orchard', weight: 8, returnToPlayer: 0.955, hitRate: 0.31, reportsLosses: false },
  { gameId: 'slot-comet', weight: 5, returnToPlayer: 0.948, hitRate: 0.19, reportsLosses: true },
  { gameId: 'crash', weight: 7, returnToPlayer: 0.99, hitRate: 0.52, reportsLosses: false },
  { gameId: 'roulette-eu', weight: 5, returnToPlayer: 0.973, hitRate: 0.486, reportsLosses: true },
  { gameId: 'blackjack', weight: 4, returnToPlayer: 0.995, hitRate: 0.43, reportsLosses: true },
  { gameId: 'baccarat', weight: 3, returnToPlayer: 0.9894, hitRate: 0.46, reportsLosses: false },
  { gameId: 'scratch-gold', weight: 2, returnToPlayer: 0.9, hitRate: 0.22, reportsLosses: false },
]

export interface Money {
  currency: string
  weight: number
  countries: readonly [string, ...string[]]
  /** A usual stake, in units of 1/10000. */
  usualStake: bigint
  /** Amounts are whole multiples of this many units. */
  step: bigint
}

const CENT = UNITS_PER_WHOLE / 100n

export const CURRENCIES_PLAYED: readonly [Money, ...Money[]] = [
  {
    currency: 'EUR',
    weight: 50,
    countries: ['DE', 'FI', 'ES', 'NL', 'MT'],
    usualStake: UNITS_PER_WHOLE,
    step: CENT,
  },
  { currency: 'USD', weight: 25, countries: ['US', 'EC', 'SV'], usualStake: UNITS_PER_WHOLE, step: CENT },
  { currency: 'GBP', weight: 15, countries: ['GB'], usualStake: UNITS_PER_WHOLE, step: CENT },
  {
    currency: 'KRW',
    weight: 10,
    countries: ['KR'],
    usualStake: 1_000n * UNITS_PER_WHOLE,
    step: 100n * UNITS_PER_WHOLE,
  },
]

export interface Player {
  playerId: string
  money: Money
  country: string
  ip: string
  /** Share of all sessions. */
  share: number
  /** Stakes that the player comes back to, in units; the first most of all. */
  stakes: readonly [bigint, ...bigint[]]
  games: readonly [Game, ...Game[]]
}

/** Exponent of the activity by rank: the first few players make a good part of all bets. */
const ZIPF_EXPONENT = 0.75
/** Part of the players who hold a second wallet, in another currency, which they use less. */
const SECOND_WALLET = 0.05
const SECOND_WALLET_SHARE = 0.3
/** Spread of the players' usual stakes (of the logarithm). */
const STAKE_SIGMA = 1.1

/** Rounds to whole multiples of the currency's step, at least one. */
export function inSteps(units: number, money: Money): bigint {
  const steps = BigInt(Math.max(1, Math.round(units / Number(money.step))))
  return steps * money.step
}

/** What a player does with one currency. */
function withMoney(random: Random, money: Money): Pick<Player, 'money' | 'stakes' | 'games'> {
  const usual = Number(money.usualStake) * Math.exp(STAKE_SIGMA * random.normal())
  return {
    money,
    stakes: [inSteps(usual, money), inSteps(usual * 2, money), inSteps(usual * 5, money)],
    games: [random.weighted(GAMES), random.weighted(GAMES)],
  }
}

/**
 * Makes the players of a sample, one entry per wallet. Their ids carry the seed, so that samples of two seeds don't
 * mix.
 */
export function createPlayers(random: Random, seed: number, count: number): Player[] {
  const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -ZIPF_EXPONENT)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.flatMap((weight, rank) => {
    const money = random.weighted(CURRENCIES_PLAYED)
    const player: Player = {
      playerId: `s${seed}-p${String(rank + 1).padStart(5, '0')}`,
      country: random.pick(money.countries),
      // RFC 2544's range for tests: nobody's address.
      ip: `198.${random.between(18, 19)}.${random.between(0, 255)}.${random.between(1, 254)}`,
      share: weight / total,
      ...withMoney(random, money),
    }
    const other = random.weighted(CURRENCIES_PLAYED)
    if (other === money || !random.chance(SECOND_WALLET)) return [player]
    return [player, { ...player, share: player.share * SECOND_WALLET_SHARE, ...withMoney(random, other) }]
  })
}

/** Weight of each hour of the day (UTC): quiet nights, busy evenings. */
const HOUR_WEIGHTS = [
  0.55, 0.4, 0.28, 0.2, 0.15, 0.14, 0.18, 0.25, 0.33, 0.4, 0.45, 0.5, 0.55, 0.55, 0.55, 0.58, 0.62, 0.7, 0.8,
  0.92, 1, 0.98, 0.88, 0.72,
]

const HOUR_MS = 3_600_000

/** How likely play is at this moment, 0 to 1. */
export const dayRhythm = (atMs: number): number => HOUR_WEIGHTS[Math.floor(atMs / HOUR_MS) % 24] ?? 1
