import { define } from './definition.ts'

/** Refusals of steps in a settlement. VERSION_CONFLICT is among them too. */
export const SETTLEMENT_ERRORS = define({
  SETTLEMENT_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such settlement.',
    help: 'Check the id; GET /settlements lists those that you may see.',
    retryable: false,
  },
  SETTLEMENT_TERMS_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The partner has no settlement terms.',
    help: 'Check the partner; PUT /partners/{partner_id}/settlement-terms says how it is settled.',
    retryable: false,
  },
  SETTLEMENT_PERIOD_INVALID: {
    httpStatus: 422,
    detail: 'The period can not be settled.',
    help: 'It ends after it begins, has 366 days at the most, and is over in the time zone of the partner.',
    retryable: false,
  },
  SETTLEMENT_PERIOD_OVERLAPS: {
    httpStatus: 409,
    detail: 'A part of the period is settled already.',
    help: 'A confirmed settlement is not made again: begin where the last confirmed one ends. What came late is part of the next one.',
    retryable: false,
  },
  SETTLEMENT_PERIOD_GAP: {
    httpStatus: 409,
    detail: 'The period does not begin where the last confirmed settlement ends.',
    help: 'Begin on its period_to, or confirm the draft in between first: what lies in a gap would never be settled.',
    retryable: false,
  },
  SETTLEMENT_TRANSITION_ILLEGAL: {
    httpStatus: 409,
    detail: 'The settlement is not in a state that allows this step.',
    help: 'CALCULATING becomes DRAFT by itself, DRAFT goes to CONFIRMED, and CONFIRMED to PAID; before it is confirmed it can be canceled.',
    retryable: false,
  },
  SETTLEMENT_DRAFT_INVALID: {
    httpStatus: 422,
    detail: 'What was counted does not fit the run.',
    help: 'Seals never go back, and days lie in the period or before it. See the log of the settlement worker.',
    retryable: false,
  },
})
