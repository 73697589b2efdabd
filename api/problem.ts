/** Problem documents (RFC 9457): every refusal of the API, from the one error catalogue. */
import { ERRORS, isWalletErrorCode } from '../domain/errors.ts'
import type { ErrorCode, RequestErrorCode } from '../domain/errors.ts'
import { jsonAmount } from './json.ts'

export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

/** One fault of a request. `path` is dotted (`commands.3.amount`); `code` is stable, `message` is for people. */
export interface FieldError {
  path: string
  message: string
  code: string
}

/** What a problem document says beyond its code. */
export interface ProblemDetails {
  errors?: readonly FieldError[]
  /** The actual spendable balance, with INSUFFICIENT_FUNDS. */
  balance?: bigint | null
  /** The rejected command, recorded as a FAILED transaction. */
  transactionId?: string
  /** Answered with the problem. */
  headers?: Readonly<Record<string, string>>
}

/** A refusal on its way to the caller. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: ErrorCode
  readonly details: ProblemDetails
  constructor(code: ErrorCode, details: ProblemDetails = {}) {
    super(ERRORS[code].detail)
    this.code = code
    this.details = details
  }
}

/** Seconds after which a 503 may be tried again. */
const RETRY_AFTER_S = '1'

const isErrorCode = (code: string): code is ErrorCode => code in ERRORS

/** All codes of the catalogue. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(ERRORS).filter(isErrorCode)

/** "INSUFFICIENT_FUNDS" → "Insufficient funds": the title never changes from one occurrence to the next. */
export function problemTitle(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Reference to the code's entry in GET /errors. */
export const problemType = (code: ErrorCode): string => `/errors#${code}`

/** The members of a problem document, ready for `JSON.stringify`. */
export function problemDocument(code: ErrorCode, requestId: string, details: ProblemDetails = {}): object {
  const { httpStatus, detail, help } = ERRORS[code]
  const { errors, balance, transactionId } = details
  return {
    type: problemType(code),
    title: problemTitle(code),
    status: httpStatus,
    detail,
    code,
    help,
    request_id: requestId,
    ...(errors === undefined ? {} : { errors }),
    ...(code === 'INSUFFICIENT_FUNDS' && typeof balance === 'bigint' ? { balance: jsonAmount(balance) } : {}),
    ...(transactionId === undefined ? {} : { transaction_id: transactionId }),
  }
}

/** Headers that belong to a problem of this code. */
export function problemHeaders(code: ErrorCode, details: ProblemDetails = {}): Record<string, string> {
  return { ...(ERRORS[code].httpStatus === 503 ? { 'Retry-After': RETRY_AFTER_S } : {}), ...details.headers }
}

/** The catalogue's code of a wallet rejection; one that this version does not know is a fault of ours. */
export const rejectionCode = (code: string | null): ErrorCode =>
  code !== null && isWalletErrorCode(code) ? code : 'INTERNAL_ERROR'

/** A single fault as an error: most checks find exactly one. */
export const fieldProblem = (
  code: RequestErrorCode,
  path: string,
  message: string,
  fault: string,
): ApiError => new ApiError(code, { errors: [{ path, message, code: fault }] })
