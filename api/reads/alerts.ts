/** Alerts, their history, and risk profiles, from PostgreSQL. */
import { z } from 'zod'
import type { Database } from './database.ts'
import type { PagePosition } from './transactions.ts'

export const ALERT_STATUSES = ['NEW', 'INVESTIGATING', 'CLOSED', 'REPORTED'] as const

const time = z.date().transform((date) => date.toISOString())
const json = z.unknown()
/** BIGINT comes as text; counts stay far below 2^53. */
const count = z.coerce.number()

const COLUMNS = `id, player_id, partner_id, transaction_id, alert_type, alert_severity, alert_status, description, risk_score,
  risk_factors, matches, rules_version, occurrences, transaction_ids, first_occurred_at, last_occurred_at, assignee_id,
  reviewed_by, reviewed_at, review_notes, resolution_code, report_reference, report_proposed_by, created_at, updated_at, version`

const alertRow = z.object({
  id: z.string(),
  player_id: z.string(),
  partner_id: z.string(),
  transaction_id: z.string().nullable(),
  alert_type: z.string(),
  alert_severity: z.string(),
  alert_status: z.enum(ALERT_STATUSES),
  description: z.string().nullable(),
  risk_score: z.number().nullable(),
  risk_factors: json,
  matches: json,
  rules_version: z.string().nullable(),
  occurrences: count,
  transaction_ids: json,
  first_occurred_at: time,
  last_occurred_at: time,
  assignee_id: z.string().nullable(),
  reviewed_by: z.string().nullable(),
  reviewed_at: time.nullable(),
  review_notes: z.string().nullable(),
  resolution_code: z.string().nullable(),
  report_reference: z.string().nullable(),
  report_proposed_by: z.string().nullable(),
  created_at: time,
  updated_at: time,
  version: z.number(),
})
export type AlertRow = z.output<typeof alertRow>

/** Columns that a list can be filtered by, each for one value. */
export interface AlertFilters {
  player_id?: string | undefined
  alert_type?: string | undefined
  alert_severity?: string | undefined
  alert_status?: string | undefined
  assignee_id?: string | undefined
  transaction_id?: string | undefined
}
const FILTERS = [
  'player_id',
  'alert_type',
  'alert_severity',
  'alert_status',
  'assignee_id',
  'transaction_id',
] as const satisfies readonly (keyof AlertFilters)[]

export interface AlertsQuery extends AlertFilters {
  partnerId: string
  /** Earliest created_at, and created_at before, in epoch milliseconds. */
  fromMs?: number | undefined
  toMs?: number | undefined
  after?: PagePosition | undefined
  limit: number
}

/** Newest first; at most `limit` rows. */
export function readAlerts(database: Database, query: AlertsQuery): Promise<AlertRow[]> {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [`partner_id = ${bind(query.partnerId)}`]
  for (const name of FILTERS) if (query[name] !== undefined) conditions.push(`${name} = ${bind(query[name])}`)
  if (query.fromMs !== undefined) conditions.push(`created_at >= ${bind(new Date(query.fromMs))}`)
  if (query.toMs !== undefined) conditions.push(`created_at < ${bind(new Date(query.toMs))}`)
  if (query.after !== undefined) {
    const createdAt = bind(new Date(query.after.createdAtMs))
    conditions.push(`(created_at, id) < (${createdAt}, ${bind(query.after.id)}::uuid)`)
  }
  const statement = `SELECT ${COLUMNS} FROM aml_alerts WHERE ${conditions.join(' AND ')}
    ORDER BY created_at DESC, id DESC LIMIT ${bind(query.limit)}`
  return database.query(alertRow, statement, values)
}

/** Undefined where the partner has no such alert. */
export async function readAlert(
  database: Database,
  partnerId: string,
  alertId: string,
): Promise<AlertRow | undefined> {
  const statement = `SELECT ${COLUMNS} FROM aml_alerts WHERE partner_id = $1 AND id = $2`
  const [row] = await database.query(alertRow, statement, [partnerId, alertId])
  return row
}

const historyRow = z.object({
  version: z.number(),
  action: z.string(),
  actor: z.string().nullable(),
  from_status: z.string().nullable(),
  to_status: z.string(),
  note: z.string().nullable(),
  transaction_id: z.string().nullable(),
  at: time,
})
export type AlertHistoryRow = z.output<typeof historyRow>

/** All steps, the first one first. */
export const readAlertHistory = (database: Database, alertId: string): Promise<AlertHistoryRow[]> =>
  database.query(
    historyRow,
    `SELECT version, action, actor, from_status, to_status, note, transaction_id, at
     FROM aml_alert_history WHERE alert_id = $1 ORDER BY version`,
    [alertId],
  )

const profileRow = z.object({
  overall_risk_score: z.number().nullable(),
  risk_level: z.string().nullable(),
  assessments: count.nullable(),
  late_assessments: count.nullable(),
  statistics: json,
  risk_factors: json,
  last_deposit_at: time.nullable(),
  last_withdrawal_at: time.nullable(),
  last_played_at: time.nullable(),
  last_assessment_at: time.nullable(),
  created_at: time.nullable(),
  is_pep: z.boolean().nullable(),
  is_sanctioned: z.boolean().nullable(),
  matches: json,
  screened_at: time.nullable(),
  snoozes: json,
  withdrawals_blocked: z.boolean().nullable(),
})
export type RiskProfileRow = z.output<typeof profileRow>

/** A player may have been assessed, screened, both or neither. */
const PROFILE = `
SELECT overall_risk_score, risk_level, assessments, late_assessments, statistics, risk_factors, last_deposit_at,
  last_withdrawal_at, last_played_at, last_assessment_at, profile.created_at, standing.is_pep, standing.is_sanctioned,
  matches, screened_at, snoozes, withdrawals_blocked
FROM (SELECT * FROM aml_risk_profiles WHERE partner_id = $1 AND player_id = $2) AS profile
FULL JOIN (SELECT * FROM aml_players WHERE partner_id = $1 AND player_id = $2) AS standing
  USING (partner_id, player_id)`

/** Undefined where nothing is known of the player. */
export async function readRiskProfile(
  database: Database,
  partnerId: string,
  playerId: string,
): Promise<RiskProfileRow | undefined> {
  const [row] = await database.query(profileRow, PROFILE, [partnerId, playerId])
  return row
}
