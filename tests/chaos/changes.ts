/** Holds an operator's record of changes against the audit trail and the keys as they are. */
import type { Verdict } from './checker.ts'

export interface Change {
  action: 'ISSUE_KEY' | 'DEACTIVATE_KEY'
  /** Of this call alone; its entry in the trail carries it. */
  requestId: string
  /** Undefined where nobody was told of the key. */
  keyId: string | undefined
  outcome: 'acknowledged' | 'unknown' | 'rejected'
}

export interface TrailEntry {
  requestId: string | null
  action: string
  outcome: string
}

export interface KeyState {
  id: string
  status: string
}

/** An acknowledged change has one entry and is in force; one that was rejected was not applied; none is there twice. */
export function checkChanges(
  changes: readonly Change[],
  trail: readonly TrailEntry[],
  keys: readonly KeyState[],
): Verdict {
  const verdict: Verdict = { acknowledged: 0, lost: [], doubled: [], violations: [] }
  const applied = new Map<string, number>()
  for (const { requestId, outcome } of trail)
    if (requestId !== null && outcome === 'APPLIED') applied.set(requestId, (applied.get(requestId) ?? 0) + 1)
  const statuses = new Map(keys.map(({ id, status }) => [id, status]))
  const revoked = new Set(
    changes.filter(({ action }) => action === 'DEACTIVATE_KEY').map(({ keyId }) => keyId),
  )
  for (const { action, requestId, keyId, outcome } of changes) {
    const what = `${action} ${keyId ?? requestId}`
    const entries = applied.get(requestId) ?? 0
    if (entries > 1) verdict.doubled.push(what)
    if (outcome === 'rejected' && entries > 0) verdict.violations.push(`${what} was rejected and happened`)
    if (outcome !== 'acknowledged') continue
    verdict.acknowledged++
    if (entries === 0) verdict.lost.push(what)
    const status = keyId === undefined ? undefined : statuses.get(keyId)
    if (action === 'DEACTIVATE_KEY' && status !== 'inactive')
      verdict.violations.push(`${what} was acknowledged, and the key is ${status}`)
    if (action === 'ISSUE_KEY' && !revoked.has(keyId) && status !== 'active')
      verdict.violations.push(`${what} was acknowledged, and the key is ${status}`)
  }
  return verdict
}
