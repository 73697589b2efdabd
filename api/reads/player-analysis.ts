/**
 * What a player has done within the windows that the AML rules look at, worked out anew at any moment: from the assessments in
 * ClickHouse, without the withdrawals that were given back since. The rules themselves have kept what they saw at the time.
 */
import { z } from 'zod'
import type { Analytics } from './analytics.ts'

/** The windows of the rules: a day, two, a week, thirty days. */
const WINDOW_HOURS = [24, 48, 168, 720] as const
const LONGEST_HOURS = 720

const KEPT = `
  SELECT transaction_id, type, bonus, currency, amount, created_at, risk_score, factor_codes
  FROM aml_assessments FINAL
  WHERE partner_id = {partner:UUID} AND player_id = {player:String} AND event_type = 'transaction.assessed'
    AND created_at > fromUnixTimestamp64Milli({at:Int64}, 'UTC') - INTERVAL ${LONGEST_HOURS} HOUR
    AND created_at <= fromUnixTimestamp64Milli({at:Int64}, 'UTC')
    AND transaction_id NOT IN (
      SELECT transaction_id FROM aml_assessments
      WHERE partner_id = {partner:UUID} AND player_id = {player:String} AND event_type = 'transaction.reversed')`

const WINDOWS = `
  WITH kept AS (${KEPT})
  SELECT hours, type, bonus, currency, count() AS transactions, toString(sum(amount)) AS total,
    toString(min(amount)) AS least, toString(max(amount)) AS greatest,
    avg(toFloat64(amount)) AS mean, stddevPop(toFloat64(amount)) AS sigma
  FROM kept ARRAY JOIN [${WINDOW_HOURS.join(', ')}] AS hours
  WHERE created_at > fromUnixTimestamp64Milli({at:Int64}, 'UTC') - toIntervalHour(hours)
  GROUP BY hours, type, bonus, currency ORDER BY hours, type, bonus, currency`

const countsOf = (expression: string, values: readonly number[]): string =>
  `[${values.map((value) => `countIf(${expression} = ${value})`).join(', ')}]`

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** Monday is 1. */
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7]

const HOUR_COUNTS = countsOf(`toHour(created_at, 'UTC')`, HOURS)
const WEEKDAY_COUNTS = countsOf(`toDayOfWeek(created_at, 0, 'UTC')`, WEEKDAYS)

const ACTIVITY = `
  WITH kept AS (${KEPT})
  SELECT ${HOUR_COUNTS} AS hours, ${WEEKDAY_COUNTS} AS weekdays
  FROM kept`

const FACTORS = `
  WITH kept AS (${KEPT})
  SELECT code, count() AS transactions, toUnixTimestamp64Milli(min(created_at)) AS first_seen_at,
    toUnixTimestamp64Milli(max(created_at)) AS last_seen_at
  FROM kept ARRAY JOIN arrayDistinct(factor_codes) AS code GROUP BY code ORDER BY transactions DESC, code`

const GRAVEST = `
  WITH kept AS (${KEPT})
  SELECT toString(transaction_id) AS transaction_id, risk_score, toUnixTimestamp64Milli(created_at) AS created_at
  FROM kept WHERE risk_score > 0 ORDER BY risk_score DESC, created_at DESC, transaction_id LIMIT 10`

/** ClickHouse writes integers of 64 bits as text. */
const integer = z.coerce.number().int()
const time = integer.transform((ms) => new Date(ms).toISOString())

const windowRow = z.object({
  hours: integer,
  type: z.string(),
  bonus: z.boolean(),
  currency: z.string(),
  transactions: integer,
  total: z.string(),
  least: z.string(),
  greatest: z.string(),
  mean: z.number(),
  sigma: z.number(),
})
const activityRow = z.object({ hours: z.array(integer), weekdays: z.array(integer) })
const factorRow = z.object({
  code: z.string(),
  transactions: integer,
  first_seen_at: time,
  last_seen_at: time,
})
const gravestRow = z.object({ transaction_id: z.string(), risk_score: z.number(), created_at: time })

export interface PlayerAnalysis {
  windows: z.output<typeof windowRow>[]
  activity: z.output<typeof activityRow>
  factors: z.output<typeof factorRow>[]
  gravest: z.output<typeof gravestRow>[]
}

/** The windows that end at a moment (epoch milliseconds). */
export async function analysePlayer(
  analytics: Pick<Analytics, 'query'>,
  player: { partnerId: string; playerId: string },
  atMs: number,
): Promise<PlayerAnalysis> {
  const params = { partner: player.partnerId, player: player.playerId, at: String(atMs) }
  const [windows, [activity], factors, gravest] = await Promise.all([
    analytics.query(windowRow, WINDOWS, params),
    analytics.query(activityRow, ACTIVITY, params),
    analytics.query(factorRow, FACTORS, params),
    analytics.query(gravestRow, GRAVEST, params),
  ])
  return { windows, activity: activity ?? { hours: [], weekdays: [] }, factors, gravest }
}
