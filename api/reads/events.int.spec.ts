/** The event feed's statement on a real PostgreSQL: pages, bounds, types, and order where clocks disagree. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { readEvents } from './events.ts'
import type { EventPositions, EventsPage } from './events.ts'

const TOPIC = 'wallet.transaction.created'
const START_MS = Date.UTC(2026, 10, 22)

let postgres: ScratchPostgres
let database: Database
let partnerId: string

beforeAll(async () => {
  postgres = await createScratchPostgres()
  const logger = pino({ level: 'silent' })
  database = openDatabase({ url: postgres.url, connections: 3, statementTimeoutMs: 5_000, logger })
})
afterAll(async () => {
  await database.close()
  await postgres.drop()
})
beforeEach(async () => {
  partnerId = randomUUID()
  await postgres.rows('TRUNCATE partner_events, webhook_positions')
})

interface Kept {
  partition: number
  offset: number
  second: number
  type?: string
  partner?: string
}

async function keep(...events: Kept[]): Promise<void> {
  for (const { partition, offset, second, type = 'transaction.created', partner = partnerId } of events)
    await postgres.rows('INSERT INTO partner_events VALUES ($1, $2, $3, $4, $5, $6)', [
      partner,
      partition,
      offset,
      type,
      `${partition}/${offset}`,
      new Date(START_MS + second * 1_000),
    ])
}

const bound = (partition: number, from: number, to: number): Promise<unknown> =>
  postgres.rows(
    `INSERT INTO webhook_positions (topic, partition, next_offset, kept_from, kept_to) VALUES ($1, $2, $4, $3, $4)
     ON CONFLICT (topic, partition) DO UPDATE SET kept_from = $3, kept_to = $4, next_offset = $4`,
    [TOPIC, partition, from, to],
  )

const read = (after?: EventPositions, change: object = {}): Promise<EventsPage> =>
  readEvents(database, { partnerId, after, types: [], limit: 10, scanMax: 11, ...change })

/** Pages of so many events until there is no more. */
async function readAll(limit: number, change: object = {}): Promise<{ bodies: string[]; pages: number }> {
  const bodies: string[] = []
  let after: EventPositions | undefined
  for (let pages = 1; ; pages++) {
    const page = await read(after, { limit, scanMax: limit + 1, ...change })
    bodies.push(...page.bodies)
    after = page.next
    if (!page.hasMore) return { bodies, pages }
  }
}

describe('a page of events', () => {
  it('is nothing, and not expired, where nothing was ever written', async () => {
    expect(await read()).toEqual({ bodies: [], next: new Map(), hasMore: false, expired: false })
  })

  it('goes by time over all partitions, and by offset within one, whatever its clocks say', async () => {
    await bound(0, 0, 9)
    await bound(1, 0, 9)
    // Partition 0 has got another owner, whose clock is behind.
    await keep(
      { partition: 0, offset: 1, second: 50 },
      { partition: 0, offset: 2, second: 10 },
      { partition: 0, offset: 4, second: 60 },
      { partition: 1, offset: 3, second: 20 },
      { partition: 1, offset: 5, second: 55 },
    )
    const expected = ['1/3', '0/1', '0/2', '1/5', '0/4']
    for (const limit of [1, 2, 3, 5, 9]) {
      const { bodies, pages } = await readAll(limit)
      expect(bodies, `pages of ${limit}`).toEqual(expected)
      expect(pages).toBe(Math.ceil(expected.length / limit))
    }
  })

  it('holds nothing of others, and nothing beyond what is written', async () => {
    await bound(0, 0, 3)
    await keep(
      { partition: 0, offset: 1, second: 1, partner: randomUUID() },
      { partition: 0, offset: 2, second: 1 },
      { partition: 0, offset: 3, second: 1 },
    )
    expect(await read()).toEqual({ bodies: ['0/2'], next: new Map([[0, 3]]), hasMore: false, expired: false })
    await bound(0, 0, 4)
    expect((await read(new Map([[0, 3]]))).bodies).toEqual(['0/3'])
  })

  it('goes over what is not of its types, step by step, and misses none', async () => {
    await bound(0, 0, 100)
    const all = Array.from({ length: 40 }, (_, at) => ({
      partition: 0,
      offset: at * 2,
      second: at,
      type: at === 5 || at === 38 ? 'transaction.updated' : 'transaction.created',
    }))
    await keep(...all)
    const { bodies, pages } = await readAll(2, { types: ['transaction.updated'], scanMax: 10 })
    expect(bodies).toEqual(['0/10', '0/76'])
    expect(pages).toBeGreaterThan(3)
    expect((await readAll(7, { types: ['transaction.created', 'transaction.updated'] })).bodies).toHaveLength(
      40,
    )
  })

  it('begins with the oldest that is kept; a cursor that lies before it has expired', async () => {
    await bound(0, 5, 8)
    await bound(1, 0, 8)
    await keep({ partition: 0, offset: 6, second: 1 })
    const expiredAt = async (...next: [number, number][]): Promise<boolean> =>
      (await read(new Map(next))).expired
    expect(await read()).toMatchObject({ bodies: ['0/6'], expired: false })
    expect(await expiredAt([0, 5], [1, 0])).toBe(false)
    expect(await expiredAt([0, 4], [1, 0])).toBe(true)
    // A partition that was not there when the cursor was given: all of it is new.
    expect(await expiredAt([0, 5])).toBe(false)
    expect(await expiredAt([1, 0])).toBe(true)
  })

  it('keeps the place of a cursor that is ahead of what is written', async () => {
    await bound(0, 0, 3)
    await keep({ partition: 0, offset: 1, second: 1 })
    const ahead = new Map([
      [0, 7],
      [9, 4],
    ])
    expect(await read(ahead)).toEqual({ bodies: [], next: ahead, hasMore: false, expired: false })
  })
})
