/** What happens to a command: the rules of alerts, from the command, the state and the command's time. */
import type { CheckedCommand, PersonCommand } from './command.ts'
import { refused } from './decision.ts'
import type { AlertsView, Decision, Outcome, Refusal } from './decision.ts'
import { decideCreation, decideRaise } from './finding.ts'
import { decideClearing, decideScreening } from './screening.ts'
import { decideSnooze, decideSnoozeEnd, settle } from './standing.ts'
import { decideStep } from './work.ts'

/** To a partner's own officers, other partners' players and alerts are not there. */
const notThere = (command: PersonCommand): Refusal =>
  'alertId' in command ? 'ALERT_NOT_FOUND' : 'PLAYER_NOT_FOUND'

function outcomeOf(command: CheckedCommand, view: AlertsView): Outcome {
  if (command.actor !== null && ![null, command.partnerId].includes(command.actor.partner_id))
    return refused(notThere(command))
  switch (command.action) {
    case 'RAISE_ALERT':
      return decideRaise(command, view)
    case 'RECORD_SCREENING':
      return decideScreening(command, view)
    case 'CREATE_ALERT':
      return decideCreation(command, view)
    case 'CLEAR_MATCH':
      return decideClearing(command, view)
    case 'SNOOZE':
      return decideSnooze(command, view)
    case 'END_SNOOZE':
      return decideSnoozeEnd(command, view)
    case 'ASSIGN_ALERT':
    case 'INVESTIGATE_ALERT':
    case 'NOTE_ALERT':
    case 'CLOSE_ALERT':
    case 'REPORT_ALERT':
      return decideStep(command, view)
  }
}

/** Decides a command that was not decided before. Pure: the same command and view give the same decision. */
export function decide(command: CheckedCommand, view: AlertsView): Decision {
  const outcome = outcomeOf(command, view)
  if (outcome.refusal !== undefined) return { refusal: outcome.refusal, alert: null, player: null }
  const { alert, standing } = outcome
  return { refusal: null, alert: alert ?? null, player: settle(command, view, alert, standing) }
}
