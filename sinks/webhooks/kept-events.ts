/**
 * The events that partners may read for themselves (GET /events), in PostgreSQL. Of each partition of the log all events from
 * `kept_from` up to `kept_to` are there, and whoever reads asks for these bounds in the same snapshot: what is not there yet
 * and what is there no more is never passed over in silence.
 */
import type { Pool, PoolClient } from 'pg'
import { positionChanges } from '../runtime/batches.ts'
import type { Batch } from '../runtime/types.ts'
import { EVENTS_CLEANING_ROWS, KEEP_MS } from './limits.ts'
import { inTransaction } from './queue.ts'

const INSERT_EVENTS = `
INSERT INTO partner_events (partner_id, log_partition, log_offset, event_type, body, occurred_at)
SELECT partner_id, log_partition, log_offset, event_type, body, occurred_at
FROM json_to_recordset($1::json) AS row (partner_id uuid, log_partition int, log_offset bigint, event_type text,
  body text, occurred_at timestamptz)
ON CONFLICT (partner_id, log_partition, log_offset) DO NOTHING`

/**
 * A batch that begins within the bounds, or at their end, prolongs them. One that begins elsewhere follows on what a version
 * wrote that keeps no events, or on positions set by hand: there is a gap, behind which the bounds begin anew. They also
 * begin behind events that were too old to be kept.
 */
const MOVE_BOUNDS = `
UPDATE webhook_positions AS held SET
  kept_from = greatest(row.passed_to,
    CASE WHEN row."from" BETWEEN held.kept_from AND held.kept_to THEN held.kept_from ELSE row."from" END),
  kept_to = row.next
FROM json_to_recordset($1::json) AS row (topic text, partition int, "from" bigint, next bigint, passed_to bigint)
WHERE held.topic = row.topic AND held.partition = row.partition`

/** In the order in which writers lock them. */
const LOCK_BOUNDS = 'SELECT FROM webhook_positions ORDER BY topic, partition FOR UPDATE'

const DROP_OLD = `
WITH gone AS (
  DELETE FROM partner_events WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM partner_events WHERE occurred_at < now() - $1 * interval '1 millisecond' LIMIT $2))
  RETURNING log_partition, log_offset
), ends AS (
  SELECT log_partition, max(log_offset) + 1 AS next FROM gone GROUP BY log_partition
), moved AS (
  UPDATE webhook_positions AS held SET kept_from = greatest(held.kept_from, ends.next)
  FROM ends WHERE held.partition = ends.log_partition
)
SELECT count(*)::int AS count FROM gone`

/** An event as it is kept. */
export interface KeptEvent {
  partner_id: string
  log_partition: number
  log_offset: number
  event_type: string
  /** Sealed. */
  body: string
  occurred_at: string
}

/** Offset behind the last event of a partition that is too old to be kept; 0 where none is. */
const passedTo = (
  batch: Batch<'wallet.transaction.created'>,
  partition: number,
  earliestMs: number,
): number =>
  Math.max(
    0,
    ...batch
      .filter((slice) => slice.partition === partition)
      .flatMap(({ records }) => records.filter(({ value }) => value.timestamp < earliestMs))
      .map(({ offset }) => offset + 1),
  )

/** Writes the events of a batch and moves the bounds, within the batch's transaction, behind its lock on the positions. */
export async function keepEvents(
  client: PoolClient,
  batch: Batch<'wallet.transaction.created'>,
  events: readonly KeptEvent[],
  earliestMs: number,
): Promise<void> {
  if (events.length > 0)
    await client.query({ name: 'events', text: INSERT_EVENTS, values: [JSON.stringify(events)] })
  const bounds = positionChanges(batch).map((change) => ({
    ...change,
    passed_to: passedTo(batch, change.partition, earliestMs),
  }))
  await client.query({ name: 'bounds', text: MOVE_BOUNDS, values: [JSON.stringify(bounds)] })
}

/** Removes events that are too old to be kept; the bounds move with them. */
export async function dropOldEvents(pool: Pool): Promise<void> {
  const dropSome = (): Promise<number> =>
    inTransaction(pool, async (client) => {
      await client.query(LOCK_BOUNDS)
      const { rows } = await client.query<{ count: number }>(DROP_OLD, [KEEP_MS, EVENTS_CLEANING_ROWS])
      return rows[0]?.count ?? 0
    })
  while ((await dropSome()) === EVENTS_CLEANING_ROWS);
}
