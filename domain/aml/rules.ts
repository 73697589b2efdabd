/**
 * The AML rules as data: what fires, at which numbers, and for how many points. One document holds all of it; versions of
 * the platform and of partners are kept on `aml.rules.updated`. Amounts are decimals in text, shares and ratios plain numbers.
 */
import { z } from 'zod'
import { isCurrency } from '../currencies.ts'
import { AMOUNT_UNITS_MAX, parseAmount } from '../money.ts'

/** Everything that can be found on a transaction, in the order in which it is listed. */
export const FACTOR_CODES = [
  'LARGE_TRANSACTION',
  'STRUCTURING',
  'LINKED_DEPOSITS',
  'RAPID_MOVEMENT',
  'HIGH_RISK_COUNTRY',
  'TIME_DEVIATION',
  'AMOUNT_DEVIATION',
  'FREQUENCY_DEVIATION',
  'SUSTAINED_TIME_SHIFT',
  'FREQUENCY_SURGE',
] as const
export type FactorCode = (typeof FACTOR_CODES)[number]

export const ALERT_TYPES = [
  'THRESHOLD',
  'PATTERN',
  'STRUCTURING',
  'RAPID_MOVEMENT',
  'WATCHLIST',
  'COUNTRY',
  'MANUAL',
] as const
export type AlertType = (typeof ALERT_TYPES)[number]

export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A version comes into force this long after it was decided, so that everyone knows of it before; in milliseconds. */
export const RULES_NOTICE_MS = 1_000

/** Most points that one factor or combination gives. */
const POINTS_MAX = 100
const COUNTRIES_MAX = 300
const COMBINATIONS_MAX = 50
/** Longest time in which a repetition joins an open alert, in hours. */
const JOIN_HOURS_MAX = 24 * 90

const points = z.number().min(0).max(POINTS_MAX)
const positive = z.number().positive().max(1_000_000)
const share = z.number().gt(0).max(1)
const count = z.int().min(1).max(1_000_000)
const country = z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code')

const amount = z.string().refine((text) => {
  const parsed = parseAmount(text)
  return parsed.ok && parsed.units > 0n && parsed.units <= AMOUNT_UNITS_MAX
}, 'a positive amount with at most 4 decimals, as text')

const thresholds = z.strictObject({
  large_transaction: amount.describe(
    'A transaction of this amount or more is large; near it begins structuring.',
  ),
  linked_deposits: amount.describe(
    'Deposits below large_transaction that together reach this within 24 hours are linked.',
  ),
})

const severities = z
  .strictObject({ medium: points, high: points, critical: points })
  .refine(({ medium, high, critical }) => medium < high && high < critical, {
    message: 'the bands overlap: medium, high and critical have to rise',
  })

export const amlRules = z
  .strictObject({
    currencies: z
      .record(z.string().refine(isCurrency, 'an ISO 4217 code'), thresholds)
      .describe('Thresholds by currency; a currency that is not here has none.'),
    large_transaction: z.strictObject({ points }),
    structuring: z.strictObject({
      points,
      near_from: share.lt(1).describe('An amount from this share of the threshold up to it is near it.'),
      count_24h: count.min(2),
      count_48h: count.min(2),
    }),
    linked_deposits: z.strictObject({ points }),
    rapid_movement: z.strictObject({
      points,
      withdrawn_ratio: positive.describe('Withdrawn within 24 hours over deposited, from which it fires.'),
      wagered_ratio: positive.describe('Wagered over deposited, below which it fires.'),
    }),
    countries: z.strictObject({
      high_risk: z.strictObject({ points, codes: z.array(country).max(COUNTRIES_MAX) }),
      elevated: z.strictObject({ points, codes: z.array(country).max(COUNTRIES_MAX) }),
    }),
    deviation_points: points.describe('Points of all three kinds of deviation together.'),
    time_deviation: z.strictObject({
      activity_share: share.describe(
        'Hours and weekdays that together hold this share of the activity are usual.',
      ),
      observations_min: count,
      days_min: count.max(30).describe('Active days from which hours are looked at.'),
      weekday_days_min: count.max(30).describe('Active days from which weekdays are looked at.'),
    }),
    amount_deviation: z.strictObject({
      z_score: positive,
      sigma_min: positive,
      robust_z_score: positive,
      log_deviation_min: positive,
      observations_min: count.min(2),
    }),
    frequency_deviation: z.strictObject({ ratio: positive, count, days_min: count.max(29) }),
    sustained_time_shift: z.strictObject({
      points,
      window_days: count.max(7).describe('The last days, held against the days before them.'),
      days: count.max(7).describe('UTC days of them with activity.'),
      count,
      share: share.describe('Of the activity in these days, far from the usual hours.'),
      days_before: count.max(30).describe('UTC days with activity before them, for habits to be known.'),
      hour_days: count.max(30).describe('Days with activity in an hour that make it a usual one.'),
      hours_apart: z.int().min(0).max(11).describe('Hours next to usual ones that are usual, too.'),
    }),
    frequency_surge: z.strictObject({
      points,
      ratio: positive,
      count,
      day_ratio: positive.describe('Over the busiest UTC day of the 30 days before.'),
      days_min: count.max(29).describe('Days since the first transaction from which it is looked at.'),
    }),
    combinations: z
      .array(
        z.strictObject({
          factors: z
            .array(z.enum(FACTOR_CODES))
            .min(2)
            .refine((codes) => new Set(codes).size === codes.length, 'each factor once'),
          points,
        }),
      )
      .max(COMBINATIONS_MAX),
    combination_points_max: points,
    alerts: z.strictObject({
      score_min: points,
      severities,
      join_hours: z.int().min(1).max(JOIN_HOURS_MAX),
      blocks_withdrawals: z.boolean(),
      four_eyes: z.boolean(),
    }),
  })
  .superRefine((rules, context) => {
    const { high_risk: high, elevated } = rules.countries
    const both = elevated.codes.filter((code) => high.codes.includes(code))
    if (both.length > 0)
      context.addIssue({
        code: 'custom',
        path: ['countries', 'elevated', 'codes'],
        message: `the bands overlap: ${both.join(', ')} is high_risk too`,
      })
    const { days, window_days: windowDays } = rules.sustained_time_shift
    if (days > windowDays)
      context.addIssue({
        code: 'custom',
        path: ['sustained_time_shift', 'days'],
        message: 'impossible: more days than the window has',
      })
    const { days_before: daysBefore } = rules.sustained_time_shift
    // 30 days less the window touch one UTC day more.
    if (daysBefore > 30 - windowDays + 1)
      context.addIssue({
        code: 'custom',
        path: ['sustained_time_shift', 'days_before'],
        message: 'impossible: more days than the 30 have before the window',
      })
    if (rules.structuring.count_48h < rules.structuring.count_24h)
      context.addIssue({
        code: 'custom',
        path: ['structuring', 'count_48h'],
        message: 'impossible: fewer in 48 hours than in 24',
      })
  })

