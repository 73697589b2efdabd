/** Holds what a webhook endpoint was sent against the log of transactions. */
import type { Verdict } from './checker.ts'

export interface Arrival {
  /** The `webhook-id`. */
  id: string
  playerId: string
}

/**
 * Each delivery has arrived, at least once, and each player's in the order of the log by their first arrival. `wanted` holds
 * all of them, each player's in that order.
 */
export function checkDeliveries(wanted: readonly Arrival[], arrived: readonly Arrival[]): Verdict {
  const verdict: Verdict = { acknowledged: 0, lost: [], doubled: [], violations: [] }
  const seen = new Set(arrived.map(({ id }) => id))
  const known = new Set(wanted.map(({ id }) => id))
  for (const { id, playerId } of wanted) if (!seen.has(id)) verdict.lost.push(`delivery ${id} of ${playerId}`)
  for (const id of seen) if (!known.has(id)) verdict.violations.push(`delivery ${id} is of no event`)
  const orders = firstArrivals(arrived)
  for (const [playerId, ids] of Map.groupBy(wanted, (each) => each.playerId)) {
    const expected = ids.map(({ id }) => id).filter((id) => seen.has(id))
    const order = (orders.get(playerId) ?? []).filter((id) => known.has(id))
    const at = expected.findIndex((id, nth) => id !== order[nth])
    if (at >= 0) verdict.violations.push(`${playerId} was told of ${order[at]} where ${expected[at]} is next`)
  }
  return verdict
}

/** Of each player the deliveries in the order in which each came first. */
function firstArrivals(arrived: readonly Arrival[]): Map<string, string[]> {
  const orders = new Map<string, Set<string>>()
  for (const { id, playerId } of arrived) orders.set(playerId, (orders.get(playerId) ?? new Set()).add(id))
  return new Map([...orders].map(([playerId, ids]) => [playerId, [...ids]]))
}
