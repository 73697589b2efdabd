/**
 * A month of generated play of three partners with different rates, time zones and currencies is settled, to the cent of plain loops: a rate that
 * changes amid the month, entries that come late, a loss that is carried over. Then PostgreSQL and ClickHouse are dropped and rebuilt
 * from Kafka, and nothing is otherwise.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../api/testing/live.ts'
import { verifySettlement } from '../../cli/settlement/verify.ts'
import { connectClickhouse } from '../../service/clickhouse.ts'
import pg from 'pg'
import { expectLines, openDesk, unitsOf } from '../settlement/desk.ts'
import type { Desk, RoundEnd, RunAnswer, Terms } from '../settlement/desk.ts'
import { expected } from '../settlement/plain.ts'
import type { Contract, Sent } from '../settlement/plain.ts'
import { Random } from '../simulator/random.ts'
import { reconciled } from '../support/e2e.ts'
import { required } from '../support/environment.ts'
import { startAll, stopService } from '../support/stack.ts'

const SEED = 20_260_901
const ROUNDS_IN_SEPTEMBER = 150
const PLAYERS = 4
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface Casino extends Terms {
  contract: Contract
  /** Of its zone in August, September and October, in hours. */
  offset: number
  /** What a round of August won: it decides whether the month ended with a loss. */
  augustGain: bigint
}

const CASINOS: readonly Casino[] = [
  {
    name: 'Berlin',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    // Amid the 16th: in force from the 17th on.
    rates: [
      [1_000n, '2026-01-01T00:00:00Z'],
      [2_500n, '2026-09-16T10:00:00Z'],
    ],
    taxRate: 0.0333,
    contract: {
      zone: 'Europe/Berlin',
      rates: [
        ['2026-01-01', 1_000n],
        ['2026-09-17', 2_500n],
      ],
      taxRate: 333n,
    },
    offset: 2,
    augustGain: 50_000n,
  },
  {
    name: 'Seoul',
    zone: 'Asia/Seoul',
    currency: 'USD',
    rates: [[1_250n, '2026-01-01T00:00:00Z']],
    taxRate: 0.1,
    contract: { zone: 'Asia/Seoul', rates: [['2026-01-01', 1_250n]], taxRate: 1_000n },
    offset: 9,
    augustGain: 7_777_777n,
  },
  {
    name: 'New York',
    zone: 'America/New_York',
    currency: 'GBP',
    rates: [[3_333n, '2026-01-01T00:00:00Z']],
    taxRate: 0.0005,
    contract: { zone: 'America/New_York', rates: [['2026-01-01', 3_333n]], taxRate: 5n },
    offset: -4,
    augustGain: 10_001n,
  },
]

interface Table {
  casino: Casino
  desk: Desk
  players: readonly string[]
  random: Random
  runs: RunAnswer[]
}

/** The first moment of a day of the casino. */
const begin = ({ offset }: Casino, date: string): number => Date.parse(`${date}T00:00:00Z`) - offset * HOUR_MS

let tables: Table[]
beforeAll(async () => {
  tables = await Promise.all(
    CASINOS.map(async (casino, number): Promise<Table> => {
      const desk = await openDesk(casino)
      const players = Array.from({ length: PLAYERS }, () => newId('player'))
      await Promise.all(players.map((player) => desk.deposit(player)))
      return { casino, desk, players, random: new Random(SEED + number), runs: [] }
    }),
  )
}, 120_000)
afterAll(startAll)

const eachTable = (work: (table: Table) => Promise<void>): Promise<void[]> => Promise.all(tables.map(work))

/** Rounds between two moments, in the order of time; each player's are sent as they came. */
async function playRounds({ desk, players, random }: Table, count: number, fromMs: number, toMs: number) {
  const times = Array.from({ length: count }, () => fromMs + random.below(toMs - fromMs)).toSorted(
    (a, b) => a - b,
  )
  const commands = new Map(players.map((player): [string, object[]] => [player, []]))
  for (const atMs of times) {
    const stake = BigInt(1 + random.below(500_000))
    const end = random.weighted<RoundEnd>([
      [4, 'lost'],
      [3, 'won'],
      [1, 'bonus'],
      [1, 'rolled back'],
    ])
    const own = commands.get(random.pick(players)) ?? []
    own.push(...desk.round(atMs, stake, end, BigInt(1 + random.below(700_000))))
    if (random.oneIn(20)) own.push(desk.adjust(atMs, random.pick(['CREDIT', 'DEBIT']), stake))
  }
  await Promise.all([...commands].map(([player, list]) => desk.play(player, list)))
}

