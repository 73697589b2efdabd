/** Alerts, their history, risk profiles and standings in PostgreSQL: rows, and the statements that write them. */
import type { AlertChanged, AmlPlayerUpdated, RiskProfileUpdated } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { formatAmount } from '../../domain/money.ts'
import type { SinkRecord } from '../runtime/types.ts'
import { columnsOf } from './columns.ts'
import { sorted, timeOf, timeOrNull } from './row-values.ts'

const alertRow = ({ data }: AlertChanged) => ({
  id: data.alert_id,
  player_id: data.player_id,
  partner_id: data.partner_id,
  transaction_id: data.transaction_id,
  alert_type: data.alert_type,
  alert_severity: data.alert_severity,
  alert_status: data.alert_status,
  description: data.description,
  risk_score: data.risk_score,
  risk_factors: data.risk_factors,
  matches: data.matches,
  rules_version: data.rules_version,
  occurrences: data.occurrences,
  transaction_ids: data.transaction_ids,
  first_occurred_at: timeOf(data.first_occurred_at),
  last_occurred_at: timeOf(data.last_occurred_at),
  assignee_id: data.assignee_id,
  reviewed_by: data.reviewed_by,
  reviewed_at: timeOrNull(data.reviewed_at),
  review_notes: data.review_notes,
  resolution_code: data.resolution_code,
  report_reference: data.report_reference,
  report_proposed_by: data.report_proposed_by,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
  version: data.version,
})
type AlertRow = ReturnType<typeof alertRow>

/** One step of an alert's history; the version that it led to names it. */
const alertChangeRow = ({ data }: AlertChanged) => ({
  alert_id: data.alert_id,
  version: data.version,
  action: data.change.action,
  command_id: data.change.command_id,
  actor: data.change.actor,
  from_status: data.change.from_status,
  to_status: data.alert_status,
  note: data.change.note,
  transaction_id: data.change.transaction_id,
  at: timeOf(data.change.at),
})

const riskProfileRow = ({ data }: RiskProfileUpdated) => ({
  player_id: data.player_id,
  partner_id: data.partner_id,
  overall_risk_score: data.overall_risk_score,
  risk_level: data.risk_level,
  assessments: data.assessments,
  late_assessments: data.late_assessments,
  statistics: data.statistics.map(({ sum, ...rest }) => ({ ...rest, sum: formatAmount(sum) })),
  risk_factors: data.risk_factors.map(({ first_seen_at, last_seen_at, ...rest }) => ({
    ...rest,
    first_seen_at: timeOf(first_seen_at),
    last_seen_at: timeOf(last_seen_at),
  })),
  last_deposit_at: timeOrNull(data.last_deposit_at),
  last_withdrawal_at: timeOrNull(data.last_withdrawal_at),
  last_played_at: timeOrNull(data.last_played_at),
  last_assessment_at: timeOf(data.last_assessment_at),
  created_at: timeOf(data.created_at),
})
type RiskProfileRow = ReturnType<typeof riskProfileRow>

const amlPlayerRow = ({ data }: AmlPlayerUpdated) => ({
  player_id: data.player_id,
  partner_id: data.partner_id,
  is_pep: data.is_pep,
  is_sanctioned: data.is_sanctioned,
  matches: data.matches.map(({ match, cleared, cleared_by, cleared_at }) => ({
    ...match,
    cleared,
    cleared_by,
    cleared_at: timeOrNull(cleared_at),
  })),
  screened_at: timeOrNull(data.screened_at),
  profile_version: data.profile_version,
  snoozes: data.snoozes.map(({ until, at, last_suppressed_at, ...rest }) => ({
    ...rest,
    until: timeOf(until),
    at: timeOf(at),
    last_suppressed_at: timeOrNull(last_suppressed_at),
  })),
  withdrawals_blocked: data.withdrawals_blocked,
  updated_at: timeOf(data.updated_at),
  version: data.version,
})
type AmlPlayerRow = ReturnType<typeof amlPlayerRow>

export interface AmlRows {
  alerts: AlertRow[]
  alertChanges: ReturnType<typeof alertChangeRow>[]
  riskProfiles: RiskProfileRow[]
  amlPlayers: AmlPlayerRow[]
}

interface Kept<T> {
  id: string
  newness: number
  row: T
}

/** Keeps of several states of the same thing the newest. */
function keepNewest<T>(kept: Map<string, Kept<T>>, candidate: Kept<T>): void {
  if ((kept.get(candidate.id)?.newness ?? -1) <= candidate.newness) kept.set(candidate.id, candidate)
}

const rowsOf = <T>(kept: ReadonlyMap<string, Kept<T>>): T[] => sorted(kept.values()).map(({ row }) => row)

