import { describe, expect, it } from 'vitest'
import type { Alert, AmlPlayer, Assessment, RiskProfile } from '../../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { alertObjection, amlPlayerObjection, assessmentObjection, riskProfileObjection } from './aml.ts'

const ID = '0198c1a2-7d00-7000-8000-000000000001'
const NOW_MS = Date.UTC(2026, 10, 24)
const head = { event_id: ID, event_type: 'x', timestamp: NOW_MS }
const NOT_AMOUNT = 'is outside what NUMERIC(19,4) may hold there'

const ASSESSMENT: Assessment = {
  transaction_id: ID,
  partner_id: ID,
  player_id: 'ann',
  type: 'BET',
  amount: 1n,
  currency: 'USD',
  bonus: false,
  created_at: NOW_MS,
  late: false,
  risk_score: 100,
  overall_risk_score: 0,
  alert_types: [],
  factors: [],
  rules_version: 'platform/1',
  observations: 0,
  amount_mean: null,
  amount_sigma: null,
  z_score: null,
  robust_z_score: null,
  count_24h: 1,
  frequency_ratio_7d: null,
  frequency_ratio_30d: null,
  near_threshold_24h: 0,
  near_threshold_48h: 0,
  deposited_24h: AMOUNT_UNITS_MAX,
  withdrawn_24h: 0n,
  wagered_24h: -AMOUNT_UNITS_MAX,
  shadow: null,
}

describe('an assessment', () => {
  const objectionTo = (change: Partial<Assessment>) =>
    assessmentObjection({ ...head, data: { ...ASSESSMENT, ...change } })

  it('passes', () => expect(objectionTo({})).toBeUndefined())
  it.each<[Partial<Assessment>, string]>([
    [{ transaction_id: 'x' }, 'transaction_id is not a UUID'],
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ player_id: 'p'.repeat(256) }, 'player_id is longer than 255 characters'],
    [{ currency: 'USDT' }, 'currency is longer than 3 characters'],
    [{ amount: -1n }, `amount ${NOT_AMOUNT}`],
    [{ deposited_24h: AMOUNT_UNITS_MAX + 1n }, `deposited_24h ${NOT_AMOUNT}`],
    [{ withdrawn_24h: -1n }, `withdrawn_24h ${NOT_AMOUNT}`],
    [{ wagered_24h: -AMOUNT_UNITS_MAX - 1n }, `wagered_24h ${NOT_AMOUNT}`],
    [{ risk_score: 101 }, 'risk_score is not a score from 0 to 100'],
    [{ overall_risk_score: -1 }, 'overall_risk_score is not a score from 0 to 100'],
    [{ observations: -1 }, 'observations is not a count'],
    [{ count_24h: 0.5 }, 'count_24h is not a count'],
    [{ created_at: -1 }, 'created_at is not a time from 1970 to 2199'],
  ])('with %o is turned away', (change, objection) => expect(objectionTo(change)).toBe(objection))
  it('with an id or a time of its event that is none is turned away', () => {
    expect(assessmentObjection({ ...head, event_id: 'x', data: ASSESSMENT })).toBe('event_id is not a UUID')
    expect(assessmentObjection({ ...head, timestamp: -1, data: ASSESSMENT })).toBe(
      'timestamp is not a time from 1970 to 2199',
    )
  })
})

describe('a risk profile', () => {
  const objectionTo = (change: Partial<RiskProfile>) =>
    riskProfileObjection({
      ...head,
      data: {
        partner_id: ID,
        player_id: 'ann',
        overall_risk_score: 30,
        risk_level: 'LOW',
        assessments: 1,
        late_assessments: 0,
        statistics: [],
        risk_factors: [],
        last_deposit_at: null,
        last_withdrawal_at: null,
        last_played_at: null,
        last_assessment_at: NOW_MS,
        created_at: NOW_MS,
        ...change,
      },
    })
  const sum = (units: bigint) => ({ period_days: 7, type: 'BET', currency: 'USD', count: 1, sum: units })

  it('passes', () => expect(objectionTo({ statistics: [sum(AMOUNT_UNITS_MAX)] })).toBeUndefined())
  it.each<[Partial<RiskProfile>, string]>([
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ player_id: '\0' }, 'player_id holds a NUL character'],
    [{ overall_risk_score: 101 }, 'overall_risk_score is not a score from 0 to 100'],
    [{ assessments: -1 }, 'assessments is not a count'],
    [{ statistics: [sum(1n), sum(-1n)] }, `a sum ${NOT_AMOUNT}`],
    [{ last_assessment_at: -1 }, 'last_assessment_at is not a time from 1970 to 2199'],
    [{ created_at: -1 }, 'created_at is not a time from 1970 to 2199'],
  ])('with %o is turned away', (change, objection) => expect(objectionTo(change)).toBe(objection))
})

