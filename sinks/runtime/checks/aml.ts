/** Assessments, risk profiles, standings and alerts: the first reason for which no store can take a value, or undefined. */
import type {
  AlertChanged,
  AmlPlayerUpdated,
  RiskProfileUpdated,
  TransactionAssessed,
} from '../../../avro/types.ts'
import { PLAYER_ID_CHARS_MAX } from '../../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { text, uuid, time, moment, amount, count, version, json, each, CURRENCY_CHARS } from './fields.ts'
import type { Check } from './fields.ts'

const ALERT_TYPE_CHARS_MAX = 50
const OFFICER_CHARS_MAX = 100
const REPORT_REFERENCE_CHARS_MAX = 100
const SCORE_MAX = 100

const score = (name: string, value: number): Check =>
  value >= 0 && value <= SCORE_MAX ? undefined : `${name} is not a score from 0 to ${SCORE_MAX}`

/** The first reason for which no store can take an assessment, or undefined. */
export function assessmentObjection({ event_id, timestamp, data }: TransactionAssessed): Check {
  return (
    uuid('event_id', event_id) ??
    uuid('transaction_id', data.transaction_id) ??
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('currency', data.currency, CURRENCY_CHARS) ??
    amount('amount', data.amount) ??
    amount('deposited_24h', data.deposited_24h) ??
    amount('withdrawn_24h', data.withdrawn_24h) ??
    amount('wagered_24h', data.wagered_24h, -AMOUNT_UNITS_MAX) ??
    score('risk_score', data.risk_score) ??
    score('overall_risk_score', data.overall_risk_score) ??
    count('observations', data.observations) ??
    count('count_24h', data.count_24h) ??
    time('timestamp', timestamp) ??
    time('created_at', data.created_at)
  )
}

/** The first reason for which no store can take a risk profile, or undefined. */
export function riskProfileObjection({ data }: RiskProfileUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    score('overall_risk_score', data.overall_risk_score) ??
    count('assessments', data.assessments) ??
    each(data.statistics, ({ sum }) => amount('a sum', sum)) ??
    time('last_assessment_at', data.last_assessment_at) ??
    time('created_at', data.created_at)
  )
}

/** The first reason for which no store can take the standing of a player with compliance, or undefined. */
export function amlPlayerObjection({ data }: AmlPlayerUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    json('matches and snoozes', JSON.stringify([data.matches, data.snoozes])) ??
    count('version', data.version) ??
    moment('screened_at', data.screened_at) ??
    time('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take an alert, or undefined. */
export function alertObjection({ event_id, data }: AlertChanged): Check {
  return (
    uuid('event_id', event_id) ??
    uuid('alert_id', data.alert_id) ??
    uuid('partner_id', data.partner_id) ??
    uuid('transaction_id', data.transaction_id) ??
    uuid('command_id', data.change.command_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('alert_type', data.alert_type, ALERT_TYPE_CHARS_MAX) ??
    text('assignee_id', data.assignee_id, OFFICER_CHARS_MAX) ??
    text('reviewed_by', data.reviewed_by, OFFICER_CHARS_MAX) ??
    text('report_reference', data.report_reference, REPORT_REFERENCE_CHARS_MAX) ??
    json(
      'the texts',
      JSON.stringify([data.description, data.review_notes, data.change, data.risk_factors, data.matches]),
    ) ??
    score('risk_score', data.risk_score) ??
    version(data.version) ??
    time('first_occurred_at', data.first_occurred_at) ??
    time('last_occurred_at', data.last_occurred_at) ??
    time('created_at', data.created_at) ??
    time('updated_at', data.updated_at)
  )
}
