/** The reports over real ClickHouse: known play, pages, CSV, other partners, a million rows. */
import { randomUUID } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLogger } from '../service/logger.ts'
import { DAY_ONE, DAY_THREE, DAY_TWO, knownPlay, landPlay } from '../tests/support/known-play.ts'
import { createScratchClickhouse } from '../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../tests/support/scratch-databases.ts'
import { aTransaction } from '../tests/support/sink-events.ts'
import { openAnalytics } from './reads/analytics.ts'
import type { Analytics } from './reads/analytics.ts'
import { problemAnswer } from './schemas/answers.ts'
import { ADMIN_KEY, PARTNER_ID, PARTNER_KEY, startTestApp } from './testing/app.ts'
import type { TestApp } from './testing/app.ts'

const BOTH = `from=${DAY_ONE}&to=${DAY_THREE}`
const MIB = 1024 * 1024
const NEWLINE = 10
/** A million rows are made, sent and read; on a busy machine that takes minutes. */
const MILLION_ROWS_LIMIT_MS = 300_000

let database: ScratchClickhouse
let analytics: Analytics
let app: TestApp

beforeAll(async () => {
  database = await createScratchClickhouse()
  await landPlay(database, knownPlay(PARTNER_ID, randomUUID()))
  analytics = openAnalytics({
    url: database.url,
    database: database.database,
    requestTimeoutMs: 60_000,
    logger: createLogger('test', 'silent'),
  })
  app = await startTestApp({ analytics })
})
afterAll(async () => {
  await app.close()
  await analytics.close()
  await database.drop()
})

