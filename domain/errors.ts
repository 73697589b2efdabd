/**
 * The error catalogue: every code that the platform answers with, once. HTTP answers, wallet rejections and the
 * documentation draw on it; a test holds them together.
 */
export interface ErrorDefinition {
  /** HTTP status of an answer that carries the code. */
  httpStatus: number
  /** One sentence for the caller; the `detail` of a problem document. */
  detail: string
  /** What to do about it. */
  help: string
  /** True where the same request may succeed later; such a rejection is not remembered under its id. */
  retryable: boolean
}

const define = <const T extends Record<string, ErrorDefinition>>(definitions: T): T => definitions

/** Rejections that the wallet decides. They are recorded as FAILED transactions. */
export const WALLET_ERRORS = define({
  INSUFFICIENT_FUNDS: {
    httpStatus: 400,
    detail: 'Insufficient funds.',
    help: 'The balance is below the amount; the answer carries the actual balance. Use a new transaction_id_partner for another try.',
    retryable: false,
  },
  WALLET_NOT_FOUND: {
    httpStatus: 404,
    detail: 'Player has no wallet in this currency.',
    help: 'A first DEPOSIT opens the wallet; check player_id and currency.',
    retryable: true,
  },
  WALLET_FROZEN: {
    httpStatus: 403,
    detail: 'The wallet is frozen.',
    help: 'Bets and withdrawals are refused until the wallet is unfrozen; wins, rollbacks and deposits still land.',
    retryable: false,
  },
  PLAYER_SELF_EXCLUDED: {
    httpStatus: 403,
    detail: 'The player has excluded himself from play.',
    help: 'Bets and deposits are refused until the exclusion ends; wins, rollbacks and withdrawals still land.',
    retryable: false,
  },
  SELF_EXCLUSION_IN_FORCE: {
    httpStatus: 409,
    detail: 'A self-exclusion is neither lifted nor shortened before its end.',
    help: 'Send the exclusion as GET answers it, or with a later until. Nobody can end it sooner, the platform’s operator included.',
    retryable: false,
  },
  VERSION_CONFLICT: {
    httpStatus: 409,
    detail: 'It was changed by someone else in the meantime.',
    help: 'Read it again, look at what has changed, and send your change again.',
    retryable: false,
  },
  PLAYER_CHANGED_SINCE: {
    httpStatus: 409,
    detail: 'The player was changed by a later request in the meantime.',
    help: 'Of two changes the later one counts. Read the player, and send your change again if it is still wanted.',
    retryable: true,
  },
  AML_HOLD: {
    httpStatus: 403,
    detail: 'Withdrawals of this player are held for review.',
    help: 'A compliance officer has to release the hold first.',
    retryable: true,
  },
  ROUND_CLOSED: {
    httpStatus: 409,
    detail: 'The round is closed.',
    help: 'A bet or win on a closed round is refused; start a new round.',
    retryable: false,
  },
  BET_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No bet stands behind this win.',
    help: 'Send the bet first, or refer to it by its id; the win may be sent again.',
    retryable: true,
  },
  BET_ALREADY_SETTLED: {
    httpStatus: 409,
    detail: 'The bet is settled by a win.',
    help: 'A settled bet is not rolled back; reverse the win first.',
    retryable: false,
  },
  TRANSACTION_ROLLED_BACK: {
    httpStatus: 409,
    detail: 'The transaction is rolled back.',
    help: 'A rolled-back bet takes no win, and a bet whose rollback came first is refused for good.',
    retryable: false,
  },
  PARENT_FAILED: {
    httpStatus: 409,
    detail: 'The referenced transaction was rejected.',
    help: 'A rejected bet moved no money, so there is nothing to refund and nothing to win.',
    retryable: false,
  },
  ROLLBACK_NOT_SUPPORTED: {
    httpStatus: 409,
    detail: 'Only bets are rolled back.',
    help: 'Refer to a BET; correct other transactions with an ADJUSTMENT.',
    retryable: false,
  },
  CURRENCY_MISMATCH: {
    httpStatus: 409,
    detail: 'The referenced transaction is in another currency.',
    help: 'Send the currency of the referenced transaction.',
    retryable: false,
  },
  TRANSACTION_CONFLICT: {
    httpStatus: 409,
    detail: 'This transaction_id_partner was used with another payload.',
    help: 'An id stands for one transaction for at least 120 days; use a new id for a new transaction.',
    retryable: false,
  },
  TRANSACTION_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such transaction.',
    help: 'Check the id; it must belong to your partner account.',
    retryable: true,
  },
  INVALID_TRANSITION: {
    httpStatus: 409,
    detail: 'The transaction is not in a state that allows this step.',
    help: 'Read the transaction: its status says which steps are left.',
    retryable: false,
  },
  BALANCE_LIMIT_EXCEEDED: {
    httpStatus: 422,
    detail: 'The balance would exceed what a wallet can hold.',
    help: 'Balance and held funds together fit NUMERIC(19,4); send it again once the balance has fallen.',
    retryable: true,
  },
  WITHDRAWAL_DECLINED: {
    httpStatus: 409,
    detail: 'The withdrawal was declined.',
    help: 'The funds are back in the balance; the reason says why.',
    retryable: false,
  },
  PAYOUT_FAILED: {
    httpStatus: 409,
    detail: 'The payout of the withdrawal failed.',
    help: 'The funds are back in the balance; ask for a new withdrawal.',
    retryable: false,
  },
  HOLD_EXPIRED: {
    httpStatus: 409,
    detail: 'Nobody confirmed the withdrawal before its hold ended.',
    help: 'The funds are back in the balance; ask for a new withdrawal.',
    retryable: false,
  },
})

