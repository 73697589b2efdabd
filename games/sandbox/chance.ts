/**
 * Randomness of the sandbox: a number for a seed and a text, so that the same seed gives each bet the same fate, whatever order bets
 * come in and however often one is sent.
 */
import { createHash } from 'node:crypto'

const BYTES = 6
const RANGE = 2 ** (8 * BYTES)

/** Uniform in [0, 1). */
export type Chance = (...labels: readonly string[]) => number

export const createChance =
  (seed: string): Chance =>
  (...labels) =>
    createHash('sha256')
      .update(JSON.stringify([seed, ...labels]))
      .digest()
      .readUIntBE(0, BYTES) / RANGE

/** What a stake comes back as, in tenths of it. The game returns 95.5 % on average. */
const PAYTABLE: readonly { tenths: bigint; weight: number }[] = [
  { tenths: 0n, weight: 0.6 },
  { tenths: 15n, weight: 0.3 },
  { tenths: 30n, weight: 0.085 },
  { tenths: 100n, weight: 0.014 },
  { tenths: 1_000n, weight: 0.001 },
]

/** Of a stake of nothing, which is a free round's: what it is played with, in thousandths. */
const FREE_STAKE = 1_000n

/** What a bet wins, in the unit of its stake. */
export function winOf(chance: Chance, betRef: string, stake: bigint): bigint {
  let rest = chance('result', betRef)
  const played = stake === 0n ? FREE_STAKE : stake
  for (const { tenths, weight } of PAYTABLE) {
    rest -= weight
    if (rest < 0) return (played * tenths) / 10n
  }
  return 0n
}
