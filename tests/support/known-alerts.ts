/** Alerts of the two days of the known play, in every state that work on them can be in, and one that is older. */
import { randomUUID } from 'node:crypto'
import type { Alert, AlertChanged } from '../../avro/types.ts'

const at = (time: string): number => Date.parse(`${time}Z`)
const factor = (code: string): Alert['risk_factors'][number] => ({
  code,
  points: 10,
  numbers: {},
  detail: null,
  window_from: null,
  window_to: null,
  transaction_ids: [],
})

type Change = Partial<Alert> & Pick<Alert, 'partner_id' | 'player_id' | 'created_at'>

function anAlert(change: Change): AlertChanged {
  const { created_at: createdAt } = change
  return {
    event_id: randomUUID(),
    event_type: 'alert.created',
    timestamp: createdAt,
    data: {
      alert_id: randomUUID(),
      transaction_id: null,
      alert_type: 'THRESHOLD',
      alert_severity: 'MEDIUM',
      alert_status: 'NEW',
      description: 'A large transaction.',
      risk_score: 40,
      risk_factors: [factor('LARGE_TRANSACTION')],
      rules_version: 'platform:1',
      matches: [],
      occurrences: 1,
      transaction_ids: [],
      first_occurred_at: createdAt,
      last_occurred_at: createdAt,
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
      updated_at: createdAt,
      version: 1,
      change: {
        action: 'RAISED',
        command_id: randomUUID(),
        actor: null,
        from_status: null,
        note: null,
        transaction_id: null,
        match: null,
        at: createdAt,
      },
      ...change,
    },
  }
}

/** The next state of an alert that an officer has dealt with. */
const reviewed = ({ data }: AlertChanged, atMs: number, change: Partial<Alert>): AlertChanged => ({
  ...anAlert({ ...data, ...change, reviewed_by: 'ann', reviewed_at: atMs, updated_at: atMs, version: 2 }),
  event_type: 'alert.updated',
})

/** Two open alerts and two that are done with at a partner, and an open one at another. */
export function knownAlerts(partnerId: string, otherId: string): AlertChanged[] {
  const anna = { partner_id: partnerId, player_id: 'anna' }
  const ben = { partner_id: partnerId, player_id: 'ben' }
  const pattern = anAlert({
    ...ben,
    created_at: at('2026-11-02T08:00'),
    alert_type: 'PATTERN',
    alert_severity: 'LOW',
    risk_factors: [factor('NEW_HOURS')],
  })
  const watchlist = anAlert({
    ...anna,
    created_at: at('2026-10-30T00:00'),
    alert_type: 'WATCHLIST',
    alert_severity: 'CRITICAL',
    risk_factors: [factor('NAME_ON_LIST')],
  })
  return [
    watchlist,
    anAlert({ ...anna, created_at: at('2026-11-01T10:00'), alert_severity: 'HIGH', risk_score: 75 }),
    anAlert({
      ...ben,
      created_at: at('2026-11-01T12:00'),
      alert_type: 'STRUCTURING',
      alert_status: 'INVESTIGATING',
      risk_factors: [factor('NEAR_THRESHOLD'), factor('LARGE_TRANSACTION')],
      occurrences: 3,
      assignee_id: 'ann',
    }),
    pattern,
    anAlert({
      partner_id: otherId,
      player_id: 'anna',
      created_at: at('2026-11-01T11:00'),
      alert_severity: 'CRITICAL',
    }),
    reviewed(watchlist, at('2026-11-02T00:00'), { alert_status: 'REPORTED', report_reference: 'FIU-1' }),
    reviewed(pattern, at('2026-11-02T11:30'), { alert_status: 'CLOSED', resolution_code: 'EXPLAINED' }),
  ]
}