export type AmlRules = z.infer<typeof amlRules>

/** Why a document is no set of rules: where, and what is wrong there. */
export interface RulesFault {
  path: string
  message: string
}

export type ParsedRules = { ok: true; rules: AmlRules } | { ok: false; faults: readonly RulesFault[] }

/** Reads a document; every unknown field and impossible number is named. */
export function parseRules(value: unknown): ParsedRules {
  const parsed = amlRules.safeParse(value)
  if (parsed.success) return { ok: true, rules: parsed.data }
  return { ok: false, faults: parsed.error.issues.flatMap(faultsOf) }
}

function faultsOf(issue: z.core.$ZodIssue): RulesFault[] {
  const at = (...rest: readonly string[]): string => [...issue.path, ...rest].join('.')
  if (issue.code !== 'unrecognized_keys') return [{ path: at(), message: issue.message }]
  return issue.keys.map((key) => ({ path: at(key), message: 'is not a known field' }))
}

const ten = { large_transaction: '10000', linked_deposits: '10000' }

/** In force where nobody has said anything else. High-risk countries: those for which the FATF calls for action (June 2026). */
export const DEFAULT_RULES: AmlRules = {
  currencies: {
    USD: ten,
    EUR: ten,
    GBP: ten,
    KRW: { large_transaction: '10000000', linked_deposits: '10000000' },
  },
  large_transaction: { points: 40 },
  structuring: { points: 40, near_from: 0.8, count_24h: 3, count_48h: 4 },
  linked_deposits: { points: 40 },
  rapid_movement: { points: 40, withdrawn_ratio: 0.8, wagered_ratio: 1 },
  countries: {
    high_risk: { points: 40, codes: ['KP', 'IR', 'MM'] },
    elevated: { points: 20, codes: [] },
  },
  deviation_points: 25,
  time_deviation: { activity_share: 0.9, observations_min: 30, days_min: 5, weekday_days_min: 14 },
  amount_deviation: {
    z_score: 2.5,
    sigma_min: 0.01,
    robust_z_score: 3.5,
    log_deviation_min: 0.25,
    observations_min: 10,
  },
  frequency_deviation: { ratio: 3, count: 3, days_min: 7 },
  sustained_time_shift: {
    points: 40,
    window_days: 4,
    days: 3,
    count: 12,
    share: 0.8,
    days_before: 8,
    hour_days: 2,
    hours_apart: 3,
  },
  frequency_surge: { points: 40, ratio: 6, count: 40, day_ratio: 2.5, days_min: 14 },
  combinations: [
    { factors: ['LARGE_TRANSACTION', 'RAPID_MOVEMENT'], points: 20 },
    { factors: ['LARGE_TRANSACTION', 'HIGH_RISK_COUNTRY'], points: 20 },
    { factors: ['STRUCTURING', 'HIGH_RISK_COUNTRY'], points: 20 },
    { factors: ['STRUCTURING', 'RAPID_MOVEMENT'], points: 20 },
    { factors: ['AMOUNT_DEVIATION', 'FREQUENCY_DEVIATION'], points: 10 },
  ],
  combination_points_max: 40,
  alerts: {
    score_min: 40,
    severities: { medium: 40, high: 60, critical: 80 },
    join_hours: 24 * 7,
    blocks_withdrawals: false,
    four_eyes: false,
  },
}
