/**
 * The three kinds of failure that a task knows. Poison is the processor's to declare (`PoisonError`); what the broker
 * or the client throws is either retryable or fatal.
 */
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { PoisonError } from './processor.ts'

/**
 * - `retryable`: the same request may be sent again, by the same producer and with the same sequence numbers;
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

/** What a broker has sent is no log that could be read: damaged, or written in a way that this reader doesn't know. */
export class DamagedLogError extends Error {
  override name = 'DamagedLogError'
}

/** The broker lacks what the transactions need. */
export class BrokerTooOldError extends Error {
  override name = 'BrokerTooOldError'
}

/** The broker knows this client and refuses it: an ACL is missing. Its message names the ACL. */
export class AccessRefusedError extends Error {
  override name = 'AccessRefusedError'
}

/** Answers of a broker after which the same request may be sent again. */
const RETRYABLE_TYPES: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'GROUP_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
])

/** Answers of a broker that knows the client, to a request for which it has no right. */
const REFUSED_TYPES: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
])

/** What kafkajs calls a request that no broker has answered. */
const UNANSWERED_NAMES: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
])

/** Codes that are younger than kafkajs. Source: the Apache Kafka documentation, "Error codes". */
const YOUNG_TYPES: ReadonlyMap<number, string> = new Map([
  [90, 'PRODUCER_FENCED'],
  [120, 'TRANSACTION_ABORTABLE'],
])

/** The error for a code that a broker answered, named as the broker names it. */
export function protocolError(code: number): Error & { type: string } {
  const error = protocolErrors.createErrorFromCode(code)
  const type = YOUNG_TYPES.get(code)
  return type === undefined ? error : Object.assign(error, { type, message: type })
}

/** What to do about an error, whoever threw it. Anything not known to be harmless is fatal. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof PoisonError) return 'poison'
  const type = protocolErrorType(error)
  if (type !== undefined) return RETRYABLE_TYPES.has(type) ? 'retryable' : 'fatal'
  return error instanceof Error && UNANSWERED_NAMES.has(error.name) ? 'retryable' : 'fatal'
}

/** The broker's name for an error, looked for along the chain of causes. */
export function protocolErrorType(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
    if ('originalError' in at && at.originalError instanceof Error) return protocolErrorType(at.originalError)
  }
  return undefined
}

/** What a request was about to do, and to what. */
export interface Access {
  operation: 'Read' | 'Write'
  topics?: readonly string[]
  groupId?: string
  transactionalId?: string
}

/** kafkajs asks one broker after another for a coordinator, and keeps none of their answers. */
const NO_COORDINATOR_NAME = 'KafkaJSGroupCoordinatorNotFound'

/** The error as it is; where it is, or may be, that an ACL is missing, one that names the ACL. */
export function namingAcl(error: unknown, access: Access): Error {
  const { operation, topics = [], groupId, transactionalId } = access
  const type = protocolErrorType(error)
  const coordinated =
    transactionalId === undefined ? `group ${groupId ?? ''}` : `transactional id ${transactionalId}`
  if (error instanceof Error && error.name === NO_COORDINATOR_NAME)
    return new Error(
      `no broker names a coordinator: it may be away, or this client lacks the ACL ${operation} on ${coordinated}`,
      { cause: error },
    )
  if (type === undefined || !REFUSED_TYPES.has(type)) return asError(error)
  const resource = type === 'TOPIC_AUTHORIZATION_FAILED' ? `topic ${topics.join(', ')}` : coordinated
  return new AccessRefusedError(
    `${type}: this client lacks the ACL ${operation} on ${resource}; \`topics acls\` lists what each service needs`,
    { cause: error },
  )
}

/** Whatever was thrown, as an error. */
export const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason))
