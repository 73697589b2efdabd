/**
 * The three kinds of failure that a task knows. Poison is the processor's to declare (`PoisonError`); what the broker
 * or the client throws is either retryable or fatal.
 */
import { PoisonError } from './processor.ts'

/**
 * - `retryable`: the transaction can be aborted and the batch sent again with the same producers;
 * - `poison`: the record goes to the dead-letter topic;
 * - `fatal`: fenced, or the outcome of a commit is unknown, or a fault of ours: the task's producers and its view of
 *   the log can't be trusted any more. It starts anew: fence, restore, position.
 */
export type FailureKind = 'retryable' | 'poison' | 'fatal'

/** A commit was asked for and no answer says how it ended; the restore finds out. */
export class CommitOutcomeUnknownError extends Error {
  override name = 'CommitOutcomeUnknownError'
}

/** The stored position does not lie within the input topic. No restart can mend that, so it is never skipped. */
export class PositionOutOfLogError extends Error {
  override name = 'PositionOutOfLogError'
}

/** A restore made no progress within its deadline. */
export class RestoreStalledError extends Error {
  override name = 'RestoreStalledError'
}

/** Answers of a coordinator after which the same producer may try again. */
const RETRYABLE_TYPES: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'GROUP_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
  'REQUEST_TIMED_OUT',
])

/** What to do about an error, whoever threw it. Anything not known to be harmless is fatal. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof PoisonError) return 'poison'
  const type = protocolErrorType(error)
  return type !== undefined && RETRYABLE_TYPES.has(type) ? 'retryable' : 'fatal'
}

/** The broker's name for an error, looked for along the chain of causes. */
export function protocolErrorType(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
    if ('originalError' in at && at.originalError instanceof Error) return protocolErrorType(at.originalError)
  }
  return undefined
}