describe('the standing of a player', () => {
  const objectionTo = (change: Partial<AmlPlayer>) =>
    amlPlayerObjection({
      ...head,
      data: {
        partner_id: ID,
        player_id: 'ann',
        is_pep: false,
        is_sanctioned: false,
        matches: [],
        screened_at: null,
        profile_version: null,
        lists: [],
        snoozes: [],
        withdrawals_blocked: false,
        command_id: ID,
        recent_command_ids: [],
        updated_at: NOW_MS,
        version: 1,
        ...change,
      },
    })

  it('passes', () => expect(objectionTo({})).toBeUndefined())
  it.each<[Partial<AmlPlayer>, string]>([
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ player_id: 'p'.repeat(256) }, 'player_id is longer than 255 characters'],
    [{ version: -1 }, 'version is not a count'],
    [{ screened_at: -1 }, 'screened_at is not a time from 1970 to 9999'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 2199'],
  ])('with %o is turned away', (change, objection) => expect(objectionTo(change)).toBe(objection))
})

describe('an alert', () => {
  const change = {
    action: 'RAISED',
    command_id: ID,
    actor: null,
    from_status: null,
    note: null,
    transaction_id: null,
    match: null,
    at: NOW_MS,
  }
  const objectionTo = (fields: Partial<Alert>) =>
    alertObjection({
      ...head,
      data: {
        alert_id: ID,
        partner_id: ID,
        player_id: 'ann',
        transaction_id: null,
        alert_type: 'MANUAL',
        alert_severity: 'LOW',
        alert_status: 'NEW',
        description: 'by hand',
        risk_score: 0,
        risk_factors: [],
        rules_version: null,
        matches: [],
        occurrences: 1,
        transaction_ids: [],
        first_occurred_at: NOW_MS,
        last_occurred_at: NOW_MS,
        join_window_ms: 0,
        blocks_withdrawals: false,
        four_eyes: false,
        assignee_id: null,
        reviewed_by: null,
        reviewed_at: null,
        review_notes: null,
        resolution_code: null,
        report_reference: null,
        report_proposed_by: null,
        created_at: NOW_MS,
        updated_at: NOW_MS,
        version: 1,
        change,
        ...fields,
      },
    })

  it('passes', () => expect(objectionTo({})).toBeUndefined())
  it.each<[Partial<Alert>, string]>([
    [{ alert_id: 'x' }, 'alert_id is not a UUID'],
    [{ transaction_id: 'x' }, 'transaction_id is not a UUID'],
    [{ change: { ...change, command_id: 'x' } }, 'command_id is not a UUID'],
    [{ alert_type: 'A'.repeat(51) }, 'alert_type is longer than 50 characters'],
    [{ assignee_id: 'a'.repeat(101) }, 'assignee_id is longer than 100 characters'],
    [{ reviewed_by: 'a'.repeat(101) }, 'reviewed_by is longer than 100 characters'],
    [{ report_reference: 'a'.repeat(101) }, 'report_reference is longer than 100 characters'],
    [{ description: 'a\0b' }, 'the texts holds a NUL character'],
    [{ risk_score: -1 }, 'risk_score is not a score from 0 to 100'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ last_occurred_at: -1 }, 'last_occurred_at is not a time from 1970 to 2199'],
  ])('with %o is turned away', (fields, objection) => expect(objectionTo(fields)).toBe(objection))
})
