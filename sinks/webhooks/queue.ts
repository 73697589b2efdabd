/**
 * The queue of deliveries in PostgreSQL. Deliveries of one endpoint about one player form a lane and go one after the other:
 *
 * 1. `claim` takes lanes that are due, no two processes the same one, and answers the first pending delivery of each. A
 *    lane that is held becomes due again when its lease ends.
 * 2. The delivery is sent.
 * 3. `settle` notes how that ended and gives the lane back, due when its first pending delivery is.
 *
 * Where the process dies between 2 and 3, the lease ends, and another one claims the lane and sends the same delivery again
 * under the same id: at least once. Where it was only slow and the lane has gone to another process, the note is not made.
 */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { CLEANING_ROWS, KEEP_MS, LEASE_MS } from './limits.ts'

/** A lane that is held, with what is to be sent. */
export interface ClaimedDelivery {
  claim: string
  webhookId: string
  playerId: string
  deliveryId: string
  /** Sealed. */
  body: string
  /** Tries that have failed since it was made due. */
  attempts: number
  /** Time of the event, epoch milliseconds. */
  occurredAtMs: number
}

export interface Outcome {
  /** HTTP status; null where there was no answer. */
  status: number | null
  error: string | null
  /** When it is tried again, epoch milliseconds; undefined where it is not. */
  nextTryMs: number | undefined
}

export interface Backlog {
  due: number
  waiting: number
  dead: number
}

export interface DeliveryQueue {
  /** Takes lanes of these endpoints that are due, as many of each as have room, and no more than `lanesMax` in all. */
  claim(room: readonly { webhook_id: string; free: number }[], lanesMax: number): Promise<ClaimedDelivery[]>
  /** Notes an outcome. False where the lane is no longer held: another process sends the delivery. */
  settle(delivery: ClaimedDelivery, outcome: Outcome): Promise<boolean>
  backlog(activeIds: readonly string[]): Promise<Backlog>
  /** Removes deliveries that are too old to be kept, and lanes in which nothing is left. */
  clean(): Promise<void>
}

interface ClaimedRow {
  webhook_id: string
  player_id: string
  id: string | null
  body: string
  attempts: number
  occurred_at: Date
}

const CLAIM = `
WITH taken AS (
  SELECT lane.webhook_id, lane.player_id
  FROM json_to_recordset($1::json) AS room (webhook_id uuid, free int)
  CROSS JOIN LATERAL (
    SELECT due.webhook_id, due.player_id FROM webhook_lanes AS due
    WHERE due.webhook_id = room.webhook_id AND due.due_at <= now()
    ORDER BY due.due_at LIMIT room.free FOR UPDATE SKIP LOCKED
  ) AS lane
  LIMIT $4
), claimed AS (
  UPDATE webhook_lanes AS held SET claim = $2::uuid, due_at = now() + $3 * interval '1 millisecond'
  FROM taken WHERE held.webhook_id = taken.webhook_id AND held.player_id = taken.player_id
  RETURNING held.webhook_id, held.player_id
)
SELECT claimed.webhook_id, claimed.player_id, first.id, first.body, first.attempts, first.occurred_at
FROM claimed LEFT JOIN LATERAL (
  SELECT id, body, attempts, occurred_at FROM webhook_deliveries AS delivery
  WHERE delivery.webhook_id = claimed.webhook_id AND delivery.player_id = claimed.player_id AND status = 'pending'
  ORDER BY log_offset LIMIT 1
) AS first ON true`

const LOCK_LANE = `
SELECT FROM webhook_lanes WHERE webhook_id = $1 AND player_id = $2 AND claim = $3 FOR UPDATE`

const NOTE = `
UPDATE webhook_deliveries SET
  status = $2::text, next_attempt_at = $3, last_status = $4, last_error = $5,
  attempts = attempts + 1, last_attempt_at = now(),
  delivered_at = CASE WHEN $2::text = 'delivered' THEN now() ELSE delivered_at END
WHERE id = $1`

/** A statement of its own, so that it sees what was written while the lock was waited for. */
const RELEASE_LANE = `
UPDATE webhook_lanes SET claim = NULL, due_at = (
  SELECT next_attempt_at FROM webhook_deliveries AS delivery
  WHERE delivery.webhook_id = $1 AND delivery.player_id = $2 AND status = 'pending'
  ORDER BY log_offset LIMIT 1)
WHERE webhook_id = $1 AND player_id = $2`

const COUNT = `
SELECT
  (SELECT count(*) FROM webhook_lanes WHERE due_at <= now() AND webhook_id = ANY ($1))::int AS due,
  (SELECT count(*) FROM webhook_deliveries WHERE status = 'pending')::int AS pending,
  (SELECT count(*) FROM webhook_deliveries WHERE status = 'dead')::int AS dead`

const DROP_OLD = `
DELETE FROM webhook_deliveries WHERE id IN (
  SELECT id FROM webhook_deliveries WHERE occurred_at < now() - $1 * interval '1 millisecond'
  ORDER BY occurred_at LIMIT $2)`

/** A lane that becomes due while this waits for its row is not one of these any more. */
const DROP_LANES = `
DELETE FROM webhook_lanes AS lane WHERE due_at IS NULL AND (webhook_id, player_id) IN (
  SELECT webhook_id, player_id FROM webhook_lanes WHERE due_at IS NULL LIMIT $1)`

const statusOf = ({ error, nextTryMs }: Outcome): string => {
  if (error === null) return 'delivered'
  return nextTryMs === undefined ? 'dead' : 'pending'
}

async function note(client: PoolClient, delivery: ClaimedDelivery, outcome: Outcome): Promise<boolean> {
  const { webhookId, playerId, claim, deliveryId } = delivery
  const { rowCount } = await client.query(LOCK_LANE, [webhookId, playerId, claim])
  if (rowCount === 0) return false
  const { nextTryMs, status, error } = outcome
  const nextTry = error === null || nextTryMs === undefined ? null : new Date(nextTryMs)
  await client.query(NOTE, [deliveryId, statusOf(outcome), nextTry, status, error])
  await client.query(RELEASE_LANE, [webhookId, playerId])
  return true
}

export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}

export function createDeliveryQueue(pool: Pool, leaseMs: number = LEASE_MS): DeliveryQueue {
  return {
    claim: async (room, lanesMax) => {
      const claim = randomUUID()
      const { rows } = await pool.query<ClaimedRow>(CLAIM, [JSON.stringify(room), claim, leaseMs, lanesMax])
      const deliveries: ClaimedDelivery[] = []
      for (const row of rows) {
        const { webhook_id: webhookId, player_id: playerId, id, body, attempts } = row
        // What made the lane due is gone, since it had become too old.
        if (id === null) await pool.query(RELEASE_LANE, [webhookId, playerId])
        else
          deliveries.push({
            claim,
            webhookId,
            playerId,
            deliveryId: id,
            body,
            attempts,
            occurredAtMs: row.occurred_at.getTime(),
          })
      }
      return deliveries
    },
    settle: (delivery, outcome) => inTransaction(pool, (client) => note(client, delivery, outcome)),
    backlog: async (activeIds) => {
      const { rows } = await pool.query<{ due: number; pending: number; dead: number }>(COUNT, [activeIds])
      const { due = 0, pending = 0, dead = 0 } = rows[0] ?? {}
      return { due, waiting: Math.max(0, pending - due), dead }
    },
    clean: async () => {
      await pool.query(DROP_OLD, [KEEP_MS, CLEANING_ROWS])
      await pool.query(DROP_LANES, [CLEANING_ROWS])
    },
  }
}
