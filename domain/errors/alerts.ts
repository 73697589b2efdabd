import { define } from './definition.ts'

/** Refusals of steps in the work on alerts. VERSION_CONFLICT and PLAYER_NOT_FOUND are among them too. */
export const ALERT_ERRORS = define({
  ALERT_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such alert.',
    help: 'Check the id; GET /aml/alerts lists those that you may see.',
    retryable: false,
  },
  ALERT_TRANSITION_ILLEGAL: {
    httpStatus: 409,
    detail: 'The alert is not in a state that allows this step.',
    help: 'NEW goes to INVESTIGATING, either to CLOSED, and INVESTIGATING to REPORTED. Read the alert: its status says which steps are left.',
    retryable: false,
  },
  FOUR_EYES: {
    httpStatus: 409,
    detail: 'A second officer has to agree to the report.',
    help: 'The report is proposed already; it is made once another officer asks for it.',
    retryable: false,
  },
  ALERT_LIMIT_REACHED: {
    httpStatus: 409,
    detail: 'The player has as many open alerts as one may have.',
    help: 'Close alerts that are done with, or add a note to one that is open.',
    retryable: true,
  },
  MATCH_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The player has no such match that is not cleared.',
    help: 'Check list and entry_id; the profile of the player names the matches.',
    retryable: false,
  },
  SNOOZE_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No snooze of this type of alert is in force.',
    help: 'Read the profile of the player: it names the snoozes and their ends.',
    retryable: false,
  },
})
