/** Makes outcomes. */
import type { Outcome, RejectReason } from './adapter.ts'
import type { HttpFailure } from './http.ts'
import { MESSAGE_CHARS_MAX } from './limits.ts'

/** One line, of bounded length: a provider's words end up in logs and records. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, MESSAGE_CHARS_MAX)

type NotDone = Exclude<Outcome<never>, { class: 'SUCCESS' }>

export const succeeded = <T>(value: T, providerReference: string | null = null): Outcome<T> => ({
  class: 'SUCCESS',
  value,
  code: 'OK',
  message: '',
  providerReference,
})

export const rejected = (
  reason: RejectReason,
  code: string,
  message: string,
  providerReference: string | null = null,
): NotDone => ({ class: 'REJECT', reason, code, message: oneLine(message), providerReference })

export const uncertain = (
  code: string,
  message: string,
  { sent, providerReference = null }: { sent: boolean; providerReference?: string | null },
): NotDone => ({ class: 'UNCERTAIN', sent, code, message: oneLine(message), providerReference })

export const fatal = (code: string, message: string, providerReference: string | null = null): NotDone => ({
  class: 'FATAL',
  code,
  message: oneLine(message),
  providerReference,
})

export const failed = ({ code, message, sent }: HttpFailure): NotDone => uncertain(code, message, { sent })

const TOO_MANY_REQUESTS = 429
const UNAUTHORISED: ReadonlySet<number> = new Set([401, 403])

/**
 * An answer in which the provider did not speak its own language: a proxy's page, a gateway's error. What is not a plain refusal
 * leaves the matter open.
 */
export function outcomeOfStatus(status: number): NotDone {
  const code = `HTTP_${status}`
  if (status === TOO_MANY_REQUESTS) return uncertain(code, 'turned away: too many requests', { sent: false })
  if (UNAUTHORISED.has(status)) return fatal(code, 'the credentials were refused')
  return uncertain(code, `an answer with status ${status} that the contract does not know`, { sent: true })
}

/** A transport that worked, and an answer that can't be read. */
export const unreadable = (what: string): NotDone => uncertain('MALFORMED_ANSWER', what, { sent: true })

/** A request that the provider's form can't hold. */
export const notExpressible = (what: string): NotDone => rejected('NOT_EXPRESSIBLE', 'NOT_EXPRESSIBLE', what)