/** Drafts a period, holds it against plain loops over what it covers, and confirms it. */
async function settle(table: Table, from: string, to: string): Promise<{ covered: Sent[]; run: RunAnswer }> {
  const { casino, desk, runs } = table
  const carried = unitsOf(runs.at(-1)?.carried_forward ?? '0')
  const covered = desk.covered(begin(casino, to))
  const run = await desk.draft(from, to)
  await expectLines(desk, run.id, expected(covered, carried, casino.contract), carried)
  expect((await desk.confirm(run.id)).status).toBe(200)
  runs.push(run)
  return { covered, run }
}

const verified = async ({ id, hash }: RunAnswer): Promise<void> => {
  const { recomputed_hash, differences } = await verifySettlement(id, false)
  expect({ recomputed_hash, differences }).toEqual({ recomputed_hash: hash, differences: [] })
}

/** All that is told of the runs of a partner. */
const told = async ({ desk, runs }: Table): Promise<string[]> => {
  const paths = runs.flatMap(({ id }) =>
    ['', '/lines', '/late-entries', '/statement'].map((part) => id + part),
  )
  const answers = await Promise.all(paths.map((path) => desk.get(`/settlements/${path}`)))
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
  return answers.map(({ text }) => text)
}

describe('three partners', () => {
  it('have a month before, which ends with a loss for one of them', async () => {
    await eachTable(async (table) => {
      const { casino, desk, players } = table
      const player = players[0] ?? ''
      const commands = Array.from({ length: 5 }, (_, number) =>
        desk.round(begin(casino, '2026-08-10') + number * DAY_MS, 100_000n, 'won', casino.augustGain),
      )
      await desk.play(player, commands.flat())
      const { run } = await settle(table, '2026-08-01', '2026-09-01')
      const isLoss = casino.augustGain > 100_000n
      expect([run.net_payable === '0', run.carried_forward !== '0'], casino.name).toEqual([isLoss, isLoss])
    })
  })

  it('are settled for a month of generated play and for what came late, to the cent', async () => {
    await eachTable(async (table) => {
      const { casino, runs } = table
      await playRounds(table, 6, begin(casino, '2026-08-02'), begin(casino, '2026-09-01'))
      await playRounds(table, ROUNDS_IN_SEPTEMBER, begin(casino, '2026-09-01'), begin(casino, '2026-10-01'))
      const { covered, run } = await settle(table, '2026-09-01', '2026-10-01')
      const late = covered.filter(({ atMs }) => atMs < begin(casino, '2026-09-01'))
      expect(late.length).toBeGreaterThanOrEqual(6)
      expect(run).toMatchObject({ late_entries: late.length, previous_id: runs[0]?.id })
    })
    // What is carried over is that of the one with the loss.
    expect(tables.map(({ runs }) => unitsOf(runs[0]?.carried_forward ?? '0') < 0n)).toEqual([
      false,
      true,
      false,
    ])
  })

  it('find all as it was once PostgreSQL and ClickHouse were dropped and rebuilt from Kafka', async () => {
    const before = await Promise.all(tables.map(told))
    await dropStores()
    await startAll()
    expect((await reconciled()).differences).toEqual([])
    expect(await Promise.all(tables.map(told))).toEqual(before)
    for (const { runs } of tables) for (const run of runs) await verified(run)
  })

  it('go on from there', async () => {
    await eachTable(async (table) => {
      const { casino } = table
      await playRounds(table, 10, begin(casino, '2026-09-20'), begin(casino, '2026-10-08'))
      const { run } = await settle(table, '2026-10-01', '2026-10-08')
      expect(run.late_entries).toBeGreaterThan(0)
      await verified(run)
    })
  })
})

/** All that is made of the log, gone; those who read or write it are stopped before. */
async function dropStores(): Promise<void> {
  const users = ['api', 'sink-postgres', 'sink-clickhouse', 'sink-webhooks', 'screening']
  for (const name of [...users, 'settlement-worker', 'reconciliation']) await stopService(name)
  const database = new pg.Client({ connectionString: required('DATABASE_URL') })
  await database.connect()
  await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await database.end()
  const clickhouse = connectClickhouse({ url: required('CLICKHOUSE_URL'), requestTimeoutMs: 60_000 })
  await clickhouse.command({ query: `DROP DATABASE ${required('CLICKHOUSE_DATABASE')}` })
  await clickhouse.close()
}