const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${app.url}/reports/${path}`, { headers: { 'x-api-key': ADMIN_KEY, ...headers } })

const page = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  next_cursor: z.string().nullable(),
})

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const answer = await ask(path)
  const text = await answer.text()
  expect([answer.status, text]).toEqual([200, expect.stringContaining('"data"')])
  return page.parse(JSON.parse(text)).data
}

describe('a report', () => {
  it('counts days, and days by game', async () => {
    const [first, usd, second, ...rest] = await rowsOf(`daily?${BOTH}`)
    expect(rest).toEqual([])
    expect(first).toEqual({
      day: DAY_ONE,
      currency: 'EUR',
      active_players: 2,
      bet_count: 4,
      free_bet_count: 1,
      bets: 75.0001,
      rollbacks: 20.0001,
      turnover: 55,
      wins: 4.5,
      bonus_cost: 7,
      ggr: 50.5,
      ngr: 43.5,
      hold_percentage: 91.8181,
      average_bet: 18.75,
      deposit_count: 2,
      deposits: 150,
      withdrawal_count: 0,
      withdrawals: 0,
    })
    expect(usd).toMatchObject({ day: DAY_ONE, currency: 'USD', ggr: 6, deposits: 60 })
    expect(second).toMatchObject({ day: DAY_TWO, currency: 'EUR', ggr: -24, ngr: -27, withdrawals: 30 })
    expect(await rowsOf(`daily?${BOTH}&game_id=game-b`)).toMatchObject([
      { day: DAY_ONE, game_id: 'game-b', currency: 'EUR', bets: 20.0001, ggr: 0, hold_percentage: null },
      { day: DAY_TWO, game_id: 'game-b', currency: 'EUR', bets: 1, ggr: 1 },
    ])
    expect(await rowsOf(`daily?from=${DAY_TWO}&to=${DAY_THREE}&currency=USD`)).toEqual([])
  })

  it('counts brands and providers, and filters by them', async () => {
    expect(await rowsOf(`daily?from=${DAY_ONE}&to=${DAY_TWO}&group=brand&currency=EUR`)).toMatchObject([
      { day: DAY_ONE, brand: '', active_players: 1, bets: 40, ggr: 40, deposits: 50 },
      { day: DAY_ONE, brand: 'north', active_players: 1, bets: 35.0001, ggr: 10.5, ngr: 3.5, deposits: 100 },
    ])
    const [whole, ...others] = await rowsOf(`daily?from=${DAY_ONE}&to=${DAY_TWO}&brand=north`)
    expect(whole).toMatchObject({ day: DAY_ONE, currency: 'EUR', bets: 35.0001, deposits: 100 })
    expect(whole).not.toHaveProperty('brand')
    expect(others).toEqual([])
    const byProvider = await rowsOf(`hourly?${BOTH}&provider_id=bolt`)
    expect(byProvider).toMatchObject([
      { hour: '2026-11-01T10:00:00Z', provider_id: 'bolt', bets: 20.0001, ggr: 0 },
      { hour: '2026-11-02T10:00:00Z', provider_id: 'bolt', bets: 1, ggr: 1 },
    ])
    expect(byProvider[0]).not.toHaveProperty('deposits')
    expect(await rowsOf(`games?${BOTH}&currency=EUR&brand=north&provider_id=acme`)).toMatchObject([
      { game_id: 'game-a', bets: 15, wins: 29.5, bonus_cost: 7 },
    ])
    expect(await rowsOf(`top-wins?${BOTH}&brand=north&provider_id=acme&limit=1`)).toMatchObject([
      { amount: 25 },
    ])
    expect(await rowsOf(`top-wins?${BOTH}&brand=south`)).toEqual([])
    const bolt = await rowsOf(`transactions?${BOTH}&provider_id=bolt`)
    expect(bolt.map(({ type, brand }) => [type, brand])).toEqual([
      ['BET', 'north'],
      ['ROLLBACK', 'north'],
      ['BET', ''],
    ])
  })

  it('says what the views say', async () => {
    const quoted = 'SETTINGS output_format_json_quote_decimals = 0'
    for (const [path, view, time] of [
      ['daily', 'daily_volume', 'day'],
      ['daily', 'daily_game_volume', 'day, game_id'],
      ['hourly', 'hourly_volume', 'hour'],
      ['hourly', 'hourly_game_volume', 'hour, game_id'],
      ['daily', 'daily_provider_volume', 'day, provider_id'],
      ['hourly', 'hourly_provider_volume', 'hour, provider_id'],
      ['daily', 'daily_brand_volume', 'day, brand'],
      ['hourly', 'hourly_brand_volume', 'hour, brand'],
    ] as const) {
      const group = /^[a-z]+_([a-z]+)_volume$/.exec(view)?.[1]
      // Deposits and the like are play of no game: a row of zeros in the report alone.
      const key = { game: 'game_id', provider: 'provider_id' }[group ?? '']
      const told = (await rowsOf(`${path}?${BOTH}${group === undefined ? '' : `&group=${group}`}`)).filter(
        (row) => key === undefined || row[key] !== '',
      )
      const known = await database.rows(
        `SELECT * EXCEPT (partner_id) FROM ${view} WHERE partner_id = '${PARTNER_ID}'
         ${key === undefined ? '' : `AND ${key} != ''`} ORDER BY ${time}, currency ${quoted}`,
      )
      const asTold = ({ hour, ...row }: Record<string, unknown>): object =>
        typeof hour === 'string' ? { hour: `${hour.replace(' ', 'T')}Z`, ...row } : row
      expect(told, view).toEqual(known.map(asTold))
    }
  })

  it('counts hours, games, players, wins and accounts', async () => {
    const hours = await rowsOf(`hourly?${BOTH}&currency=EUR`)
    expect(hours[1]).toMatchObject({ hour: '2026-11-01T10:00:00Z', bets: 70.0001, ggr: 45.5, deposits: 50 })
    expect(await rowsOf(`games?${BOTH}&currency=EUR`)).toMatchObject([
      { game_id: '', bonus_cost: 3, ggr: 0 },
      { game_id: 'game-a', active_players: 2, bets: 55, ggr: 25.5 },
      { game_id: 'game-b', active_players: 2, bets: 21.0001, ggr: 1 },
    ])
    expect(await rowsOf('players/anna')).toMatchObject([
      { player_id: 'anna', currency: 'EUR', net_deposits: 70, wagered: 15, ggr: -14.5 },
    ])
    expect(await rowsOf('players/nobody')).toEqual([])
    const wins = await rowsOf(`top-wins?${BOTH}&limit=2`)
    expect(wins).toMatchObject([
      { amount: 25, player_id: 'anna', win_type: 'STANDARD', created_at: '2026-11-02T00:00:00.000Z' },
      { amount: 7, win_type: 'FREE_ROUND' },
    ])
    const accounts = await rowsOf(`trial-balance?to=${DAY_TWO}&currency=EUR`)
    expect(accounts.map(({ account, balance }) => [account, balance])).toEqual([
      ['BONUS', -7],
      ['CASH', -150],
      ['HOUSE', 50.5],
      ['PLAYER', 106.5],
    ])
    expect(await rowsOf('trial-balance')).toHaveLength(9)
  })

  it('comes page by page, each row once', async () => {
    for (const path of [`transactions?${BOTH}`, `top-wins?${BOTH}`, `hourly?${BOTH}&group=game`]) {
      const whole = await rowsOf(`${path}&limit=500`)
      expect(whole.length).toBeGreaterThan(3)
      const paged: unknown[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const answer = await ask(`${path}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
        const { data, next_cursor } = page.parse(await answer.json())
        paged.push(...data)
        cursor = next_cursor
      }
      expect(paged, path).toEqual(whole)
    }
  })
})

describe('another partner', () => {
  it('sees nothing of it; the operator names whose reports it reads', async () => {
    const other = await ask(`transactions?${BOTH}`, { 'x-partner-id': randomUUID() })
    expect([200, 404]).toContain(other.status)
    expect(await other.text()).not.toContain('anna')
    const unscoped = await ask(`daily?${BOTH}`, { 'x-api-key': PARTNER_KEY })
    expect(unscoped.status).toBe(403)
  })
})

