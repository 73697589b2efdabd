/** What is read of ClickHouse up to a cut is what the log holds up to there, wherever it is cut. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../avro/types.ts'
import { DAY_ONE, DAY_TWO, knownPlay, landPlay } from '../tests/support/known-play.ts'
import { createScratchClickhouse } from '../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../tests/support/scratch-databases.ts'
import { aTransaction } from '../tests/support/sink-events.ts'
import { openClickhouse } from './clickhouse.ts'
import type { ClickhouseStore } from './clickhouse.ts'
import type { Cut } from './kafka.ts'
import { LOG } from './kafka.ts'
import { LogAudit } from './log-audit.ts'
import { compareRounds } from './rounds/compare.ts'
import { readProviderFile } from './rounds/provider-file.ts'
import { bucketOf, cellOf } from './view.ts'

const PARTNER = randomUUID()
const shared = (player: string) =>
  aTransaction({ partner_id: PARTNER, player_id: player, transaction_id_partner: 'both' })
const FIRST = shared('ann')
const EVENTS: TransactionCreated[] = [...knownPlay(PARTNER, randomUUID()), FIRST, shared('ben')]

let database: ScratchClickhouse
let store: ClickhouseStore
beforeAll(async () => {
  database = await createScratchClickhouse()
  await landPlay(database, EVENTS, LOG)
  store = openClickhouse(database.url, database.database)
})
afterAll(async () => {
  await store.close()
  await database.drop()
})

const cutAt = (offset: number): Cut => ({ log: [offset], balances: [] })

function auditTo(offset: number): LogAudit {
  const log = new LogAudit()
  EVENTS.slice(0, offset).forEach((event, at) => log.add(event, 0, at))
  return log
}

const positive = (counts: ReadonlyMap<string, number>): unknown =>
  Object.fromEntries([...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => a.localeCompare(b)))

describe('ClickHouse below a cut', () => {
  // Behind the hold of a withdrawal, between its steps, and behind its end.
  it.each([0, 1, 9, 17, 18, 19, 20, EVENTS.length])(
    'at offset %i is what the log is there',
    async (offset) => {
      const { transactions, accounts } = await store.read(cutAt(offset))
      const log = auditTo(offset)
      expect(positive(transactions.counts)).toEqual(positive(log.counts))
      expect(transactions.buckets).toEqual(log.buckets)
      expect(transactions.days).toEqual(log.days)
      expect(new Map([...accounts].filter(([, units]) => units !== 0n))).toEqual(
        new Map([...log.accounts].filter(([, units]) => units !== 0n)),
      )
    },
  )

  it('names an id that two players of a partner have, with the place of the last', async () => {
    expect((await store.read(cutAt(EVENTS.length))).shared).toEqual([
      {
        what: `the id both of partner ${PARTNER} stands for transactions of 2 players`,
        where: `topic ${LOG}, partition 0, offset ${EVENTS.length - 1}`,
      },
    ])
    expect((await store.read(cutAt(EVENTS.length - 1))).shared).toEqual([])
  })

  it('tells the ids of a bucket and the wallets of a day', async () => {
    const { transaction_id: id, wallet_id: wallet, created_at: createdAt } = FIRST.data
    const offset = EVENTS.indexOf(FIRST)
    expect(await store.idsOfBucket(cutAt(offset + 1), bucketOf(id))).toContain(id)
    expect(await store.idsOfBucket(cutAt(offset), bucketOf(id))).not.toContain(id)
    const cell = cellOf(wallet, createdAt)
    const movements = { count: 1, units: 100_000n }
    expect((await store.walletsOfCell(cutAt(offset + 1), cell)).get(wallet)).toEqual(movements)
    expect((await store.walletsOfCell(cutAt(offset), cell)).get(wallet)).toBeUndefined()
  })
})

describe('a provider’s file', () => {
  const ROWS = [
    'round-1,anna,EUR,10,4.5,0',
    'round-2,anna,EUR,20.0001,0,20.0001',
    'round-3,anna,EUR,0,7,0',
    // Won on the day after.
    'round-4,anna,EUR,5,25,0',
    'round-5,ben,EUR,40,0,0',
    'round-7,ben,USD,6,0,0',
  ]

  async function compared(rows: readonly string[], games: readonly string[] = []) {
    const folder = await mkdtemp(join(tmpdir(), 'stakestream-rounds-'))
    try {
      const path = join(folder, 'rounds.csv')
      await writeFile(path, ['round_id,player_id,currency,bets,wins,rollbacks', ...rows].join('\n'))
      const asked = { partnerId: PARTNER, fromMs: Date.parse(DAY_ONE), toMs: Date.parse(DAY_TWO), games }
      return await compareRounds(store.rounds, await readProviderFile(path), asked)
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  /** The last record of a round. */
  const recordOf = (round: string): string => {
    const offset = EVENTS.findLastIndex(({ data }) => data.partner_id === PARTNER && data.round_id === round)
    return `topic ${LOG}, partition 0, offset ${offset}`
  }

  it('of the rounds that began in the period holds the same, those of one game too', async () => {
    expect(await compared(ROWS)).toMatchObject({ ok: true, roundsInFile: 6, roundsCompared: 6 })
    expect(await compared([ROWS[1] ?? ''], ['game-b'])).toMatchObject({ ok: true, roundsCompared: 1 })
    // Played on the second day and in the file of the first: it is there, and no difference.
    expect(await compared([...ROWS, 'round-6,ben,EUR,1,0,0'])).toMatchObject({ ok: true, roundsCompared: 7 })
  })

  it('is told each difference, with its line and the offset of the last record', async () => {
    const wrong = ROWS.filter((row) => !row.startsWith('round-5')).map((row) =>
      row.replace(',25,', ',24.9999,'),
    )
    expect(await compared([...wrong, 'round-8,anna,EUR,500,0,0'])).toMatchObject({
      ok: false,
      differenceCount: 3,
      differences: [
        {
          what: 'round ["round-5","ben","EUR"] is missing in the file: bets 40.0000, wins 0.0000, rollbacks 0.0000 here',
          where: recordOf('round-5'),
        },
        {
          what: 'round ["round-4","anna","EUR"]: bets 5.0000, wins 24.9999, rollbacks 0.0000 in the file, bets 5.0000, wins 25.0000, rollbacks 0.0000 here',
          where: `line 5; ${recordOf('round-4')}`,
        },
        // The bet was refused.
        {
          what: 'round ["round-8","anna","EUR"] is in the file alone: bets 500.0000, wins 0.0000, rollbacks 0.0000',
          where: 'line 7',
        },
      ],
    })
  })
})
