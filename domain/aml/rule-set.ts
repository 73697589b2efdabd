/** Rules made ready for use: amounts in units, countries in sets. */
import { parseAmount } from '../money.ts'
import type { AmlRules, FactorCode } from './rules.ts'

export interface Thresholds {
  /** In units of 1/10000. */
  largeUnits: bigint
  linkedUnits: bigint
  /** Where an amount begins to be near `largeUnits`. */
  nearUnits: bigint
}

export interface RuleSet {
  /** Owner and version, e.g. platform/3. */
  version: string
  rules: AmlRules
  thresholds: ReadonlyMap<string, Thresholds>
  highRisk: ReadonlySet<string>
  elevated: ReadonlySet<string>
  combinations: readonly { factors: readonly FactorCode[]; points: number; name: string }[]
}

/** Shares are taken of units in millionths, so that no rounding of a fraction moves a threshold. */
const MILLION = 1_000_000

function unitsOf(text: string): bigint {
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Error(`${text} is no amount`)
  return parsed.units
}

/** The least amount that is at least this share of another. */
function shareOf(units: bigint, share: number): bigint {
  const million = BigInt(MILLION)
  return (units * BigInt(Math.round(share * MILLION)) + million - 1n) / million
}

/** Makes validated rules ready for use. */
export function toRuleSet(version: string, rules: AmlRules): RuleSet {
  const thresholds = new Map<string, Thresholds>()
  for (const [currency, { large_transaction, linked_deposits }] of Object.entries(rules.currencies)) {
    const largeUnits = unitsOf(large_transaction)
    const nearUnits = shareOf(largeUnits, rules.structuring.near_from)
    thresholds.set(currency, { largeUnits, linkedUnits: unitsOf(linked_deposits), nearUnits })
  }
  return {
    version,
    rules,
    thresholds,
    highRisk: new Set(rules.countries.high_risk.codes),
    elevated: new Set(rules.countries.elevated.codes),
    combinations: rules.combinations.map(({ factors, points }) => ({
      factors,
      points,
      name: factors.join(' + '),
    })),
  }
}
