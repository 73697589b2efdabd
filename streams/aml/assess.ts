/**
 * The assessment of one transaction: all checks, the score, and what calls for an alert. Pure: the same transaction, the
 * same memory of the player and the same rules give the same bits.
 */
import type { Assessment, Transaction } from '../../avro/types.ts'
import type { AlertType, Severity } from '../../domain/aml/rules.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import {
  amountDeviation,
  amountStatistics,
  frequencyDeviation,
  frequencyOf,
  frequencySurge,
  sustainedTimeShift,
  timeDeviation,
} from './checks/behaviour.ts'
import type { AmountStatistics, Frequency } from './checks/behaviour.ts'
import { highRiskCountry } from './checks/country.ts'
import { WINDOW_24H_MS, WINDOW_30D_MS } from './checks/found.ts'
import type { Found } from './checks/found.ts'
import {
  largeTransaction,
  linkedDeposits,
  movedWithin,
  nearThreshold,
  rapidMovement,
  structuring,
} from './checks/money.ts'
import { weightedScore } from './profile.ts'
import type { Profile } from './profile.ts'
import type { RuleSet } from '../../domain/aml/rule-set.ts'
import { subjectOf } from './subject.ts'
import type { Subject } from './subject.ts'
import { sumSeries } from './windows/windows.ts'
import type { NodeReader } from './windows/windows.ts'

/** What is remembered of the player: the windows and the profile. */
export interface PlayerHistory extends NodeReader {
  readonly profile: Profile
}

export interface Assessed {
  assessment: Assessment
  found: readonly Found[]
  alerts: readonly { type: AlertType; severity: Severity }[]
}

const SCORE_MAX = 100
const DEVIATION_KINDS = 3

const defined = <T>(items: readonly (T | undefined)[]): T[] => items.filter((item) => item !== undefined)

/** Each kind of deviation adds its part of the points that all kinds together have. */
function deviationsOf(
  subject: Subject,
  ruleSet: RuleSet,
  history: PlayerHistory,
  statistics: AmountStatistics,
  frequency: Frequency,
): Found[] {
  const points = ruleSet.rules.deviation_points / DEVIATION_KINDS
  return defined([
    timeDeviation(subject, ruleSet, history),
    amountDeviation(subject, ruleSet, statistics),
    frequencyDeviation(subject, ruleSet, frequency),
  ]).map((found) => ({ ...found, points }))
}

/** Combinations of what was found, in the order of the rules, for as many points as they may give together. */
function combinationsOf({ combinations, rules }: RuleSet, found: readonly Found[]): Found[] {
  const codes = new Set(found.map(({ code }) => code))
  let left = rules.combination_points_max
  return combinations
    .filter(({ factors }) => factors.every((code) => codes.has(code)))
    .map(({ name, points: wanted }) => {
      const points = Math.min(wanted, left)
      left -= points
      return {
        code: 'COMBINATION' as const,
        points,
        numbers: { points: wanted },
        detail: name,
        windowMs: 0,
        transactionIds: [],
      }
    })
    .filter(({ points }) => points > 0)
}

function severityOf(score: number, { rules }: RuleSet): Severity {
  const { medium, high, critical } = rules.alerts.severities
  if (score >= critical) return 'CRITICAL'
  if (score >= high) return 'HIGH'
  return score >= medium ? 'MEDIUM' : 'LOW'
}

/** Large transactions, structuring and rapid movement at once; all else from the score on. */
function alertTypesOf(found: readonly Found[], score: number, { rules }: RuleSet): AlertType[] {
  const codes = new Set(found.map(({ code }) => code))
  const types: AlertType[] = []
  if (codes.has('STRUCTURING') || codes.has('LINKED_DEPOSITS')) types.push('STRUCTURING')
  if (codes.has('RAPID_MOVEMENT')) types.push('RAPID_MOVEMENT')
  if (codes.has('LARGE_TRANSACTION')) types.push('THRESHOLD')
  if (score < rules.alerts.score_min) return types
  if (codes.has('HIGH_RISK_COUNTRY')) types.push('COUNTRY')
  const behaves = found.some(({ code }) => /DEVIATION|SHIFT|SURGE/.test(code))
  if (behaves) types.push('PATTERN')
  return types
}

/** Sums beyond what a column of amounts holds are told as the most that it holds. */
const bounded = (units: bigint): bigint => {
  if (units > AMOUNT_UNITS_MAX) return AMOUNT_UNITS_MAX
  return units < -AMOUNT_UNITS_MAX ? -AMOUNT_UNITS_MAX : units
}

/** Assesses a transaction that moved money, on what is remembered of the player before it. */
export function assess(transaction: Transaction, history: PlayerHistory, ruleSet: RuleSet): Assessed {
  const subject = subjectOf(transaction)
  const { atMs } = subject
  const { count: before24h, moved } = movedWithin(history, atMs - WINDOW_24H_MS, subject)
  const { count: before30d, sums } = sumSeries(history, atMs - WINDOW_30D_MS, atMs, subject.series)
  const near = nearThreshold(subject, ruleSet, history)
  const statistics = amountStatistics(subject, ruleSet, history, sums)
  const frequency = frequencyOf(subject, ruleSet, history, history.profile, before24h, before30d)
  const deviations = deviationsOf(subject, ruleSet, history, statistics, frequency)
  const single = defined([
    largeTransaction(subject, ruleSet),
    structuring(subject, ruleSet, near),
    linkedDeposits(subject, ruleSet, moved, history),
    rapidMovement(subject, ruleSet, moved, history),
    highRiskCountry(subject, ruleSet),
    ...deviations,
    sustainedTimeShift(subject, ruleSet, history),
    frequencySurge(subject, ruleSet, frequency),
  ])
  const found = [...single, ...combinationsOf(ruleSet, single)]
  const score = Math.min(
    SCORE_MAX,
    found.reduce((sum, { points }) => sum + points, 0),
  )
  const types = alertTypesOf(found, score, ruleSet)
  const assessment: Assessment = {
    transaction_id: subject.transactionId,
    partner_id: transaction.partner_id,
    player_id: transaction.player_id,
    type: subject.type,
    amount: subject.units,
    currency: subject.currency,
    bonus: subject.bonus,
    created_at: atMs,
    late: history.profile.assessments > 0 && atMs < history.profile.newestAtMs,
    risk_score: score,
    overall_risk_score: weightedScore(history.profile.score, score),
    alert_types: types,
    factors: found.map(({ code, points, numbers, detail }) => ({ code, points, numbers, detail })),
    rules_version: ruleSet.version,
    observations: statistics.observations,
    amount_mean: statistics.mean,
    amount_sigma: statistics.sigma,
    z_score: statistics.zScore,
    robust_z_score: statistics.robustZScore,
    count_24h: frequency.count24h,
    frequency_ratio_7d: frequency.ratio7d,
    frequency_ratio_30d: frequency.ratio30d,
    near_threshold_24h: near.within24h.length,
    near_threshold_48h: near.within48h.length,
    deposited_24h: bounded(moved.deposited),
    withdrawn_24h: bounded(moved.withdrawn),
    wagered_24h: bounded(moved.wagered),
    shadow: null,
  }
  const severity = severityOf(score, ruleSet)
  return { assessment, found, alerts: types.map((type) => ({ type, severity })) }
}
