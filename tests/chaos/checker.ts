/**
 * Holds the clients' record against the log of transactions, in the manner of Jepsen: what was acknowledged is there once,
 * nothing is there twice, nothing is there that nobody asked for, and each wallet's history is one line that agrees with
 * the order in which clients saw things happen.
 */
import type { Transaction } from '../../avro/types.ts'
import type { Operation } from './history.ts'

export interface Verdict {
  acknowledged: number
  /** Acknowledged or stored, and not in the log; ids, for a look at them. */
  lost: string[]
  /** Happened more than once. */
  doubled: string[]
  /** Everything else that must not be. */
  violations: string[]
}

export const mergedVerdict = (verdicts: readonly Verdict[]): Verdict => ({
  acknowledged: verdicts.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
  lost: verdicts.flatMap(({ lost }) => lost),
  doubled: verdicts.flatMap(({ doubled }) => doubled),
  violations: verdicts.flatMap(({ violations }) => violations),
})

/** Decisions under one id, in the order of the log. */
interface Decided {
  applied: Transaction[]
  rejected: Transaction[]
}

const idOf = (playerId: string, transactionIdPartner: string): string => `${playerId}/${transactionIdPartner}`

const NOTHING: Decided = { applied: [], rejected: [] }

/** First events of transactions, by the id that the partner gave. Steps of a withdrawal come later under the same one. */
function decisionsOf(log: readonly Transaction[]): Map<string, Decided> {
  const decisions = new Map<string, Decided>()
  for (const event of log) {
    if (event.command_id !== event.transaction_id || event.transaction_id_partner === null) continue
    const id = idOf(event.player_id, event.transaction_id_partner)
    const decided = decisions.get(id) ?? { applied: [], rejected: [] }
    decisions.set(id, decided)
    decided[event.status === 'FAILED' ? 'rejected' : 'applied'].push(event)
  }
  return decisions
}

function checkAcknowledged(operation: Operation, { applied }: Decided, verdict: Verdict): void {
  const { outcome } = operation
  if (outcome.kind !== 'acknowledged') return
  const id = idOf(operation.playerId, operation.transactionIdPartner)
  const [event] = applied
  if (event === undefined) {
    verdict.lost.push(id)
    return
  }
  if (event.transaction_id !== outcome.transactionId)
    verdict.violations.push(`${id} was answered as ${outcome.transactionId} and is ${event.transaction_id}`)
  if (event.balance_after !== outcome.newBalance)
    verdict.violations.push(`${id} was answered with ${outcome.newBalance} and left ${event.balance_after}`)
}

/** What was said to have not happened has not, unless by another try that nobody answered. */
function checkDenied(operation: Operation, { applied, rejected }: Decided, verdict: Verdict): void {
  const { outcome, leftOpen } = operation
  const id = idOf(operation.playerId, operation.transactionIdPartner)
  if (outcome.kind === 'rejected' && !leftOpen && applied.length > 0)
    verdict.violations.push(`${id} was rejected as ${outcome.code} and happened`)
  if (outcome.kind === 'refused' && applied.length + rejected.length > 0)
    verdict.violations.push(`${id} was refused on every try and is in the log`)
}

function checkOperation(operation: Operation, decided: Decided, verdict: Verdict): void {
  const { outcome, stored } = operation
  const id = idOf(operation.playerId, operation.transactionIdPartner)
  if (outcome.kind === 'acknowledged') verdict.acknowledged++
  checkAcknowledged(operation, decided, verdict)
  checkDenied(operation, decided, verdict)
  if (stored && outcome.kind === 'unknown' && decided.applied.length + decided.rejected.length === 0)
    verdict.lost.push(id)
  if (decided.applied.length > 1) verdict.doubled.push(id)
}

interface Known {
  balance: bigint
  held: bigint
  version: number
}

/** Each wallet's events are one chain of balances and versions, and each event's entries sum to zero. */
function checkChains(log: readonly Transaction[], verdict: Verdict): void {
  const wallets = new Map<string, Known>()
  for (const event of log) {
    const what = `${event.type} ${event.transaction_id} of ${event.player_id}, version ${event.version}`
    const sum = event.entries.reduce((total, { amount }) => total + amount, 0n)
    if (sum !== 0n) verdict.violations.push(`${what}: entries sum to ${sum}`)
    if (event.balance_after === null || event.held_after === null) continue
    const before = wallets.get(event.wallet_id) ?? { balance: 0n, held: 0n, version: 0 }
    const after = { balance: event.balance_after, held: event.held_after, version: event.version }
    wallets.set(event.wallet_id, after)
    const step = event.entries.length === 0 ? 0 : 1
    if (after.version !== before.version + step)
      verdict.violations.push(`${what}: follows version ${before.version}`)
    if (event.balance_before !== before.balance)
      verdict.violations.push(
        `${what}: begins at ${event.balance_before}, the last ended at ${before.balance}`,
      )
    if (after.balance < 0n || after.held < 0n) verdict.violations.push(`${what}: a negative balance`)
  }
}

/** What a client saw end before another began stands before it in the wallet's history. */
function checkOrder(
  operations: readonly Operation[],
  decisions: ReadonlyMap<string, Decided>,
  verdict: Verdict,
): void {
  const lines = new Map<string, { version: number; operation: Operation }[]>()
  for (const operation of operations) {
    const { playerId, transactionIdPartner, outcome } = operation
    const [event] = (decisions.get(idOf(playerId, transactionIdPartner)) ?? NOTHING).applied
    if (outcome.kind !== 'acknowledged' || event === undefined) continue
    const line = lines.get(playerId) ?? []
    lines.set(playerId, line)
    line.push({ version: event.version, operation })
  }
  for (const line of lines.values()) {
    let latest: Operation | undefined
    for (const { operation } of line.toSorted((one, other) => one.version - other.version)) {
      if (latest !== undefined && operation.endedAtMs < latest.invokedAtMs)
        verdict.violations.push(
          `${operation.transactionIdPartner} of ${operation.playerId} ended before ${latest.transactionIdPartner} ` +
            'began, and stands behind it',
        )
      if (latest === undefined || operation.invokedAtMs > latest.invokedAtMs) latest = operation
    }
  }
}

/**
 * The verdict on a run. `log` holds every event of `wallet.transaction.created` that was caused by these clients, each
 * player's in the order of the log.
 */
export function check(operations: readonly Operation[], log: readonly Transaction[]): Verdict {
  const verdict: Verdict = { acknowledged: 0, lost: [], doubled: [], violations: [] }
  const decisions = decisionsOf(log)
  const asked = new Set<string>()
  for (const operation of operations) {
    const id = idOf(operation.playerId, operation.transactionIdPartner)
    asked.add(id)
    checkOperation(operation, decisions.get(id) ?? NOTHING, verdict)
  }
  for (const id of decisions.keys()) if (!asked.has(id)) verdict.violations.push(`${id} was never asked for`)
  checkChains(log, verdict)
  checkOrder(operations, decisions, verdict)
  return verdict
}