/** Gathers the rows of a batch. */
export function gatherAmlRows() {
  const alerts = new Map<string, Kept<AlertRow>>()
  const changes = new Map<string, { id: string; row: ReturnType<typeof alertChangeRow> }>()
  const profiles = new Map<string, Kept<RiskProfileRow>>()
  const standings = new Map<string, Kept<AmlPlayerRow>>()
  return {
    addAlert: ({ value }: SinkRecord<AlertChanged>): void => {
      const row = alertRow(value)
      keepNewest(alerts, { id: row.id, newness: row.version, row })
      const id = `${row.id}/${row.version}`
      changes.set(id, { id, row: alertChangeRow(value) })
    },
    addProfile: ({ value }: SinkRecord<RiskProfileUpdated>): void => {
      const row = riskProfileRow(value)
      keepNewest(profiles, { id: playerKey(row.partner_id, row.player_id), newness: row.assessments, row })
    },
    addStanding: ({ value }: SinkRecord<AmlPlayerUpdated>): void => {
      const row = amlPlayerRow(value)
      keepNewest(standings, { id: playerKey(row.partner_id, row.player_id), newness: row.version, row })
    },
    rows: (): AmlRows => ({
      alerts: rowsOf(alerts),
      alertChanges: sorted(changes.values()).map(({ row }) => row),
      riskProfiles: rowsOf(profiles),
      amlPlayers: rowsOf(standings),
    }),
  }
}

const ALERT = columnsOf({
  id: 'uuid',
  player_id: 'text',
  partner_id: 'uuid',
  transaction_id: 'uuid',
  alert_type: 'text',
  alert_severity: 'text',
  alert_status: 'text',
  description: 'text',
  risk_score: 'float8',
  risk_factors: 'jsonb',
  matches: 'jsonb',
  rules_version: 'text',
  occurrences: 'bigint',
  transaction_ids: 'jsonb',
  first_occurred_at: 'timestamptz',
  last_occurred_at: 'timestamptz',
  assignee_id: 'text',
  reviewed_by: 'text',
  reviewed_at: 'timestamptz',
  review_notes: 'text',
  resolution_code: 'text',
  report_reference: 'text',
  report_proposed_by: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  version: 'int',
})

/** Can be repeated at will: a row is replaced by a newer version only. */
export const UPSERT_ALERTS = `
INSERT INTO aml_alerts (${ALERT.names})
SELECT ${ALERT.names} FROM json_to_recordset($1::json) AS row (${ALERT.definition})
ON CONFLICT (id) DO UPDATE SET (${ALERT.names}) = ROW (${ALERT.of('excluded')})
WHERE excluded.version > aml_alerts.version`

const ALERT_CHANGE = columnsOf({
  alert_id: 'uuid',
  version: 'int',
  action: 'text',
  command_id: 'uuid',
  actor: 'text',
  from_status: 'text',
  to_status: 'text',
  note: 'text',
  transaction_id: 'uuid',
  at: 'timestamptz',
})

/** A step is written once and never changes. */
export const INSERT_ALERT_CHANGES = `
INSERT INTO aml_alert_history (${ALERT_CHANGE.names})
SELECT ${ALERT_CHANGE.names} FROM json_to_recordset($1::json) AS row (${ALERT_CHANGE.definition})
ON CONFLICT (alert_id, version) DO NOTHING`

const AML_PLAYER = columnsOf({
  player_id: 'text',
  partner_id: 'uuid',
  is_pep: 'boolean',
  is_sanctioned: 'boolean',
  matches: 'jsonb',
  screened_at: 'timestamptz',
  profile_version: 'bigint',
  snoozes: 'jsonb',
  withdrawals_blocked: 'boolean',
  updated_at: 'timestamptz',
  version: 'bigint',
})

/** A row is replaced by a newer version only. */
export const UPSERT_AML_PLAYERS = `
INSERT INTO aml_players (${AML_PLAYER.names})
SELECT ${AML_PLAYER.names} FROM json_to_recordset($1::json) AS row (${AML_PLAYER.definition})
ON CONFLICT (partner_id, player_id) DO UPDATE SET (${AML_PLAYER.names}) = ROW (${AML_PLAYER.of('excluded')})
WHERE excluded.version > aml_players.version`

const PROFILE = columnsOf({
  player_id: 'text',
  partner_id: 'uuid',
  overall_risk_score: 'float8',
  risk_level: 'text',
  assessments: 'bigint',
  late_assessments: 'bigint',
  statistics: 'jsonb',
  risk_factors: 'jsonb',
  last_deposit_at: 'timestamptz',
  last_withdrawal_at: 'timestamptz',
  last_played_at: 'timestamptz',
  last_assessment_at: 'timestamptz',
  created_at: 'timestamptz',
})

/** A row is replaced by one of more assessments only. */
export const UPSERT_RISK_PROFILES = `
INSERT INTO aml_risk_profiles (${PROFILE.names}, is_pep, is_sanctioned)
SELECT ${PROFILE.of('row')}, standing.is_pep, standing.is_sanctioned
FROM json_to_recordset($1::json) AS row (${PROFILE.definition})
LEFT JOIN aml_players AS standing USING (partner_id, player_id)
ON CONFLICT (player_id, partner_id) DO UPDATE SET (${PROFILE.names}) = ROW (${PROFILE.of('excluded')})
WHERE excluded.assessments > aml_risk_profiles.assessments`

/** Profiles that were there before the standing show what it says. */
export const SHOW_STANDINGS = `
UPDATE aml_risk_profiles AS profile SET is_pep = standing.is_pep, is_sanctioned = standing.is_sanctioned
FROM json_to_recordset($1::json) AS row (partner_id uuid, player_id text)
JOIN aml_players AS standing USING (partner_id, player_id)
WHERE profile.partner_id = standing.partner_id AND profile.player_id = standing.player_id
  AND (profile.is_pep, profile.is_sanctioned) IS DISTINCT FROM (standing.is_pep, standing.is_sanctioned)`
