/**
 * Writes deliveries to PostgreSQL, and the events themselves for who reads them. One batch is one database transaction:
 *
 * 1. The endpoints are read to the end that their topic has by now, so that none is passed over that was there when the
 *    events of the batch happened.
 * 2. BEGIN; the positions are locked and compared with where the batch starts.
 * 3. One delivery per event and endpoint that it concerns, where there is none yet; the lanes of new ones become due.
 * 4. The events, and the bounds within which all are kept.
 * 5. The positions are moved; COMMIT.
 *
 * Deliveries, events and positions are there together or not at all, whatever is killed when; a replay writes nothing twice, since
 * a delivery's id follows from its endpoint and event.
 */
import type { Pool, PoolClient } from 'pg'
import type { Cipher } from '../../service/encryption.ts'
import { positionChanges } from '../runtime/batches.ts'
import { postgresFaultOf, postgresPositions } from '../runtime/postgres-positions.ts'
import type { Batch, SinkStore } from '../runtime/types.ts'
import type { Endpoints } from './endpoints.ts'
import { keepEvents } from './kept-events.ts'
import type { KeptEvent } from './kept-events.ts'
import { KEEP_MS } from './limits.ts'
import { bodyOf, deliveryId } from './payload.ts'

export type WebhookSource = 'wallet.transaction.created'

export interface WebhookStoreOptions {
  pool: Pool
  cipher: Pick<Cipher, 'encrypt'>
  endpoints: Endpoints
  /** Resolves when all endpoints are known that there are by now. */
  catchUp: () => Promise<void>
  /** Told when deliveries may have become due. */
  written: () => void
  close: () => Promise<void>
}

const positions = postgresPositions('webhook_positions')

/** Answers the lanes of deliveries that were not there. */
const INSERT_DELIVERIES = `
INSERT INTO webhook_deliveries
  (id, webhook_id, partner_id, player_id, event_id, event_type, log_offset, body, next_attempt_at, occurred_at)
SELECT id, webhook_id, partner_id, player_id, event_id, event_type, log_offset, body, now(), occurred_at
FROM json_to_recordset($1::json) AS row (id uuid, webhook_id uuid, partner_id uuid, player_id text, event_id uuid,
  event_type text, log_offset bigint, body text, occurred_at timestamptz)
ON CONFLICT (id) DO NOTHING
RETURNING webhook_id, player_id`

/**
 * A lane that has a due time keeps it: its first delivery waits for a try, or is under way. Either way the row is locked,
 * so that whoever holds the lane sees the new deliveries when it looks what comes next.
 */
const RAISE_LANES = `
INSERT INTO webhook_lanes AS held (webhook_id, player_id, due_at)
SELECT DISTINCT webhook_id, player_id, now()
FROM json_to_recordset($1::json) AS row (webhook_id uuid, player_id text)
ORDER BY webhook_id, player_id
ON CONFLICT (webhook_id, player_id) DO UPDATE SET due_at = excluded.due_at WHERE held.due_at IS NULL`

interface Rows {
  deliveries: object[]
  events: KeptEvent[]
}

/** What a batch leaves. Each body is sealed once, for all who are told. */
function rowsOf(
  batch: Batch<WebhookSource>,
  { endpoints, cipher }: WebhookStoreOptions,
  earliestMs: number,
): Rows {
  const rows: Rows = { deliveries: [], events: [] }
  for (const { partition, records } of batch)
    for (const { offset, value } of records) {
      if (value.timestamp < earliestMs) continue
      const { partner_id, player_id } = value.data
      const event = {
        partner_id,
        event_type: value.event_type,
        log_offset: offset,
        body: cipher.encrypt(bodyOf(value)),
        occurred_at: new Date(value.timestamp).toISOString(),
      }
      rows.events.push({ ...event, log_partition: partition })
      for (const { webhook_id } of endpoints.concernedBy(value))
        rows.deliveries.push({
          ...event,
          id: deliveryId(webhook_id, value.event_id),
          webhook_id,
          player_id,
          event_id: value.event_id,
        })
    }
  return rows
}

async function insertDeliveries(client: PoolClient, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return
  const { rows: lanes } = await client.query<object>({
    name: 'deliveries',
    text: INSERT_DELIVERIES,
    values: [JSON.stringify(rows)],
  })
  if (lanes.length > 0)
    await client.query({ name: 'lanes', text: RAISE_LANES, values: [JSON.stringify(lanes)] })
}

export function createWebhookStore(options: WebhookStoreOptions): SinkStore<WebhookSource> {
  const { pool } = options
  return {
    loadPositions: (partitions) => positions.load(pool, partitions),
    write: async (batch) => {
      await options.catchUp()
      const earliestMs = Date.now() - KEEP_MS
      const { deliveries, events } = rowsOf(batch, options, earliestMs)
      const changes = positionChanges(batch)
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await positions.lock(client, changes)
        await insertDeliveries(client, deliveries)
        await keepEvents(client, batch, events, earliestMs)
        await positions.move(client, changes)
        await client.query('COMMIT')
        client.release()
      } catch (error) {
        // A connection in the middle of a transaction is not worth saving: closing it rolls back.
        client.release(true)
        throw error
      }
      if (deliveries.length > 0) options.written()
    },
    faultOf: postgresFaultOf,
    close: options.close,
  }
}
