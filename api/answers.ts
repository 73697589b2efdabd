/** Turns what became of a command into what its caller reads. */
import type { CommandType, WalletCommand, WalletReplyData } from '../avro/types.ts'
import { ERRORS } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { CommandResult } from './commands/gateway.ts'
import { jsonAmountOrNull } from './json.ts'
import { PROBLEM_CONTENT_TYPE, problemDocument, problemHeaders, rejectionCode } from './problem.ts'
import type { ProblemDetails } from './problem.ts'
import type { Answer } from './route.ts'

/** A command's outcome before it is written as an HTTP answer or as a batch's result. */
export type Outcome =
  | {
      kind: 'body'
      status: number
      body: object
      replayed: boolean
      headers: Readonly<Record<string, string>>
    }
  | { kind: 'problem'; code: ErrorCode; details: ProblemDetails; replayed: boolean }

const NO_HEADERS: Readonly<Record<string, string>> = {}

const timeText = (ms: number): string => new Date(ms).toISOString()

/** The seed's fields first. After a repetition, the first four and the status are the original ones. */
const commandBody = (reply: WalletReplyData): object => ({
  transaction_id: reply.transaction_id,
  player_id: reply.player_id,
  new_balance: jsonAmountOrNull(reply.new_balance),
  processed_at: timeText(reply.processed_at),
  currency: reply.currency,
  status: reply.status,
  balance: jsonAmountOrNull(reply.balance),
  held: jsonAmountOrNull(reply.held),
  version: reply.version,
})

const standingBody = (reply: WalletReplyData): object => ({
  player_id: reply.player_id,
  currency: reply.currency,
  balance: jsonAmountOrNull(reply.balance),
  held: jsonAmountOrNull(reply.held),
  version: reply.version,
  processed_at: timeText(reply.processed_at),
})

/**
 * Where the outcome of a command can be read later. By the partner's id where there is one, since a repetition keeps the
 * original's id; a rollback by the bet that it names, since any rollback of the bet stands for all.
 */
export function statusUrl({ event_id: commandId, data }: WalletCommand): string {
  const { type, player_id: player, transaction_id_partner: own, reference_transaction_id_partner: bet } = data
  const playerQuery = `player_id=${encodeURIComponent(player)}`
  if (type === 'ROLLBACK' && bet !== null)
    return `/transactions?reference_transaction_id_partner=${encodeURIComponent(bet)}&type=ROLLBACK&${playerQuery}`
  if (own !== null) return `/transactions?transaction_id_partner=${encodeURIComponent(own)}&${playerQuery}`
  if (type === 'PLAYER_UPDATE') return `/players/${encodeURIComponent(player)}`
  if (type === 'WALLET_FREEZE' || type === 'WALLET_UNFREEZE')
    return `/wallet/${encodeURIComponent(player)}?currency=${data.currency}`
  return `/transactions/${data.transaction_id ?? commandId}`
}

function pendingOutcome(command: WalletCommand, acknowledged: boolean): Outcome {
  const url = statusUrl(command)
  return {
    kind: 'body',
    status: 202,
    body: {
      transaction_id: command.data.transaction_id ?? command.event_id,
      status: 'PENDING',
      acknowledged,
      status_url: url,
    },
    replayed: false,
    headers: { Location: url, 'Retry-After': '1' },
  }
}

const STEP_TYPES: ReadonlySet<CommandType> = new Set<CommandType>([
  'WITHDRAWAL_APPROVE',
  'WITHDRAWAL_DECLINE',
  'WITHDRAWAL_COMPLETE',
  'WITHDRAWAL_FAIL',
])

const bodyOfType = (type: CommandType): ((reply: WalletReplyData) => object) =>
  type === 'WALLET_FREEZE' || type === 'WALLET_UNFREEZE' ? standingBody : commandBody

function decidedOutcome(
  command: WalletCommand,
  reply: WalletReplyData,
  bodyOf: (reply: WalletReplyData) => object,
): Outcome {
  const { type } = command.data
  const replayed = reply.outcome === 'REPLAYED'
  // A bet that its provider has not confirmed yet is decided later, and this call is not told.
  if (replayed && type === 'BET' && reply.status === 'PENDING') return pendingOutcome(command, true)
  // A repeated step is a success, though the withdrawal that it ended carries a reason.
  const isRepeatedRejection = replayed && reply.error_code !== null && !STEP_TYPES.has(type)
  if (reply.outcome === 'REJECTED' || isRepeatedRejection) {
    const code = rejectionCode(reply.error_code)
    return {
      kind: 'problem',
      code,
      details: { balance: reply.balance, transactionId: reply.transaction_id },
      replayed,
    }
  }
  return { kind: 'body', status: 200, body: bodyOf(reply), replayed, headers: NO_HEADERS }
}

/** @param bodyOf the body of a command that was accepted */
export function outcomeOf(
  command: WalletCommand,
  result: CommandResult,
  bodyOf = bodyOfType(command.data.type),
): Outcome {
  switch (result.kind) {
    case 'decided':
      return decidedOutcome(command, result.reply, bodyOf)
    case 'pending':
      return pendingOutcome(command, result.acknowledged)
    case 'unsent':
      return { kind: 'problem', code: result.code, details: {}, replayed: false }
  }
}

const REPLAYED: Readonly<Record<string, string>> = { 'Idempotent-Replayed': 'true' }

/** The outcome as the answer of a route of its own. */
export function answerOf(outcome: Outcome, requestId: string): Answer {
  const replayed = outcome.replayed ? REPLAYED : NO_HEADERS
  if (outcome.kind === 'problem')
    return problemAnswer(outcome.code, requestId, { ...outcome.details, headers: replayed })
  return {
    status: outcome.status,
    body: JSON.stringify(outcome.body),
    headers: outcome.headers === NO_HEADERS ? replayed : { ...outcome.headers, ...replayed },
  }
}

/** The outcome as one result of a batch. */
export function batchResultOf(outcome: Outcome, requestId: string): object {
  const replayed = outcome.replayed ? { idempotent_replayed: true } : {}
  return outcome.kind === 'body'
    ? { status: outcome.status, body: outcome.body, ...replayed }
    : {
        status: ERRORS[outcome.code].httpStatus,
        problem: problemDocument(outcome.code, requestId, outcome.details),
        ...replayed,
      }
}

/** A problem document as an answer. */
export function problemAnswer(code: ErrorCode, requestId: string, details: ProblemDetails = {}): Answer {
  return {
    status: ERRORS[code].httpStatus,
    body: JSON.stringify(problemDocument(code, requestId, details)),
    contentType: PROBLEM_CONTENT_TYPE,
    headers: problemHeaders(code, details),
  }
}
