/** Each check at its edges, through the processor: what fires, on which numbers, and what doesn't. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Assessment, Transaction } from '../../../avro/types.ts'
import type { AmlCodecs } from '../logic.ts'
import { Bench, START_MS, testCodecs, testUuid, units } from '../testing/fixtures.ts'
import { DAY_MS, HOUR_MS } from '../windows/nodes.ts'

let codecs: AmlCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

const codesOf = ({ factors }: Assessment): string[] => factors.map(({ code }) => code)
const numbersOf = ({ factors }: Assessment, code: string): Record<string, number> | undefined =>
  factors.find((factor) => factor.code === code)?.numbers

const deposit = (amount: string, atMs: number, parts: Partial<Transaction> = {}): Partial<Transaction> => ({
  type: 'DEPOSIT',
  amount: units(amount),
  created_at: atMs,
  ...parts,
})

/** The assessment of the last of these. */
function last(bench: Bench, ...all: readonly Partial<Transaction>[]): Assessment {
  const assessments = all.map((parts) => bench.assess(parts))
  const assessment = assessments.at(-1)
  if (assessment === undefined) throw new Error('nothing was assessed')
  return assessment
}

describe('a large transaction', () => {
  it.each([
    ['USD', '9999.9999', false],
    ['USD', '10000', true],
    ['EUR', '10000', true],
    ['KRW', '9999999', false],
    ['KRW', '10000000', true],
    ['JPY', '999999999', false],
  ])('in %s of %s: %s', (currency, amount, large) => {
    const assessment = new Bench(codecs).assess(deposit(amount, START_MS, { currency }))
    expect(codesOf(assessment).includes('LARGE_TRANSACTION')).toBe(large)
    expect(assessment.alert_types.includes('THRESHOLD')).toBe(large)
    expect(assessment.risk_score).toBe(large ? 40 : 0)
  })

  it('becomes a finding with all that it takes to work it out again', () => {
    const bench = new Bench(codecs)
    bench.assess(deposit('12500.5', START_MS, { transaction_id: testUuid(7), command_id: testUuid(7) }))
    expect(bench.sent.commands).toMatchObject([
      {
        data: {
          action: 'RAISE_ALERT',
          actor: null,
          finding: {
            alert_type: 'THRESHOLD',
            alert_severity: 'MEDIUM',
            risk_score: 40,
            transaction_id: testUuid(7),
            occurred_at: START_MS,
            rules_version: 'platform/0',
            factors: [
              {
                code: 'LARGE_TRANSACTION',
                points: 40,
                numbers: { amount: 12_500.5, threshold: 10_000 },
                transaction_ids: [testUuid(7)],
              },
            ],
          },
        },
      },
    ])
    const again = new Bench(codecs)
    again.assess(deposit('12500.5', START_MS, { transaction_id: testUuid(7), command_id: testUuid(7) }))
    expect(again.sent.commands).toEqual(bench.sent.commands)
  })
})

describe('structuring', () => {
  it('is three amounts of 80 to 100 % of the threshold within 24 hours', () => {
    const bench = new Bench(codecs)
    const ids = [testUuid(0x31), testUuid(0x32), testUuid(0x33)]
    const [one, two, three] = ids.map((id, at) =>
      deposit('3000', START_MS + at * HOUR_MS, { transaction_id: id, command_id: id, currency: 'EUR' }),
    )
    // Far from the threshold: nothing near it.
    expect(codesOf(last(bench, one ?? {}, two ?? {}, three ?? {}))).toEqual([])
    const near = ids.map((id, at) =>
      bench.assess(
        deposit('8000', START_MS + at * HOUR_MS, { transaction_id: id, command_id: id, type: 'WITHDRAWAL' }),
      ),
    )
    expect(near.map(({ alert_types }) => alert_types.includes('STRUCTURING'))).toEqual([false, false, true])
    expect(numbersOf(near[2] ?? bench.assess(), 'STRUCTURING')).toEqual({
      count_24h: 3,
      count_24h_from: 3,
      count_48h: 3,
      count_48h_from: 4,
      near_from: 8000,
      threshold: 10_000,
      sum: 24_000,
    })
    const finding = bench.sent.commands.find(({ data }) => data.finding?.alert_type === 'STRUCTURING')
    const factor = finding?.data.finding?.factors.find(({ code }) => code === 'STRUCTURING')
    expect(factor).toMatchObject({
      transaction_ids: ids,
      window_from: START_MS + 2 * HOUR_MS - DAY_MS,
      window_to: START_MS + 2 * HOUR_MS,
    })
  })

  it.each([
    ['just below the band', ['7999.9999', '8500', '8500'], [0, 1, 2], false],
    ['at the threshold itself', ['10000', '8500', '8500'], [0, 1, 2], false],
    ['the first exactly 24 hours before', ['8500', '8500', '8500'], [0, 12, 24], false],
    [
      'the first a millisecond less than 24 hours before',
      ['8500', '8500', '8500'],
      [1 / HOUR_MS, 12, 24],
      true,
    ],
    ['three in 48 hours', ['8500', '8500', '8500'], [0, 20, 40], false],
    ['four in 48 hours', ['8500', '8500', '8500', '8500'], [0, 15, 30, 45], true],
  ])('%s', (_, amounts, hours, fires) => {
    const bench = new Bench(codecs)
    const assessments = amounts.map((amount, at) =>
      bench.assess({
        type: 'WITHDRAWAL',
        amount: units(amount),
        created_at: START_MS + Math.round((hours[at] ?? 0) * HOUR_MS),
      }),
    )
    const fired = assessments.map((assessment) => codesOf(assessment).includes('STRUCTURING'))
    expect(fired.at(-1)).toBe(fires)
    expect(fired.slice(0, -1)).not.toContain(true)
  })

  it('keeps players, currencies and directions apart', () => {
    const bench = new Bench(codecs)
    const parts: Partial<Transaction>[] = [
      { type: 'WITHDRAWAL' },
      { type: 'WITHDRAWAL', player_id: 'player-2' },
      { type: 'WITHDRAWAL', currency: 'EUR' },
      { type: 'DEPOSIT' },
      { type: 'WITHDRAWAL' },
    ]
    const all = parts.map((each, at) =>
      bench.assess({ amount: units('9000'), created_at: START_MS + at, ...each }),
    )
    expect(all.flatMap(codesOf)).not.toContain('STRUCTURING')
  })
})

