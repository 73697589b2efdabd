/** Settlement runs and terms in PostgreSQL: what lands where, and that neither order nor repetition changes it. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import type { SinkStore, Slice } from '../runtime/types.ts'
import { aRun, NOW_MS, someTerms } from '../testing/settlement-events.ts'
import type { PostgresSource } from './sources.ts'
import { createPostgresStore } from './store.ts'

const RUNS = 'settlement.updated'
const TERMS = 'settlement.terms.updated'
const always = { stillOurs: () => true }
const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }

let database: ScratchPostgres
let store: SinkStore<PostgresSource>
let ends: Map<PostgresSource, number>

beforeAll(async () => {
  database = await createScratchPostgres()
  store = createPostgresStore({
    databaseUrl: database.url,
    cipher: createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) }),
    logger: createLogger('test', 'silent'),
  })
})
afterAll(async () => {
  await store.close()
  await database.drop()
})
beforeEach(async () => {
  ends = new Map()
  await database.rows('TRUNCATE partners, settlements, settlement_terms, sink_positions CASCADE')
})

/** The next records of a topic. */
function next<N extends PostgresSource>(source: N, ...values: TopicValues[N][]): Slice<N> {
  const from = ends.get(source) ?? 0
  const end = from + values.length
  ends.set(source, end)
  const records = values.map((value, at) => ({ offset: from + at, value, raw }))
  return { source, topic: source, partition: 0, from, next: end, records }
}

const write = (...slices: Slice<PostgresSource>[]): Promise<void> => store.write(slices, always)

/** Every row, with the database transaction that last wrote it. */
const dump = (): Promise<unknown> =>
  Promise.all(
    ['settlements', 'settlement_terms', 'partners'].map((table) =>
      database.rows(`SELECT xmin::text, t::text FROM ${table} AS t ORDER BY t::text`),
    ),
  )

describe('a run', () => {
  it('lands with every field, before its partner does, amounts as decimals', async () => {
    const run = aRun({ status: 'CONFIRMED', confirmed_at: NOW_MS, hash: 'ab'.repeat(32), version: 3 })
    const { data } = run
    await write(next(RUNS, run))
    const [row] = await database.rows('SELECT *, period_from::text, period_to::text FROM settlements')
    expect(row).toMatchObject({
      id: data.settlement_id,
      partner_id: data.partner_id,
      currency: 'EUR',
      status: 'CONFIRMED',
      period_from: '2026-10-01',
      period_to: '2026-11-01',
      net_payable: '999999999999999.9999',
      carried_forward: '-999999999999999.9999',
      hash: data.hash,
      created_at: new Date(NOW_MS),
      version: 3,
    })
    expect(row?.['document']).toMatchObject({
      settlement_id: data.settlement_id,
      confirmed_at: '2026-11-24T00:00:00.000Z',
      net_payable: '999999999999999.9999',
      fees: [{ code: 'TAX', rate: '0.0500' }],
    })
  })

  it('is replaced by a newer version, and by no older one, whether they come together or not', async () => {
    const run = aRun()
    const { data } = run
    const versions = [4, 2, 3].map((version) => aRun({ ...data, version, currency: 'USD' }))
    await write(next(RUNS, ...versions))
    await write(next(RUNS, run))
    expect(await database.rows('SELECT version FROM settlements')).toEqual([{ version: 4 }])
    await write(next(RUNS, aRun({ ...data, version: 5, status: 'CANCELED' })))
    expect(await database.rows('SELECT version, status FROM settlements')).toEqual([
      { version: 5, status: 'CANCELED' },
    ])
  })
})

describe('terms', () => {
  it('land, and are replaced by a newer version, and by no older one', async () => {
    const terms = someTerms()
    const { data } = terms
    await write(next(TERMS, someTerms({ ...data, version: 2, schedule: 'WEEKLY' }), terms))
    await write(next(TERMS, terms))
    expect(await database.rows('SELECT partner_id, version, document FROM settlement_terms')).toMatchObject([
      {
        partner_id: data.partner_id,
        version: 2,
        document: { schedule: 'WEEKLY', time_zone: 'Europe/Berlin' },
      },
    ])
  })
})

it('a replay from the first offset writes to no row', async () => {
  const run = aRun()
  const { partner_id } = run.data
  const slices = [
    next(RUNS, run, aRun(), aRun({ ...run.data, version: 2, status: 'CONFIRMED' })),
    next(TERMS, someTerms({ partner_id }), someTerms({ partner_id, version: 2 })),
  ]
  await write(...slices)
  const before = await dump()
  await database.rows('DELETE FROM sink_positions')
  for (const slice of slices) await write(slice)
  expect(await dump()).toEqual(before)
})
