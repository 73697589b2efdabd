/**
 * A column is replaced by another one while transactions are written: expand, backfill, switch, contract, as docs/upgrades.md says.
 * The migrations are an example that lives with this test; the sink, its tables and the runner of migrations are the product's.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { createRig } from '../../tests/support/sink-rig.ts'
import type { Rig, RunningSink } from '../../tests/support/sink-rig.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { migratePostgres } from './migrate.ts'
import { createPostgresStore } from './store.ts'

const EXAMPLE = { folder: join(import.meta.dirname, 'testing/expand-contract'), table: 'example_migrations' }
const ROWS_BEFORE = 3_000
const BATCH_ROWS = 500
const FEED_ROWS = 10
const FEED_EVERY_MS = 40
/** How long somebody reads the table in one go while the first migration wants it, in milliseconds. */
const LONG_READ_MS = 4_000
/** The longest that the sink may stand still, in milliseconds: a migration waits for half a second, and then lets everybody past. */
const STANDSTILL_MAX_MS = 2_500
const DAY_MS = 86_400_000
const BEGIN_MS = Date.UTC(2026, 9, 20)

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })

let database: ScratchPostgres
let rig: Rig
let sink: RunningSink
let produced = 0

beforeAll(async () => {
  database = await createScratchPostgres()
  await migrate(1)
  rig = await createRig()
  const logger = createLogger('test', 'silent')
  sink = rig.startSink(createPostgresStore({ databaseUrl: database.url, cipher, logger }))
  for (let rows = 0; rows < ROWS_BEFORE; rows += BATCH_ROWS) await produce(BATCH_ROWS)
  await caughtUp()
})
afterAll(async () => {
  await rig.close()
  await database.drop()
})

const migrate = (count: number): Promise<string[]> =>
  migratePostgres({ databaseUrl: database.url, direction: 'up', count }, EXAMPLE)

/** Deposits of twenty days on either side of the end of a month, so that they lie in two partitions. */
async function produce(rows: number): Promise<void> {
  const events = Array.from({ length: rows }, () =>
    aTransaction({ created_at: BEGIN_MS + (produced++ % 20) * DAY_MS }),
  )
  await rig.produce('wallet.transaction.created', events)
}

const caughtUp = (): Promise<void> =>
  rig.caughtUp(async () => {
    const rows = await database.rows('SELECT topic, partition, next_offset FROM sink_positions')
    return new Map(
      rows.map((row) => [`${String(row['topic'])}/${String(row['partition'])}`, Number(row['next_offset'])]),
    )
  })

const numberOf = async (sql: string): Promise<number> => Number((await database.rows(sql))[0]?.['n'])
const written = (): Promise<number> =>
  numberOf('SELECT coalesce(sum(next_offset), 0) AS n FROM sink_positions')
const leftOver = (): Promise<number> =>
  numberOf('SELECT count(*) AS n FROM transactions WHERE play_date IS NULL')

/** Events come in while `work` runs. Answers with the longest time in which the sink wrote none of them, in milliseconds. */
async function whileFed(work: () => Promise<void>): Promise<number> {
  let isOver = false
  let longestMs = 0
  const feed = async (): Promise<void> => {
    while (!isOver) {
      await produce(FEED_ROWS)
      await sleep(FEED_EVERY_MS)
    }
  }
  const look = async (): Promise<void> => {
    let last = { rows: await written(), atMs: performance.now() }
    while (!isOver) {
      await sleep(FEED_EVERY_MS)
      const rows = await written()
      longestMs = Math.max(longestMs, performance.now() - last.atMs)
      if (rows > last.rows) last = { rows, atMs: performance.now() }
    }
  }
  const running = [feed(), look()]
  try {
    await work()
  } finally {
    isOver = true
  }
  await Promise.all(running)
  return longestMs
}

/** Somebody reads the table for a while: until it has ended, no migration can have it. */
async function longRead(): Promise<void> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT count(*) FROM transactions')
  await sleep(LONG_READ_MS)
  await client.end()
}

const BACKFILL = `
WITH batch AS (
  SELECT id, created_at FROM transactions WHERE id > $1 AND play_date IS NULL
  ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
), filled AS (
  UPDATE transactions SET play_date = (transactions.created_at AT TIME ZONE 'UTC')::date
  FROM batch WHERE transactions.id = batch.id AND transactions.created_at = batch.created_at
  RETURNING transactions.id
)
SELECT count(*)::int AS rows, max(id::text) AS last FROM filled`

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000'

/**
 * Fills what was there before, some rows at a time, each batch in a transaction of its own, in the order of the key. Rows that
 * the sink has under its hands are left to the next round. It may be stopped and begun again.
 */
async function backfill(progress: (line: string) => void): Promise<void> {
  const all = await leftOver()
  let done = 0
  while ((await leftOver()) > 0)
    for (let last = BEFORE_ALL_IDS; ;) {
      const [batch] = await database.rows(BACKFILL, [last, BATCH_ROWS])
      if (typeof batch?.['last'] !== 'string') break
      last = batch['last']
      done += Number(batch['rows'])
      progress(`${done} of ${all} rows`)
    }
}

it('the sink writes on, through expand, backfill, switch and contract', async () => {
  const progress: string[] = []
  const standstillMs = await whileFed(async () => {
    const reading = longRead()
    await waitFor(
      async () =>
        (await numberOf(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%count(*) FROM transactions'",
        )) > 0,
    )
    const expanded = migrate(1)
    const before = await written()
    await reading
    expect(await written()).toBeGreaterThan(before)
    expect(await expanded).toEqual(['0001_expand'])

    expect(await leftOver()).toBeGreaterThanOrEqual(ROWS_BEFORE)
    await backfill((line) => progress.push(line))
    expect(await leftOver()).toBe(0)

    expect(await migrate(3)).toEqual(['0002_rule-for-new-rows', '0003_rule-for-all-rows', '0004_not-null'])
    expect(
      await numberOf(
        'SELECT count(*) AS n FROM transactions WHERE play_date::text IS DISTINCT FROM play_day',
      ),
    ).toBe(0)

    expect(await migrate(1)).toEqual(['0005_contract'])
  })
  expect(standstillMs).toBeLessThan(STANDSTILL_MAX_MS)
  expect(progress.length).toBeGreaterThanOrEqual(ROWS_BEFORE / BATCH_ROWS)
  expect(progress[0]).toMatch(/^500 of \d+ rows$/)

  await caughtUp()
  expect(await numberOf('SELECT count(*) AS n FROM transactions')).toBe(produced)
  const columns = await database.rows(
    "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = 'transactions' AND column_name IN ('play_day', 'play_date')",
  )
  expect(columns).toEqual([{ column_name: 'play_date', is_nullable: 'NO' }])
  expect(
    await numberOf(
      "SELECT count(*) AS n FROM transactions WHERE play_date <> (created_at AT TIME ZONE 'UTC')::date",
    ),
  ).toBe(0)
  expect(sink.readiness().ready).toBe(true)
  expect(await sink.registry.metrics()).not.toMatch(/sink_(?:retries|dead_letters)_total\{.*\} [1-9]/)
})