describe('linked deposits', () => {
  it('reach the limit together within 24 hours', () => {
    const bench = new Bench(codecs)
    const two = [deposit('6000', START_MS), deposit('3999.9999', START_MS + HOUR_MS)]
    expect(codesOf(last(bench, ...two))).toEqual([])
    const third = bench.assess(deposit('0.0001', START_MS + 2 * HOUR_MS))
    expect(codesOf(third)).toEqual(['LINKED_DEPOSITS'])
    expect(third.alert_types).toEqual(['STRUCTURING'])
    expect(numbersOf(third, 'LINKED_DEPOSITS')).toEqual({
      sum: 10_000,
      limit: 10_000,
      each_below: 10_000,
      deposits: 3,
    })
  })

  it('are not those that are large by themselves', () => {
    const bench = new Bench(codecs)
    const next = last(bench, deposit('15000', START_MS), deposit('500', START_MS + HOUR_MS))
    expect(codesOf(next)).toEqual([])
  })
})

describe('rapid movement', () => {
  const withdrawal = (amount: string, atMs: number): Partial<Transaction> => ({
    type: 'WITHDRAWAL',
    status: 'PENDING',
    amount: units(amount),
    created_at: atMs,
  })
  const bet = (amount: string, parts: Partial<Transaction> = {}): Partial<Transaction> => ({
    amount: units(amount),
    created_at: START_MS + HOUR_MS,
    ...parts,
  })

  it.each([
    ['80 % withdrawn, little played', [bet('100')], '800', 20, true],
    ['less than 80 % withdrawn', [bet('100')], '799.9999', 20, false],
    ['played with as much as was deposited', [bet('1000')], '900', 20, false],
    ['bets that were rolled back', [bet('1000'), bet('1000', { type: 'ROLLBACK' })], '900', 20, true],
    ['a day later', [bet('100')], '900', 24, false],
    ['won by a bonus, not deposited', [bet('200', { type: 'WIN', win_type: 'BONUS' })], '900', 20, false],
    ['played with free rounds alone', [bet('0', { campaign_id: 'spins' })], '900', 20, true],
  ] as const)('%s', (_, between, amount, hours, fires) => {
    const bench = new Bench(codecs)
    const left = last(
      bench,
      deposit('1000', START_MS),
      ...between,
      withdrawal(amount, START_MS + hours * HOUR_MS),
    )
    expect(codesOf(left).includes('RAPID_MOVEMENT')).toBe(fires)
    expect(left.alert_types.includes('RAPID_MOVEMENT')).toBe(fires)
  })
})

describe('a country', () => {
  it.each([
    ['of the request', { country: 'KP' }, 'ip KP'],
    ['of the registration', { player_country: 'MM' }, 'registration MM'],
    ['of the account', { metadata: '{"account_country":"IR"}' }, 'account IR'],
  ])('%s of high risk', (_, parts, detail) => {
    const assessment = new Bench(codecs).assess(parts)
    expect(assessment.factors).toMatchObject([{ code: 'HIGH_RISK_COUNTRY', points: 40, detail }])
    expect(assessment.alert_types).toEqual(['COUNTRY'])
  })

  it.each([
    { country: 'MT' },
    { metadata: '{"account_country":7}' },
    { metadata: '"account_country"' },
    { metadata: '{"account_country":' },
  ])('that is none of them: %o', (parts) => {
    expect(codesOf(new Bench(codecs).assess(parts))).toEqual([])
  })

  it('with a large transaction is more than both', () => {
    const assessment = new Bench(codecs).assess(deposit('10000', START_MS, { country: 'KP' }))
    expect(codesOf(assessment)).toEqual(['LARGE_TRANSACTION', 'HIGH_RISK_COUNTRY', 'COMBINATION'])
    expect(assessment.risk_score).toBe(100)
  })
})