/** Refusals that partner management decides. They stand in the audit trail. */
export const PARTNER_ERRORS = define({
  PARTNER_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such partner.',
    help: 'Check the id; GET /partners lists those that you may see.',
    retryable: false,
  },
  PARTNER_EXISTS: {
    httpStatus: 409,
    detail: 'There is a partner with this id.',
    help: 'Change it with PATCH, or create the new one under another id.',
    retryable: false,
  },
  CONTACT_EMAIL_TAKEN: {
    httpStatus: 409,
    detail: 'Another partner has this contact e-mail.',
    help: 'Each partner needs a contact address of its own.',
    retryable: false,
  },
  RATE_IN_FORCE: {
    httpStatus: 409,
    detail: 'A commission rate that has been in force is not changed afterwards.',
    help: 'Give the new rate an effective_from that lies ahead.',
    retryable: false,
  },
  API_KEY_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The partner has no such API key.',
    help: 'Check the id; the list of API keys names them.',
    retryable: false,
  },
  API_KEY_NOT_ACTIVE: {
    httpStatus: 409,
    detail: 'The API key is deactivated or has expired.',
    help: 'Issue a new key.',
    retryable: false,
  },
  API_KEY_LIMIT_REACHED: {
    httpStatus: 409,
    detail: 'The partner has as many active API keys as one may have.',
    help: 'Deactivate keys that are no longer used.',
    retryable: false,
  },
  API_KEY_PREFIX_TAKEN: {
    httpStatus: 409,
    detail: 'Another API key begins alike.',
    help: 'Ask again: the next key begins otherwise.',
    retryable: true,
  },
  WEBHOOK_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The partner has no such webhook endpoint.',
    help: 'Check the id; the list of webhook endpoints names them.',
    retryable: false,
  },
  WEBHOOK_EXISTS: {
    httpStatus: 409,
    detail: 'There is a webhook endpoint with this id.',
    help: 'Change it with PATCH, or create the new one under another id.',
    retryable: false,
  },
  WEBHOOK_LIMIT_REACHED: {
    httpStatus: 409,
    detail: 'The partner has as many webhook endpoints as one may have.',
    help: 'Delete endpoints that are no longer used.',
    retryable: false,
  },
  AML_RULES_INVALID: {
    httpStatus: 400,
    detail: 'The document is not a set of AML rules.',
    help: 'POST /aml/rules/validate names every fault of it; the version before stays in force.',
    retryable: false,
  },
  AML_RULES_NOT_FOUND: {
    httpStatus: 404,
    detail: 'There are no such AML rules.',
    help: 'GET /aml/rules/versions lists those of an owner; what has ended is not ended again.',
    retryable: false,
  },
  GAME_PROVIDER_NOT_FOUND: {
    httpStatus: 404,
    detail: 'There is no such game provider.',
    help: 'Check the id; GET /games/providers lists them.',
    retryable: false,
  },
  GAME_PROVIDER_NAME_TAKEN: {
    httpStatus: 409,
    detail: 'Another game provider has this name.',
    help: 'Each provider needs a name of its own.',
    retryable: false,
  },
})

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

export const ERRORS = {
  ...WALLET_ERRORS,
  ...PARTNER_ERRORS,
  ...ALERT_ERRORS,
  ...SETTLEMENT_ERRORS,
  ...REQUEST_ERRORS,
  ...RECORD_ERRORS,
}

export type WalletErrorCode = keyof typeof WALLET_ERRORS
export type PartnerErrorCode = keyof typeof PARTNER_ERRORS
export type AlertErrorCode = keyof typeof ALERT_ERRORS
export type SettlementErrorCode = keyof typeof SETTLEMENT_ERRORS
export type RequestErrorCode = keyof typeof REQUEST_ERRORS
export type RecordErrorCode = keyof typeof RECORD_ERRORS
export type ErrorCode = keyof typeof ERRORS

export const isWalletErrorCode = (code: string): code is WalletErrorCode => code in WALLET_ERRORS
