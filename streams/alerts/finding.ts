/** What becomes of a finding: it joins an open alert, raises one, or is counted while its type is snoozed. */
import type { Alert, AlertFactor, Finding, ScreeningMatch } from '../../avro/types.ts'
import { alertIdOf } from './alert-id.ts'
import type { CheckedCommand, CreateAlert, RaiseAlert } from './command.ts'
import { changeOf, changed, compareSeverity, refused } from './decision.ts'
import type { AlertsView, Outcome } from './decision.ts'
import { FACTORS_MAX, OPEN_ALERTS_MAX, TRANSACTIONS_MAX } from './limits.ts'
import { standingOf, suppress } from './standing.ts'

/** Of each code what was found last, the newest first. */
function mergeFactors(before: readonly AlertFactor[], found: readonly AlertFactor[]): AlertFactor[] {
  const codes = new Set(found.map(({ code }) => code))
  return [...found, ...before.filter(({ code }) => !codes.has(code))].slice(0, FACTORS_MAX)
}

/** The transactions of an alert with one more, which is the last of them then. */
const withTransaction = (ids: readonly string[], id: string | null): string[] =>
  id === null ? [...ids] : [...ids.filter((each) => each !== id), id].slice(-TRANSACTIONS_MAX)

/** The first version of an alert. */
export const newAlert = (
  command: CheckedCommand,
  alertId: string,
  finding: Finding,
  action: 'RAISED' | 'CREATED',
  matches: ScreeningMatch[] = [],
): Alert => ({
  alert_id: alertId,
  partner_id: command.partnerId,
  player_id: command.playerId,
  transaction_id: finding.transaction_id,
  alert_type: finding.alert_type,
  alert_severity: finding.alert_severity,
  alert_status: 'NEW',
  description: finding.description,
  risk_score: finding.risk_score,
  risk_factors: finding.factors.slice(0, FACTORS_MAX),
  rules_version: finding.rules_version,
  matches,
  occurrences: 1,
  transaction_ids: withTransaction([], finding.transaction_id),
  first_occurred_at: finding.occurred_at,
  last_occurred_at: finding.occurred_at,
  join_window_ms: finding.join_window_ms,
  blocks_withdrawals: finding.blocks_withdrawals,
  four_eyes: finding.four_eyes,
  assignee_id: null,
  reviewed_by: null,
  reviewed_at: null,
  review_notes: null,
  resolution_code: null,
  report_reference: null,
  report_proposed_by: null,
  created_at: command.nowMs,
  updated_at: command.nowMs,
  version: 1,
  change: changeOf(command, action, null, { transaction_id: finding.transaction_id }),
})

/**
 * An open alert with one more finding. What the finding's rules ask for (blocking, four eyes) is added to what holds already:
 * a change of rules takes nothing from an alert that is open.
 */
export function joined(
  command: CheckedCommand,
  alert: Alert,
  finding: Finding,
  matches: ScreeningMatch[] = alert.matches,
): Alert {
  const graver =
    compareSeverity(finding.alert_severity, alert.alert_severity) || finding.risk_score - alert.risk_score
  const change = changeOf(command, 'JOINED', alert, { transaction_id: finding.transaction_id })
  return changed(command, alert, change, {
    alert_severity:
      compareSeverity(finding.alert_severity, alert.alert_severity) > 0
        ? finding.alert_severity
        : alert.alert_severity,
    description: graver > 0 ? finding.description : alert.description,
    risk_score: Math.max(alert.risk_score, finding.risk_score),
    risk_factors: mergeFactors(alert.risk_factors, finding.factors),
    matches,
    occurrences: alert.occurrences + 1,
    transaction_ids: withTransaction(alert.transaction_ids, finding.transaction_id),
    first_occurred_at: Math.min(alert.first_occurred_at, finding.occurred_at),
    last_occurred_at: Math.max(alert.last_occurred_at, finding.occurred_at),
    join_window_ms: finding.join_window_ms,
    blocks_withdrawals: alert.blocks_withdrawals || finding.blocks_withdrawals,
    four_eyes: alert.four_eyes || finding.four_eyes,
  })
}

type Occurrence = Pick<Finding, 'alert_type' | 'occurred_at' | 'join_window_ms'>

/**
 * The open alert that something found joins: of its type, last found within the window before or after it, the nearest, and of two as near the later. A
 * player with as many open alerts as one may have gets no further ones while there is one of the type, however far.
 */
export function alertToJoin(command: CheckedCommand, occurrence: Occurrence, view: AlertsView) {
  const open = view.openAlerts(command.key)
  const windowMs = open.length < OPEN_ALERTS_MAX ? occurrence.join_window_ms : Infinity
  const distanceMs = (lastMs: number): number => Math.abs(lastMs - occurrence.occurred_at)
  const [nearest] = open
    .filter(({ alertType }) => alertType === occurrence.alert_type)
    .filter(({ lastOccurredAtMs }) => distanceMs(lastOccurredAtMs) <= windowMs)
    .toSorted(
      (a, b) =>
        distanceMs(a.lastOccurredAtMs) - distanceMs(b.lastOccurredAtMs) ||
        b.lastOccurredAtMs - a.lastOccurredAtMs,
    )
  return nearest === undefined ? undefined : view.alert(nearest.alertId)
}

export function decideRaise(command: RaiseAlert, view: AlertsView): Outcome {
  const { finding, commandId } = command
  const suppressed = suppress(standingOf(view.player(command.key)), finding)
  if (suppressed !== undefined) return { standing: suppressed }
  const open = alertToJoin(command, finding, view)
  return {
    alert:
      open === undefined
        ? newAlert(command, alertIdOf(commandId), finding, 'RAISED')
        : joined(command, open, finding),
  }
}

/** What a person raises is an alert of its own: it neither joins one nor is it snoozed. */
export function decideCreation(command: CreateAlert, view: AlertsView): Outcome {
  if (view.openAlerts(command.key).length >= OPEN_ALERTS_MAX) return refused('ALERT_LIMIT_REACHED')
  return { alert: newAlert(command, alertIdOf(command.commandId), command.finding, 'CREATED') }
}