/** Ten days, three bets each at noon. */
function regular(bench: Bench, days: number, amounts: readonly string[] = ['10', '12', '11']): void {
  for (let day = 0; day < days; day++)
    for (const [at, amount] of amounts.entries())
      bench.assess({ amount: units(amount), created_at: START_MS + day * DAY_MS + at * 60_000 })
}

describe('what is unusual for a player', () => {
  it('is an hour in which nothing happens', () => {
    const bench = new Bench(codecs)
    regular(bench, 14)
    const night = bench.assess({ created_at: START_MS + 14 * DAY_MS - 9 * HOUR_MS })
    expect(night.factors).toMatchObject([
      {
        code: 'TIME_DEVIATION',
        points: 25 / 3,
        detail: 'hour',
        numbers: { hour: 3, hour_share: 0, observations: 42, days: 14 },
      },
    ])
    expect(night.alert_types).toEqual([])
    expect(codesOf(bench.assess({ created_at: START_MS + 14 * DAY_MS }))).toEqual([])
  })

  it('is not known of a player with little history', () => {
    const bench = new Bench(codecs)
    regular(bench, 4)
    expect(codesOf(bench.assess({ created_at: START_MS + 4 * DAY_MS - 9 * HOUR_MS }))).toEqual([])
  })

  it('is an amount far from the mean, in numbers that anyone can work out', () => {
    const bench = new Bench(codecs)
    regular(bench, 5)
    const high = bench.assess({ amount: units('50'), created_at: START_MS + 5 * DAY_MS })
    const sigma = Math.sqrt(2 / 3)
    expect(high).toMatchObject({ observations: 15, amount_mean: 11 })
    expect(high.amount_sigma).toBeCloseTo(sigma, 12)
    expect(high.z_score).toBeCloseTo(39 / sigma, 9)
    expect(high.robust_z_score).toBeGreaterThan(3.5)
    expect(codesOf(high)).toContain('AMOUNT_DEVIATION')
    expect(numbersOf(high, 'AMOUNT_DEVIATION')).toMatchObject({ least: 10, greatest: 12, out_of_range: 1 })
    expect(codesOf(bench.assess({ amount: units('11.5'), created_at: START_MS + 5 * DAY_MS + 1 }))).toEqual(
      [],
    )
  })

  it('is measured against no less than the least sigma, where one stake is repeated', () => {
    const bench = new Bench(codecs)
    regular(bench, 5, ['10', '10', '10'])
    const next = bench.assess({ amount: units('10'), created_at: START_MS + 5 * DAY_MS })
    expect(next).toMatchObject({ amount_sigma: 0.01, z_score: 0 })
    expect(codesOf(next)).toEqual([])
  })

  it('is to be three times as active as on average, and more than three times a day', () => {
    const bench = new Bench(codecs)
    regular(bench, 10, ['10'])
    const bursts = Array.from({ length: 5 }, (_, at) =>
      bench.assess({ created_at: START_MS + 10 * DAY_MS + at * 60_000 }),
    )
    expect(bursts.map(({ count_24h }) => count_24h)).toEqual([1, 2, 3, 4, 5])
    expect(bursts.map((each) => codesOf(each).includes('FREQUENCY_DEVIATION'))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ])
    // Six bets in the six days before these 24 hours; ten in all the time before.
    const historyDays = 10 + 3 / (24 * 60)
    expect(bursts[3]).toMatchObject({ frequency_ratio_7d: 4 })
    expect(bursts[3]?.frequency_ratio_30d).toBeCloseTo(4 / (10 / (historyDays - 1)), 9)
  })

  it('raises an alert when activity multiplies', () => {
    const bench = new Bench(codecs)
    regular(bench, 15)
    const surge = Array.from({ length: 45 }, (_, at) =>
      bench.assess({ created_at: START_MS + 15 * DAY_MS + at * 60_000 }),
    )
    expect(surge.at(-1)?.alert_types).toEqual(['PATTERN'])
    expect(codesOf(surge.at(-1) ?? bench.assess())).toContain('FREQUENCY_SURGE')
  })

  it('raises an alert when the hours of play have moved for days', () => {
    const bench = new Bench(codecs)
    regular(
      bench,
      20,
      Array.from({ length: 12 }, () => '10'),
    )
    const nights = [20, 21, 22, 23, 24].flatMap((day) =>
      Array.from({ length: 12 }, (_, at) =>
        bench.assess({ created_at: START_MS + day * DAY_MS - 9 * HOUR_MS + at * 60_000 }),
      ),
    )
    expect(codesOf(nights.at(-1) ?? bench.assess())).toContain('SUSTAINED_TIME_SHIFT')
    expect(nights.at(-1)?.alert_types).toEqual(['PATTERN'])
    expect(nights.slice(0, 12).flatMap(({ alert_types }) => alert_types)).toEqual([])
  })
})
