/** Deliveries of webhooks, in PostgreSQL: read, and made due again. */
import { z } from 'zod'
import type { Database } from './database.ts'
import type { PagePosition } from './transactions.ts'

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const

const COLUMNS = `id, player_id, event_id, event_type, status, attempts, next_attempt_at, last_attempt_at,
  last_status, last_error, delivered_at, occurred_at`

const deliveryRow = z.object({
  id: z.string(),
  player_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number(),
  next_attempt_at: z.date().nullable(),
  last_attempt_at: z.date().nullable(),
  last_status: z.number().nullable(),
  last_error: z.string().nullable(),
  delivered_at: z.date().nullable(),
  occurred_at: z.date(),
})
export type DeliveryRow = z.output<typeof deliveryRow>

export interface DeliveriesQuery {
  webhookId: string
  status?: (typeof DELIVERY_STATUSES)[number] | undefined
  after?: PagePosition | undefined
  limit: number
}

/** Newest event first; at most `limit` rows. */
export function readDeliveries(database: Database, query: DeliveriesQuery): Promise<DeliveryRow[]> {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [`webhook_id = ${bind(query.webhookId)}`]
  if (query.status !== undefined) conditions.push(`status = ${bind(query.status)}`)
  if (query.after !== undefined) {
    const occurredAt = bind(new Date(query.after.createdAtMs))
    conditions.push(`(occurred_at, id) < (${occurredAt}, ${bind(query.after.id)}::uuid)`)
  }
  const statement = `SELECT ${COLUMNS} FROM webhook_deliveries WHERE ${conditions.join(' AND ')}
    ORDER BY occurred_at DESC, id DESC LIMIT ${bind(query.limit)}`
  return database.query(deliveryRow, statement, values)
}

/**
 * Makes deliveries pending, as if they had never been tried. Their lanes are locked first, as whoever sends does, and are
 * due at once; one that is held keeps its lease, and whoever holds it looks what comes next. An earlier delivery of the
 * same player that waits for a try is tried at once with them.
 */
// oxlint-disable-next-line sql/no-text-from-values -- of the two statements below
const makeDue = (chosen: string): string => `
WITH chosen AS (${chosen}), lanes AS (
  INSERT INTO webhook_lanes AS held (webhook_id, player_id, due_at)
  SELECT DISTINCT webhook_id, player_id, now() FROM chosen ORDER BY webhook_id, player_id
  ON CONFLICT (webhook_id, player_id) DO UPDATE
    SET due_at = CASE WHEN held.claim IS NULL THEN excluded.due_at ELSE held.due_at END
  RETURNING webhook_id, player_id
)
UPDATE webhook_deliveries AS delivery SET status = 'pending', attempts = 0, next_attempt_at = now()
FROM chosen, lanes
WHERE delivery.id = chosen.id AND lanes.webhook_id = chosen.webhook_id AND lanes.player_id = chosen.player_id
RETURNING ${COLUMNS.split(',')
  .map((name) => `delivery.${name.trim()}`)
  .join(', ')}`

const RESEND = makeDue(
  'SELECT id, webhook_id, player_id FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2',
)
const REPLAY = makeDue(`SELECT id, webhook_id, player_id FROM webhook_deliveries
  WHERE webhook_id = $1 AND occurred_at >= $2 AND occurred_at < $3`)

/** Whether the endpoint has such a delivery. */
export async function isDelivery(
  database: Database,
  webhookId: string,
  deliveryId: string,
): Promise<boolean> {
  const statement = 'SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2'
  const rows = await database.query(z.object({ id: z.string() }), statement, [webhookId, deliveryId])
  return rows.length > 0
}

/** Undefined where the endpoint has no such delivery. */
export async function resendDelivery(
  database: Database,
  webhookId: string,
  deliveryId: string,
): Promise<DeliveryRow | undefined> {
  const [row] = await database.query(deliveryRow, RESEND, [webhookId, deliveryId])
  return row
}

/** The moment before which `rows` deliveries lie, or more where several are of the same one; undefined where there are fewer. */
const END_OF_ROWS = `
SELECT occurred_at FROM webhook_deliveries WHERE webhook_id = $1 AND occurred_at >= $2
  AND occurred_at > (
    SELECT occurred_at FROM webhook_deliveries WHERE webhook_id = $1 AND occurred_at >= $2
    ORDER BY occurred_at OFFSET $3 LIMIT 1)
ORDER BY occurred_at LIMIT 1`

const FAR_AHEAD = new Date(Date.UTC(9999, 11, 31))

export interface Replayed {
  count: number
  /** Events from then on were not made due: there were too many for one call. */
  nextFrom: Date | undefined
}

/** Makes deliveries due again whose events happened from a moment on (epoch milliseconds): about `rows` of them. */
export async function replayDeliveries(
  database: Database,
  webhookId: string,
  fromMs: number,
  rows: number,
): Promise<Replayed> {
  const from = new Date(fromMs)
  const ends = await database.query(z.object({ occurred_at: z.date() }), END_OF_ROWS, [
    webhookId,
    from,
    rows - 1,
  ])
  const nextFrom = ends[0]?.occurred_at
  const made = await database.query(deliveryRow, REPLAY, [webhookId, from, nextFrom ?? FAR_AHEAD])
  return { count: made.length, nextFrom }
}
