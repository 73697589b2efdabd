import { define } from './definition.ts'

/** Answers of the HTTP edge. */
export const REQUEST_ERRORS = define({
  VALIDATION_FAILED: {
    httpStatus: 400,
    detail: 'The request is not valid.',
    help: 'See errors[]: each names a path and what is wrong there.',
    retryable: false,
  },
  MALFORMED_JSON: {
    httpStatus: 400,
    detail: 'The body is not valid JSON.',
    help: 'Send one JSON object in UTF-8.',
    retryable: false,
  },
  INVALID_AMOUNT: {
    httpStatus: 400,
    detail: 'The amount is not valid.',
    help: 'A plain positive decimal with at most 4 decimals within NUMERIC(19,4), as a number or a string.',
    retryable: false,
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    detail: 'The API key is missing or not valid.',
    help: 'Send a valid key in the X-API-Key header.',
    retryable: false,
  },
  FORBIDDEN: {
    httpStatus: 403,
    detail: 'The API key does not allow this.',
    help: 'Use a key with the scope that the route names.',
    retryable: false,
  },
  PARTNER_NOT_ACTIVE: {
    httpStatus: 403,
    detail: 'The partner is suspended or inactive.',
    help: 'Ask the platform’s operator why.',
    retryable: false,
  },
  ADDRESS_NOT_ALLOWED: {
    httpStatus: 403,
    detail: 'The partner does not call from this address.',
    help: 'Call from a network on the partner’s allow list, or have this one put on it.',
    retryable: false,
  },
  NOT_FOUND: {
    httpStatus: 404,
    detail: 'There is no such resource.',
    help: 'See /openapi.json for the routes.',
    retryable: false,
  },
  CURSOR_EXPIRED: {
    httpStatus: 410,
    detail: 'Events behind this cursor are no longer kept.',
    help: 'Call without a cursor to go on with the oldest event that is kept; GET /transactions has what lies before.',
    retryable: false,
  },
  PLAYER_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The player has no profile.',
    help: 'PUT makes one; check player_id.',
    retryable: true,
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    detail: 'The method is not allowed here.',
    help: 'The Allow header names the methods of this route.',
    retryable: false,
  },
  PAYLOAD_TOO_LARGE: {
    httpStatus: 413,
    detail: 'The request is too large.',
    help: 'Send fewer commands in one batch or less metadata.',
    retryable: false,
  },
  REQUEST_TIMEOUT: {
    httpStatus: 408,
    detail: 'The request did not arrive in time.',
    help: 'Send the whole request without long pauses.',
    retryable: true,
  },
  HEADERS_TOO_LARGE: {
    httpStatus: 431,
    detail: 'The request line and headers are too large.',
    help: 'Send shorter paths, queries and headers.',
    retryable: false,
  },
  VERSION_NOT_REACHED: {
    httpStatus: 503,
    detail: 'The read side has not reached this version yet.',
    help: 'Ask again after the time in Retry-After; min_version is a version that a command answered with.',
    retryable: true,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    httpStatus: 415,
    detail: 'The content type is not supported.',
    help: 'Send application/json.',
    retryable: false,
  },
  RATE_LIMITED: {
    httpStatus: 429,
    detail: 'Too many requests.',
    help: 'Slow down: Retry-After says when to try again, RateLimit what is left.',
    retryable: true,
  },
  OUTCOME_UNKNOWN: {
    httpStatus: 503,
    detail: 'It is not known whether the change was made.',
    help: 'Read it again after the time in Retry-After; the change may still come.',
    retryable: true,
  },
  TOO_MANY_PENDING: {
    httpStatus: 503,
    detail: 'Too many commands wait for their answer.',
    help: 'Try again after the time in Retry-After; the same transaction_id_partner never moves money twice.',
    retryable: true,
  },
  WATCHLISTS_NOT_LOADED: {
    httpStatus: 503,
    detail: 'The watchlists are not loaded yet.',
    help: 'Try again after the time in Retry-After; /health/ready says where a list is refused.',
    retryable: true,
  },
  SERVICE_UNAVAILABLE: {
    httpStatus: 503,
    detail: 'The service is not available right now.',
    help: 'Try again after the time in Retry-After; the same transaction_id_partner never moves money twice.',
    retryable: true,
  },
  INTERNAL_ERROR: {
    httpStatus: 500,
    detail: 'Internal server error.',
    help: 'Report the request_id to support; ask for the transaction before you send it again.',
    retryable: true,
  },
})
