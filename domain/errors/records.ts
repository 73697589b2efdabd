import { define } from './definition.ts'

/** Reasons for which a record goes to a dead-letter topic. */
export const RECORD_ERRORS = define({
  RECORD_UNDECODABLE: {
    httpStatus: 500,
    detail: 'The record is not in Confluent wire format of a known schema.',
    help: 'Mend the producer; replay the dead letter once it is readable.',
    retryable: false,
  },
  RECORD_INVALID: {
    httpStatus: 500,
    detail: 'The record decodes, but its content breaks a rule.',
    help: 'See the reason; mend the producer and send the command again.',
    retryable: false,
  },
})
