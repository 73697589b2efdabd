/** What is read of ClickHouse up to a cut is what the log holds up to there, wherever it is cut. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../avro/types.ts'
import { knownPlay, landPlay } from '../tests/support/known-play.ts'
import { createScratchClickhouse } from '../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../tests/support/scratch-databases.ts'
import { aTransaction } from '../tests/support/sink-events.ts'
import { openClickhouse } from './clickhouse.ts'
import type { ClickhouseStore } from './clickhouse.ts'
import type { Cut } from './kafka.ts'
import { LOG } from './kafka.ts'
import { LogAudit } from './log-audit.ts'
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
