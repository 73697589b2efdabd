/** The events that are kept for who reads them, on a real PostgreSQL: which, within what bounds, and for how long. */
import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { dropOldEvents } from './kept-events.ts'
import { EVENTS_CLEANING_ROWS, KEEP_MS } from './limits.ts'
import { bodyOf } from './payload.ts'
import { anEndpoint, cipher, createRig } from './testing/rig.ts'
import type { Rig } from './testing/rig.ts'

const HOUR_MS = 3_600_000

let database: ScratchPostgres
let pool: Pool
let rig: Rig

beforeAll(async () => {
  database = await createScratchPostgres()
  pool = new Pool({ connectionString: database.url, max: 2 })
  rig = createRig({ databaseUrl: database.url })
})
afterAll(async () => {
  await rig.stop()
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  await database.rows('TRUNCATE webhook_deliveries, webhook_lanes, webhook_positions, partner_events')
})

const event = (ageMs = 0, change: object = {}): TransactionCreated =>
  aTransaction({ timestamp: Date.now() - ageMs, processed_at: Date.now() - ageMs, ...change })
const offsets = async (): Promise<number[]> =>
  (await database.rows('SELECT log_offset FROM partner_events ORDER BY log_offset')).map((row) =>
    Number(row['log_offset']),
  )
const bounds = async (): Promise<number[]> => {
  const [row] = await database.rows('SELECT kept_from, kept_to, next_offset FROM webhook_positions')
  return [row?.['kept_from'], row?.['kept_to'], row?.['next_offset']].map(Number)
}

describe('events', () => {
  it('are kept as they are sent, whether anyone is sent them or not, once', async () => {
    rig.endpoints.apply(anEndpoint({ webhook_id: randomUUID(), url: 'https://partner.example' }))
    const other = randomUUID()
    const events = [event(), event(0, { partner_id: other, event_type: 'transaction.updated' })]
    await rig.write(events, 0)
    const rows = await database.rows('SELECT * FROM partner_events ORDER BY log_offset')
    expect(rows.map(({ body }) => cipher.decrypt(String(body)))).toEqual(events.map(bodyOf))
    expect(rows[1]).toMatchObject({
      partner_id: other,
      log_partition: 0,
      log_offset: '1',
      event_type: 'transaction.updated',
    })
    const [delivery] = await database.rows('SELECT body FROM webhook_deliveries')
    expect(delivery?.['body']).toBe(rows[0]?.['body'])
    expect(await bounds()).toEqual([0, 2, 2])

    await database.rows('DELETE FROM webhook_positions')
    await rig.write(events, 0)
    expect(await database.rows('SELECT * FROM partner_events ORDER BY log_offset')).toEqual(rows)
    expect(await bounds()).toEqual([0, 2, 2])
  })

  it('that are too old are not kept, and the bounds begin behind them', async () => {
    await rig.write([event(KEEP_MS + HOUR_MS), event(KEEP_MS + HOUR_MS), event()], 0)
    await rig.write([event()])
    expect([await offsets(), await bounds()]).toEqual([
      [2, 3],
      [2, 4, 4],
    ])
  })

  it('that a version has passed over which keeps none leave a gap, behind which the bounds begin anew', async () => {
    await rig.write([event(), event()], 0)
    await database.rows('UPDATE webhook_positions SET next_offset = 5')
    await rig.write([event()], 5)
    expect(await bounds()).toEqual([5, 6, 6])
    // The same batches again, from within the bounds: nothing is lost.
    await database.rows('UPDATE webhook_positions SET next_offset = 5')
    await rig.write([event(), event()], 5)
    expect(await bounds()).toEqual([5, 7, 7])
    await database.rows('UPDATE webhook_positions SET next_offset = 0')
    await rig.write([event()], 0)
    expect(await bounds()).toEqual([0, 1, 1])
  })

  it('go when they have become too old, in several statements, and the bounds with them', async () => {
    const count = EVENTS_CLEANING_ROWS + 10
    await rig.write(
      Array.from({ length: count }, () => event()),
      0,
    )
    await rig.write([event(), event()])
    await dropOldEvents(pool)
    expect(await offsets()).toHaveLength(count + 2)
    await database.rows(
      `UPDATE partner_events SET occurred_at = now() - interval '31 days' WHERE log_offset < $1`,
      [count],
    )
    await dropOldEvents(pool)
    expect(await offsets()).toEqual([count, count + 1])
    expect(await bounds()).toEqual([count, count + 2, count + 2])
  })
})
