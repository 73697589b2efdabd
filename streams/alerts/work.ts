/** The work on an alert: NEW → INVESTIGATING → CLOSED or REPORTED, with assignments and notes on the way. */
import type { Alert } from '../../avro/types.ts'
import type { AlertStep, CloseAlert, ReportAlert } from './command.ts'
import { changeOf, changed, isOpen, refused } from './decision.ts'
import type { AlertsView, Outcome } from './decision.ts'

const step = (command: AlertStep, before: Alert, action: string, fields: Partial<Alert> = {}): Outcome => ({
  alert: changed(command, before, changeOf(command, action, before), fields),
})

const ILLEGAL = refused('ALERT_TRANSITION_ILLEGAL')

/** Who ended the work, when, and what they said of it. */
const reviewOf = ({ officer, nowMs, note }: AlertStep) => ({
  reviewed_by: officer,
  reviewed_at: nowMs,
  review_notes: note,
})

function decideClosing(command: CloseAlert, alert: Alert): Outcome {
  if (!isOpen(alert)) return ILLEGAL
  return step(command, alert, 'CLOSED', {
    ...reviewOf(command),
    alert_status: 'CLOSED',
    resolution_code: command.resolutionCode,
    // A proposal to report it came to nothing.
    report_reference: null,
    report_proposed_by: null,
  })
}

/** Where it takes four eyes, the first officer proposes the report, and another one makes it. */
function decideReport(command: ReportAlert, alert: Alert): Outcome {
  const { officer, reportReference: report_reference } = command
  if (alert.alert_status !== 'INVESTIGATING') return ILLEGAL
  if (alert.four_eyes && alert.report_proposed_by === null)
    return step(command, alert, 'REPORT_PROPOSED', { report_reference, report_proposed_by: officer })
  if (alert.four_eyes && alert.report_proposed_by === officer) return refused('FOUR_EYES')
  return step(command, alert, 'REPORTED', {
    ...reviewOf(command),
    alert_status: 'REPORTED',
    report_reference,
  })
}

/** The step of an officer on an alert. Another player's alert is not there. */
export function decideStep(command: AlertStep, view: AlertsView): Outcome {
  const { alertId, expectedVersion, partnerId, playerId } = command
  const alert = view.alert(alertId)
  if (alert === undefined || alert.partner_id !== partnerId || alert.player_id !== playerId)
    return refused('ALERT_NOT_FOUND')
  if (expectedVersion !== null && expectedVersion !== alert.version) return refused('VERSION_CONFLICT')
  switch (command.action) {
    case 'ASSIGN_ALERT':
      return isOpen(alert) ? step(command, alert, 'ASSIGNED', { assignee_id: command.assigneeId }) : ILLEGAL
    case 'INVESTIGATE_ALERT':
      return alert.alert_status === 'NEW'
        ? step(command, alert, 'INVESTIGATED', { alert_status: 'INVESTIGATING' })
        : ILLEGAL
    case 'NOTE_ALERT':
      return step(command, alert, 'NOTED')
    case 'CLOSE_ALERT':
      return decideClosing(command, alert)
    case 'REPORT_ALERT':
      return decideReport(command, alert)
  }
}
