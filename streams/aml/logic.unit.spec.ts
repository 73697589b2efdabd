/** The processor: what is assessed, what is remembered, and that the log gives the same again. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Transaction } from '../../avro/types.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { AmlLogic } from './logic.ts'
import type { AmlCodecs } from './logic.ts'
import { toRuleSet } from '../../domain/aml/rule-set.ts'
import {
  Bench,
  defaultRules,
  restored,
  START_MS,
  testCodecs,
  testTransaction,
  testUuid,
  units,
} from './testing/fixtures.ts'
import { DAY_MS, HOUR_MS } from './windows/nodes.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 40)
vi.setConfig({ testTimeout: 60_000 + RUNS * 500 })

let codecs: AmlCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

describe('the AML processor', () => {
  it('assesses what moved money, and only once', () => {
    const bench = new Bench(codecs)
    const rejected = testTransaction({ status: 'FAILED', error_code: 'INSUFFICIENT_FUNDS' })
    const bet = testTransaction()
    const completed: Transaction = { ...bet, type: 'WITHDRAWAL', command_id: testUuid(0x7777) }
    expect(bench.process(rejected, bet, completed).map(({ data }) => data.transaction_id)).toEqual([
      bet.transaction_id,
    ])
  })

  it('assesses a bet that a provider has to confirm once it is confirmed', () => {
    const bench = new Bench(codecs)
    const held: Transaction = { ...testTransaction(), status: 'PENDING' }
    const confirmed: Transaction = { ...held, status: 'COMPLETED', command_id: testUuid(0x7777) }
    expect(bench.process(held)).toEqual([])
    expect(bench.process(confirmed).map(({ data }) => data.transaction_id)).toEqual([held.transaction_id])
  })

  it('never assesses one that was given back', () => {
    const bench = new Bench(codecs)
    const held: Transaction = { ...testTransaction(), status: 'PENDING' }
    const canceled: Transaction = { ...held, status: 'CANCELED', command_id: testUuid(0x7777) }
    expect(bench.process(held, canceled)).toEqual([])
  })

  it('moves the profile by 0.7 and 0.3 from 30', () => {
    const bench = new Bench(codecs)
    expect(bench.assess().overall_risk_score).toBeCloseTo(21, 10)
    const large = bench.assess({ type: 'DEPOSIT', amount: units('10000') })
    expect(large.risk_score).toBe(40)
    expect(large.overall_risk_score).toBeCloseTo(0.7 * 21 + 0.3 * 40, 10)
    expect(bench.sent.profiles.at(-1)).toMatchObject({
      overall_risk_score: large.overall_risk_score,
      risk_level: 'LOW',
      assessments: 2,
      risk_factors: [{ code: 'LARGE_TRANSACTION', count: 1, first_seen_at: START_MS }],
      last_deposit_at: START_MS,
    })
  })

  it('tells of 7 and 30 days in the profile', () => {
    const bench = new Bench(codecs)
    bench.process(
      testTransaction({ created_at: START_MS - 20 * DAY_MS, amount: units('5') }),
      testTransaction({ created_at: START_MS - 3 * DAY_MS, amount: units('2.5') }),
      testTransaction({ amount: units('1') }),
    )
    const statistics = bench.sent.profiles.at(-1)?.statistics
    expect(statistics).toEqual([
      { period_days: 7, type: 'BET', currency: 'USD', count: 2, sum: units('3.5') },
      { period_days: 30, type: 'BET', currency: 'USD', count: 3, sum: units('8.5') },
    ])
  })

  it('assesses a late event at its own time, marks it, and counts it from then on', () => {
    const bench = new Bench(codecs)
    bench.assess({ type: 'DEPOSIT', amount: units('9000') })
    const late = bench.assess({
      type: 'DEPOSIT',
      amount: units('9000'),
      created_at: START_MS - HOUR_MS,
    })
    expect(late).toMatchObject({ late: true, near_threshold_24h: 1, count_24h: 1 })
    const next = bench.assess({
      type: 'DEPOSIT',
      amount: units('9000'),
      created_at: START_MS + HOUR_MS,
    })
    expect(next).toMatchObject({ late: false, near_threshold_24h: 3 })
    expect(next.alert_types).toContain('STRUCTURING')
    expect(bench.sent.profiles.at(-1)).toMatchObject({
      late_assessments: 1,
      last_assessment_at: START_MS + HOUR_MS,
    })
  })

  it('forgets days that no window reaches', () => {
    const bench = new Bench(codecs)
    for (let day = 0; day < 100; day++) bench.assess({ created_at: START_MS + day * DAY_MS })
    const keys = bench.store.entries().map(([key]) => key)
    expect(keys.filter((key) => key.startsWith('d/'))).toHaveLength(38)
    expect(keys.filter((key) => key.startsWith('e/'))).toHaveLength(38)
  })

  it('says what rules in shadow would have said, and does nothing of it', () => {
    const strict = {
      ...DEFAULT_RULES,
      currencies: { USD: { large_transaction: '5', linked_deposits: '5' } },
    }
    const bench = new Bench(codecs, {
      ...defaultRules,
      inForce: () => ({
        live: toRuleSet('platform/1', DEFAULT_RULES),
        shadow: toRuleSet('platform/2', strict),
      }),
    })
    expect(bench.assess()).toMatchObject({
      risk_score: 0,
      alert_types: [],
      shadow: { rules_version: 'platform/2', risk_score: 40, alert_types: ['THRESHOLD'] },
    })
    expect(bench.sent.commands).toEqual([])
  })

  it('counts assessments, those of late transactions and what called for an alert', () => {
    const bench = new Bench(codecs)
    bench.process(
      testTransaction({ type: 'DEPOSIT', amount: units('12000'), created_at: START_MS }),
      testTransaction({ type: 'DEPOSIT', amount: units('1'), created_at: START_MS - HOUR_MS }),
      testTransaction({ type: 'BET', amount: units('1'), status: 'FAILED', created_at: START_MS }),
    )
    expect(Object.fromEntries(bench.outcomes)).toEqual({
      assessed: 2,
      late: 1,
      ignored: 1,
      'alert THRESHOLD': 1,
    })
  })

  it('makes a dead letter of what is no transaction of its key', () => {
    const logic = new AmlLogic(codecs, defaultRules)
    const { store } = new Bench(codecs)
    const record = { offset: 0, timestampMs: 0, key: Buffer.from('x'), value: Buffer.from('x'), headers: {} }
    const output = { send: () => expect.unreachable(), isFull: () => false, count: () => undefined }
    expect(() => logic.process(record, store, output)).toThrow('not in wire format')
    expect(() => logic.process({ ...record, value: null }, store, output)).toThrow('no value')
  })
})

const life = fc.array(
  fc.record({
    player: fc.constantFrom('ann', 'bob', 'eve'),
    type: fc.constantFrom('DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN'),
    amount: fc.constantFrom(units('1'), units('10'), units('250'), units('9500'), units('12000')),
    stepMs: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 3 * HOUR_MS }) },
      { weight: 1, arbitrary: fc.integer({ min: -2 * DAY_MS, max: 5 * DAY_MS }) },
    ),
    country: fc.constantFrom(null, 'MT', 'KP'),
    cancels: fc.boolean(),
  }),
  { maxLength: 80, size: 'max' },
)

function lifeOf(drafts: typeof life extends fc.Arbitrary<infer T> ? T : never): Transaction[] {
  let atMs = START_MS
  const transactions: Transaction[] = []
  for (const [at, { player, type, amount, stepMs, country, cancels }] of drafts.entries()) {
    atMs += stepMs
    const transaction = testTransaction({
      transaction_id: testUuid(0x2000 + at),
      command_id: testUuid(0x2000 + at),
      player_id: player,
      type: type === 'DEPOSIT' || type === 'WITHDRAWAL' || type === 'WIN' ? type : 'BET',
      status: type === 'WITHDRAWAL' ? 'PENDING' : 'COMPLETED',
      win_type: type === 'WIN' ? 'STANDARD' : null,
      amount,
      country,
      created_at: atMs,
      processed_at: START_MS + at,
    })
    transactions.push(transaction)
    if (type === 'WITHDRAWAL' && cancels)
      transactions.push({ ...transaction, command_id: testUuid(0x8000 + at), status: 'CANCELED' })
  }
  return transactions
}

describe('the same log', () => {
  const batched = (transactions: readonly Transaction[], size: number): Bench => {
    const bench = new Bench(codecs)
    for (let at = 0; at < transactions.length; at += size) bench.process(...transactions.slice(at, at + size))
    return bench
  }
  const bytesOf = (bench: Bench, topic: string): string[] =>
    bench.sent.bytes.filter((each) => each.topic === topic).map(({ value }) => value.toString('hex'))
  const lastProfiles = (bench: Bench): Record<string, string> =>
    Object.fromEntries(
      bench.sent.bytes
        .filter(({ topic }) => topic === 'aml.risk-profile.updated')
        .map(({ key, value }) => [key, value.toString('hex')]),
    )

  it('gives the same assessments, findings and profiles to the byte, however it is cut into batches', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: 30 }), (drafts, size) => {
        const transactions = lifeOf(drafts)
        const one = batched(transactions, size)
        const other = batched(transactions, 1)
        for (const topic of ['aml.transaction.assessed', 'aml.command'])
          expect(bytesOf(one, topic)).toEqual(bytesOf(other, topic))
        expect(lastProfiles(one)).toEqual(lastProfiles(other))
        expect(one.store.entries()).toEqual(other.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('restores the store to the byte', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: 30 }), (drafts, size) => {
        const live = batched(lifeOf(drafts), 7)
        expect(restored(codecs, live.sent, size).entries()).toEqual(live.store.entries())
      }),
      { numRuns: RUNS },
    )
  })
})
