/** Deviations from what a player usually does: when, how much, how often. */
import type { Profile } from '../profile.ts'
import type { RuleSet } from '../../../domain/aml/rule-set.ts'
import { isAct, wholeOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import { robustOf, robustZScore } from '../windows/bins.ts'
import { DAY_MS, dayOf, hourOf, weekdayOf } from '../windows/nodes.ts'
import type { Sums } from '../windows/sums.ts'
import { activityIn, countWindow, daysTouched } from '../windows/windows.ts'
import type { Activity, NodeReader } from '../windows/windows.ts'
import { WINDOW_30D_MS, WINDOW_7D_MS } from './found.ts'
import type { Found } from './found.ts'

const UNITS_SQUARED = 1e8
const NAMED_NONE: readonly string[] = []

/** The amount beside those of the same type and currency in the 30 days before. */
export interface AmountStatistics {
  observations: number
  mean: number | null
  sigma: number | null
  zScore: number | null
  robustZScore: number | null
  /** What the robust score was made of, on the scale of log(1 + amount); null where there is none. */
  robust: Robust | null
  least: number | null
  greatest: number | null
}

interface Robust {
  median: number
  deviation: number
}

/** Standard deviation of the population, in whole units; its variance is worked out in integers. */
function sigmaOf({ count, sum, sumSquares }: Readonly<Sums>): number {
  const n = BigInt(count)
  return Math.sqrt(Number(n * sumSquares - sum * sum) / UNITS_SQUARED) / count
}

function robustIn(subject: Subject, windows: NodeReader): Robust | null {
  const today = dayOf(subject.atMs)
  return robustOf(windows.bins(today - 29, today, subject.series)) ?? null
}

export function amountStatistics(
  subject: Subject,
  ruleSet: RuleSet,
  windows: NodeReader,
  sums: Readonly<Sums>,
): AmountStatistics {
  if (sums.count === 0)
    return {
      observations: 0,
      mean: null,
      sigma: null,
      zScore: null,
      robustZScore: null,
      robust: null,
      least: null,
      greatest: null,
    }
  const { sigma_min, observations_min, log_deviation_min } = ruleSet.rules.amount_deviation
  const mean = wholeOf(sums.sum) / sums.count
  const sigma = Math.max(sigmaOf(sums), sigma_min)
  const robust = sums.count < observations_min ? null : robustIn(subject, windows)
  return {
    observations: sums.count,
    mean,
    sigma,
    zScore: (wholeOf(subject.units) - mean) / sigma,
    robustZScore: robust === null ? null : robustZScore(subject.units, robust, log_deviation_min),
    robust,
    least: wholeOf(sums.least),
    greatest: wholeOf(sums.greatest),
  }
}

/** By the plain z-score together with the range of the past, or by the robust one. */
export function amountDeviation(
  subject: Subject,
  { rules }: RuleSet,
  statistics: AmountStatistics,
): Omit<Found, 'points'> | undefined {
  const { observations, mean, sigma, zScore, robustZScore: robustScore, robust, least, greatest } = statistics
  const { z_score, sigma_min, robust_z_score, log_deviation_min, observations_min } = rules.amount_deviation
  if (!isAct(subject) || subject.bonus || observations < observations_min) return undefined
  if (mean === null || sigma === null || zScore === null || least === null || greatest === null)
    return undefined
  const amount = wholeOf(subject.units)
  const outOfRange = amount < least || amount > greatest
  if (zScore <= z_score && !outOfRange && (robustScore ?? 0) < robust_z_score) return undefined
  return {
    code: 'AMOUNT_DEVIATION',
    numbers: {
      amount,
      observations,
      mean,
      sigma,
      sigma_min,
      z_score: zScore,
      z_score_above: z_score,
      ...(robust === null || robustScore === null
        ? {}
        : {
            robust_z_score: robustScore,
            robust_z_score_from: robust_z_score,
            log_median: robust.median,
            log_deviation: robust.deviation,
            log_deviation_min,
          }),
      least,
      greatest,
      out_of_range: outOfRange ? 1 : 0,
    },
    detail: subject.type,
    windowMs: WINDOW_30D_MS,
    transactionIds: NAMED_NONE,
  }
}

/** What the busier places hold together; of equally busy ones the earlier comes first. */
function busierThan(counts: readonly number[], place: number): number {
  const own = counts[place] ?? 0
  let busier = 0
  for (const [at, count] of counts.entries())
    if (count > own || (count === own && at < place)) busier += count
  return busier
}

/**
 * True for one of the busiest places that together hold the share of the activity. It is one where those before it do not
 * yet hold that much.
 */
const isUsual = (counts: readonly number[], place: number, total: number, share: number): boolean =>
  busierThan(counts, place) < total * share

/** An hour of the day or a day of the week outside of those that hold most of the player's activity. */
export function timeDeviation(
  subject: Subject,
  { rules }: RuleSet,
  windows: NodeReader,
): Omit<Found, 'points'> | undefined {
  const { activity_share: share, observations_min, days_min, weekday_days_min } = rules.time_deviation
  const from = subject.atMs - WINDOW_30D_MS
  if (!isAct(subject) || daysTouched(windows, from, subject.atMs) < days_min) return undefined
  const { count, days, hours, weekdays } = activityIn(windows, from, subject.atMs)
  if (count < observations_min || days < days_min) return undefined
  const hour = hourOf(subject.atMs)
  const weekday = weekdayOf(dayOf(subject.atMs))
  const unusualHour = !isUsual(hours, hour, count, share)
  const unusualWeekday = days >= weekday_days_min && !isUsual(weekdays, weekday, count, share)
  if (!unusualHour && !unusualWeekday) return undefined
  return {
    code: 'TIME_DEVIATION',
    numbers: {
      hour,
      hour_share: (hours[hour] ?? 0) / count,
      busier_hours_share: busierThan(hours, hour) / count,
      weekday,
      weekday_share: (weekdays[weekday] ?? 0) / count,
      busier_weekdays_share: busierThan(weekdays, weekday) / count,
      unusual_from_share: share,
      observations: count,
      days,
    },
    detail: unusualHour ? (unusualWeekday ? 'hour and weekday' : 'hour') : 'weekday',
    windowMs: WINDOW_30D_MS,
    transactionIds: NAMED_NONE,
  }
}

/**
 * Hours that hold most of the activity, and those next to them, around the clock. An hour of a single day is no habit,
 * however much was done in it.
 */
function usualHours(
  { hours, hourDays, count }: Activity,
  share: number,
  { hour_days: hourDaysMin, hours_apart: hoursApart }: RuleSet['rules']['sustained_time_shift'],
): ReadonlySet<number> {
  const usual = new Set<number>()
  for (const hour of hours.keys())
    if ((hourDays[hour] ?? 0) >= hourDaysMin && isUsual(hours, hour, count, share))
      for (let apart = -hoursApart; apart <= hoursApart; apart++) usual.add((hour + apart + 24) % 24)
  return usual
}

/** Hours far from the usual ones not once but for days: most of what the player did lately, beside the time before. */
export function sustainedTimeShift(
  subject: Subject,
  { rules }: RuleSet,
  windows: NodeReader,
): Found | undefined {
  const { activity_share, observations_min } = rules.time_deviation
  const { points, window_days, days, count, share, days_before } = rules.sustained_time_shift
  if (!isAct(subject)) return undefined
  const windowMs = window_days * DAY_MS
  const from = subject.atMs - windowMs
  const from30d = subject.atMs - WINDOW_30D_MS
  if (daysTouched(windows, from30d, from) < days_before) return undefined
  const before = activityIn(windows, from30d, from)
  if (before.count < observations_min || before.days < days_before) return undefined
  const usual = usualHours(before, activity_share, rules.sustained_time_shift)
  if (usual.has(hourOf(subject.atMs))) return undefined
  const lately = activityIn(windows, from, subject.atMs)
  const far = lately.hours.reduce((sum, each, hour) => (usual.has(hour) ? sum : sum + each), 0)
  if (lately.count < count || lately.days < days || far < share * lately.count) return undefined
  return {
    code: 'SUSTAINED_TIME_SHIFT',
    points,
    numbers: {
      count: lately.count,
      count_from: count,
      far_from_usual: far,
      far_share_from: share,
      days: lately.days,
      days_from: days,
      observations: before.count,
    },
    detail: null,
    windowMs,
    transactionIds: NAMED_NONE,
  }
}

/** How often within 24 hours, beside the daily averages of before; null without enough history. */
export interface Frequency {
  /** With the transaction itself. */
  count24h: number
  ratio7d: number | null
  ratio30d: number | null
  /** Transactions a day in the 7 and 30 days before these 24 hours, as far as they are known. */
  daily7d: number
  daily30d: number
  /** Days since the first transaction. */
  historyDays: number
  /** Transactions of the busiest UTC day of those that the 30 days before hold whole. */
  greatestDay: number
}

const NO_FREQUENCY = { ratio7d: null, ratio30d: null, daily7d: 0, daily30d: 0, greatestDay: 0 }

export function frequencyOf(
  subject: Subject,
  { rules }: RuleSet,
  windows: NodeReader,
  profile: Profile,
  before24h: number,
  before30d: number,
): Frequency {
  const count24h = before24h + 1
  const historyDays = profile.assessments === 0 ? 0 : (subject.atMs - profile.firstAtMs) / DAY_MS
  if (historyDays < rules.frequency_deviation.days_min) return { ...NO_FREQUENCY, count24h, historyDays }
  const before7d = countWindow(windows, subject.atMs - WINDOW_7D_MS, subject.atMs)
  const daily7d = (before7d - before24h) / 6
  const daily30d = (before30d - before24h) / (Math.min(historyDays, 30) - 1)
  const today = dayOf(subject.atMs)
  return {
    count24h,
    historyDays,
    daily7d,
    daily30d,
    greatestDay: windows.span(today - 29, today - 1).greatestDay,
    ratio7d: daily7d > 0 ? count24h / daily7d : null,
    ratio30d: daily30d > 0 ? count24h / daily30d : null,
  }
}

/** Above both averages, as far as there are any. */
function exceeds({ ratio7d, ratio30d }: Frequency, ratio: number): boolean {
  if (ratio30d === null) return false
  return ratio30d > ratio && (ratio7d === null || ratio7d > ratio)
}

const frequencyNumbers = (
  { count24h, ratio7d, ratio30d, daily7d, daily30d }: Frequency,
  ratio: number,
): Record<string, number> => ({
  count_24h: count24h,
  ...(ratio7d === null ? {} : { daily_7d: daily7d, ratio_7d: ratio7d }),
  ...(ratio30d === null ? {} : { daily_30d: daily30d, ratio_30d: ratio30d }),
  ratio_above: ratio,
})

export function frequencyDeviation(
  subject: Subject,
  { rules }: RuleSet,
  frequency: Frequency,
): Omit<Found, 'points'> | undefined {
  const { ratio, count } = rules.frequency_deviation
  if (!isAct(subject) || frequency.count24h <= count || !exceeds(frequency, ratio)) return undefined
  return {
    code: 'FREQUENCY_DEVIATION',
    numbers: { ...frequencyNumbers(frequency, ratio), count_24h_above: count },
    detail: null,
    windowMs: WINDOW_30D_MS,
    transactionIds: NAMED_NONE,
  }
}

/** So much more often that it counts by itself. */
export function frequencySurge(
  subject: Subject,
  { rules }: RuleSet,
  frequency: Frequency,
): Found | undefined {
  const { points, ratio, count, day_ratio, days_min } = rules.frequency_surge
  const { count24h, greatestDay, historyDays } = frequency
  if (historyDays < days_min) return undefined
  if (!isAct(subject) || count24h < count || !exceeds(frequency, ratio)) return undefined
  if (count24h < day_ratio * greatestDay) return undefined
  return {
    code: 'FREQUENCY_SURGE',
    points,
    numbers: {
      ...frequencyNumbers(frequency, ratio),
      count_24h_from: count,
      greatest_day: greatestDay,
      day_ratio_from: day_ratio,
    },
    detail: null,
    windowMs: WINDOW_30D_MS,
    transactionIds: NAMED_NONE,
  }
}