describe('CSV', () => {
  const textOf = async (path: string, headers?: Record<string, string>): Promise<string> => {
    const answer = await ask(path, headers)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    return answer.text()
  }

  it('holds the same rows, to the digit, by header and by parameter', async () => {
    const csv = await textOf(`daily?${BOTH}&format=csv`)
    const [names, first] = z.array(z.array(z.string())).parse(parse(csv))
    expect(names?.slice(0, 3)).toEqual(['day', 'currency', 'active_players'])
    expect(first?.slice(0, 6)).toEqual([DAY_ONE, 'EUR', '2', '4', '1', '75.0001'])
    expect(await textOf(`daily?${BOTH}`, { accept: 'text/csv, */*' })).toBe(csv)
    const json = await ask(`daily?${BOTH}&format=json`, { accept: 'text/csv' })
    expect(json.headers.get('content-type')).toContain('application/json')
    expect(parse(await textOf(`transactions?${BOTH}&format=csv&limit=2`))).toHaveLength(3)
  })

  it('holds no formula', async () => {
    const player = '=HYPERLINK("https://evil.example")'
    await landPlay(database, [
      aTransaction({ partner_id: PARTNER_ID, player_id: player, created_at: Date.UTC(2025, 0, 1) }),
    ])
    const csv = await textOf('transactions?from=2025-01-01&to=2025-01-02&format=csv')
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"")"`)
    const json = await rowsOf('transactions?from=2025-01-01&to=2025-01-02')
    expect(json).toMatchObject([{ player_id: player }])
  })

  it('brings a million rows without holding them', { timeout: MILLION_ROWS_LIMIT_MS }, async () => {
    // In steps that end within the time limit of a call, on a busy machine too.
    for (let from = 0; from < 1_000_000; from += 100_000)
      await database.client.command({
        query: `INSERT INTO transactions (event_id, transaction_id, partner_id, player_id, type, status, amount, currency, game_id, round_id, created_at)
        SELECT generateUUIDv4(number), generateUUIDv4(number + 0.5), '${PARTNER_ID}', 'player-' || toString(number % 1000), 'BET', 'COMPLETED',
          1, 'EUR', 'game-a', 'round-' || leftPad(toString(number), 90, '0'), toDateTime64('2024-03-01', 3, 'UTC') + toIntervalMillisecond(number)
        FROM numbers(${from}, 100000)`,
      })
    const answer = await ask('transactions?from=2024-03-01&to=2024-03-02&format=csv')
    const heldBefore = held()
    let lines = 0
    let bytes = 0
    let heldMost = 0
    const body: ReadableStream<Uint8Array> | null = answer.body
    for await (const part of body ?? []) {
      bytes += part.length
      for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, at + 1)) lines++
      heldMost = Math.max(heldMost, held())
    }
    expect(lines).toBe(1_000_001)
    expect(bytes).toBeGreaterThan(150 * MIB)
    expect(heldMost - heldBefore).toBeLessThan(bytes / 2)
  })
})

/** Bytes that this process holds; what is garbage but not collected yet counts, so the bound in the test is a wide one. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('a question that is none', () => {
  it.each([
    ['daily', 'query.from', 'REQUIRED'],
    [`daily?from=${DAY_TWO}&to=${DAY_ONE}`, 'query.to', 'INVALID_PERIOD'],
    [`daily?from=${DAY_ONE}&to=${DAY_ONE}`, 'query.to', 'INVALID_PERIOD'],
    ['hourly?from=2024-01-01&to=2026-01-01', 'query.to', 'INVALID_PERIOD'],
    ['games?from=2026-02-30&to=2026-03-01', 'query.from', 'INVALID_FORMAT'],
    ['games?from=1999-12-31&to=2000-01-02', 'query.from', 'INVALID_TIME'],
    [`daily?${BOTH}&currency=XXX`, 'query.currency', 'UNKNOWN_CURRENCY'],
    [`daily?${BOTH}&group=player`, 'query.group', 'INVALID_VALUE'],
    [`daily?${BOTH}&provider=x`, 'query.provider', 'UNKNOWN_FIELD'],
    [`daily?${BOTH}&brand=`, 'query.brand', 'TOO_SMALL'],
    [`daily?${BOTH}&provider_id=${'x'.repeat(65)}`, 'query.provider_id', 'TOO_BIG'],
    [`daily?${BOTH}&format=xlsx`, 'query.format', 'INVALID_VALUE'],
    [`daily?${BOTH}&cursor=eyJ9`, 'query.cursor', 'INVALID_FORMAT'],
    [`players/anna?game_id=x`, 'query.game_id', 'UNKNOWN_FIELD'],
  ])('%s is refused, with the field and why', async (path, field, code) => {
    const answer = await ask(path)
    expect(answer.status).toBe(400)
    const problem = problemAnswer.parse(await answer.json())
    expect(problem.code).toBe('VALIDATION_FAILED')
    expect(problem.errors).toContainEqual(expect.objectContaining({ path: field, code }))
  })

  it('is refused before anything is asked, and told apart from a store that is away', async () => {
    const away = await startTestApp()
    const answer = await fetch(`${away.url}/reports/daily?${BOTH}`, { headers: { 'x-api-key': ADMIN_KEY } })
    expect(answer.status).toBe(503)
    expect(problemAnswer.parse(await answer.json()).code).toBe('SERVICE_UNAVAILABLE')
    await away.close()
  })
})
