/** Replays in parts, and beside a lane that is held, on a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { replayDeliveries, resendDelivery } from './deliveries.ts'

const WEBHOOK_ID = randomUUID()
const START_MS = Date.UTC(2026, 10, 22)

let scratch: ScratchPostgres
let database: Database
beforeAll(async () => {
  scratch = await createScratchPostgres()
  database = openDatabase({
    url: scratch.url,
    connections: 2,
    statementTimeoutMs: 10_000,
    logger: pino({ level: 'silent' }),
  })
})
afterAll(async () => {
  await database.close()
  await scratch.drop()
})
beforeEach(async () => {
  await scratch.rows('TRUNCATE webhook_deliveries, webhook_lanes')
  // Ten deliveries, two of each moment, of two players.
  await scratch.rows(
    `INSERT INTO webhook_deliveries
       (id, webhook_id, partner_id, player_id, event_id, event_type, log_offset, body, status, attempts, occurred_at)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), 'p' || nth % 2, gen_random_uuid(), 'transaction.created', nth, 'b',
       'delivered', 1, $2::timestamptz + nth / 2 * interval '1 millisecond'
     FROM generate_series(0, 9) AS nth`,
    [WEBHOOK_ID, new Date(START_MS)],
  )
})

const pending = async (): Promise<number> =>
  (await scratch.rows("SELECT 1 FROM webhook_deliveries WHERE status = 'pending' AND attempts = 0")).length

it('a replay of many comes in parts that leave out none', async () => {
  const first = await replayDeliveries(database, WEBHOOK_ID, START_MS, 3)
  expect(first).toEqual({ count: 4, nextFrom: new Date(START_MS + 2) })
  expect(await pending()).toBe(4)
  const second = await replayDeliveries(database, WEBHOOK_ID, START_MS + 2, 100)
  expect(second).toEqual({ count: 6, nextFrom: undefined })
  expect(await pending()).toBe(10)
  expect(await scratch.rows('SELECT 1 FROM webhook_lanes WHERE due_at <= now()')).toHaveLength(2)
})

it('a lane that is held keeps its lease', async () => {
  const lease = new Date(Date.now() + 60_000)
  await scratch.rows('INSERT INTO webhook_lanes VALUES ($1, $2, $3, gen_random_uuid())', [
    WEBHOOK_ID,
    'p0',
    lease,
  ])
  const [row] = await scratch.rows("SELECT id FROM webhook_deliveries WHERE player_id = 'p0' LIMIT 1")
  const resent = await resendDelivery(database, WEBHOOK_ID, String(row?.['id']))
  expect(resent).toMatchObject({ status: 'pending', attempts: 0 })
  expect(await scratch.rows('SELECT due_at FROM webhook_lanes')).toEqual([{ due_at: lease }])
})
