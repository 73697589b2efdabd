import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Buckets, bucketOf } from './buckets.ts'
import type { DayFigures, Rate } from './buckets.ts'
import { canonicalText, lateLine } from './canonical.ts'
import type { CanonicalRun } from './canonical.ts'
import { NO_FIGURES, SETTLED_ACCOUNTS, isSettled } from './figures.ts'
import { shareOf, statementOf } from './statement.ts'
import type { Statement } from './statement.ts'

const day = (date: string, fields: Partial<DayFigures>): DayFigures => ({
  ...NO_FIGURES,
  date,
  late: false,
  rate: 1_500n,
  ...fields,
})
const amountOf = ({ lines }: Statement, code: string): bigint | undefined =>
  lines.find((line) => line.code === code)?.amount

describe('a share', () => {
  it.each([
    [10_000n, 1_500n, 1_500n],
    [5n, 1_000n, 0n],
    [15n, 1_000n, 2n],
    [25n, 1_000n, 2n],
    [-5n, 1_000n, 0n],
    [-15n, 1_000n, -2n],
    [-25n, 1_000n, -2n],
    [26n, 1_000n, 3n],
    [-26n, 1_000n, -3n],
  ])('%d at %d is %d', (units, rate, share) => expect(shareOf(units, rate)).toBe(share))

  it('is within half a unit, and even where it is exactly half', () => {
    const units = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n })
    fc.assert(
      fc.property(units, fc.bigInt({ min: 0n, max: 10_000n }), (of, rate) => {
        const share = shareOf(of, rate)
        const off = share * 10_000n - of * rate
        const twice = (off < 0n ? -off : off) * 2n
        expect(twice <= 10_000n).toBe(true)
        if (twice === 10_000n) expect(share % 2n).toBe(0n)
        expect(shareOf(-of, rate)).toBe(-share)
      }),
    )
  })
})

describe('a statement', () => {
  const days = [
    day('2026-10-01', {
      bets: 1_000_000n,
      wins: 400_000n,
      rollbacks: 100_000n,
      bonusCost: 50_000n,
      movements: 9,
    }),
    day('2026-10-02', { bets: 100_000n, rate: 2_000n, adjustments: 10_000n, deposits: 7n, withdrawals: 3n }),
  ]

  it('takes each day at its rate', () => {
    const statement = statementOf({ days, fees: [], carriedIn: 0n })
    expect(amountOf(statement, 'GGR')).toBe(600_000n)
    expect(amountOf(statement, 'NGR')).toBe(550_000n)
    expect(amountOf(statement, 'COMMISSION')).toBe(67_500n + 20_000n)
    expect(amountOf(statement, 'ADJUSTMENTS')).toBe(2_000n)
    expect(amountOf(statement, 'DEPOSITS')).toBe(7n)
    expect(amountOf(statement, 'WITHDRAWALS')).toBe(3n)
    expect(statement.netPayable).toBe(89_500n)
    expect(statement.carriedForward).toBe(0n)
  })

  it('keeps back taxes and fees, of what is positive', () => {
    const fees = [
      { code: 'GAMING_TAX', label: 'Gaming tax', basis: 'GGR' as const, rate: 500n },
      { code: 'SERVICE', label: 'Service', basis: 'COMMISSION' as const, rate: 1_000n },
    ]
    const statement = statementOf({ days, fees, carriedIn: 0n })
    expect(amountOf(statement, 'FEE_GAMING_TAX')).toBe(-30_000n)
    expect(amountOf(statement, 'FEE_SERVICE')).toBe(-8_750n)
    expect(statement.netPayable).toBe(89_500n - 38_750n)
    const lost = statementOf({ days: [day('2026-10-01', { wins: 1_000n })], fees, carriedIn: 0n })
    expect(amountOf(lost, 'FEE_GAMING_TAX')).toBe(0n)
  })

  it('carries a negative result to the next run', () => {
    const lost = statementOf({ days: [day('2026-10-01', { wins: 1_000_000n })], fees: [], carriedIn: -5n })
    expect(lost).toMatchObject({ netPayable: 0n, carriedForward: -150_005n })
    const next = statementOf({ days, fees: [], carriedIn: lost.carriedForward })
    expect(amountOf(next, 'CARRY_OVER')).toBe(-150_005n)
    expect(next).toMatchObject({ netPayable: 0n, carriedForward: 89_500n - 150_005n })
  })

  it('of nothing is all zeros', () => {
    const { lines, netPayable } = statementOf({ days: [], fees: [], carriedIn: 0n })
    expect(lines.every(({ amount }) => amount === 0n)).toBe(true)
    expect(netPayable).toBe(0n)
  })

  it('pays exactly what its payable lines add up to', () => {
    const units = fc.bigInt({ min: 0n, max: 10n ** 15n })
    const anyDay = fc.record({
      bets: units,
      wins: units,
      rollbacks: units,
      bonusCost: units,
      adjustments: units,
    })
    fc.assert(
      fc.property(fc.array(anyDay, { maxLength: 10 }), units, (list, carried) => {
        const statement = statementOf({
          days: list.map((each, at) => day(`2026-10-${String(at + 10)}`, each)),
          fees: [{ code: 'X', label: 'x', basis: 'NGR', rate: 123n }],
          carriedIn: -carried,
        })
        const payable = statement.lines.filter(({ kind }) => kind === 'PAYABLE')
        const sum = payable.reduce((all, { amount }) => all + amount, 0n)
        expect(statement.netPayable + statement.carriedForward).toBe(sum)
        expect(statement.netPayable >= 0n && statement.carriedForward <= 0n).toBe(true)
      }),
    )
  })
})

describe('buckets', () => {
  const rates: Rate[] = [
    { rate: 1_000n, effectiveFromMs: 0 },
    // In force from the middle of a day on: that day is still settled at the old one.
    { rate: 2_000n, effectiveFromMs: Date.parse('2026-10-25T12:00:00Z') },
  ]
  const entry = (type: string, account: string, units: bigint, count = 1) => ({ type, account, units, count })

  it('become days of the partner’s calendar at the rate in force when each begins', () => {
    const buckets = new Buckets()
    const at = (text: string): number => bucketOf(Date.parse(text))
    buckets.add(at('2026-10-24T21:59:00Z'), 'LATE', entry('BET', 'HOUSE', 5n))
    buckets.add(at('2026-10-24T22:00:00Z'), 'IN_PERIOD', entry('BET', 'HOUSE', 10n))
    buckets.add(at('2026-10-25T22:59:59Z'), 'IN_PERIOD', entry('WIN', 'HOUSE', -4n, 2))
    buckets.add(at('2026-10-25T23:00:00Z'), 'IN_PERIOD', entry('WIN', 'BONUS', -3n))
    const days = buckets.days('Europe/Berlin', rates)
    expect(days).toMatchObject([
      { date: '2026-10-24', late: true, rate: 1_000n, bets: 5n, movements: 1 },
      { date: '2026-10-25', late: false, rate: 1_000n, bets: 10n, wins: 4n, movements: 3 },
      { date: '2026-10-26', late: false, rate: 2_000n, bonusCost: 3n, movements: 1 },
    ])
  })

  it('take every type of movement from its account', () => {
    const buckets = new Buckets()
    const entries = [
      entry('ROLLBACK', 'HOUSE', -1n),
      entry('DEPOSIT', 'CASH', -2n),
      entry('WITHDRAWAL', 'CASH', 3n),
      entry('ADJUSTMENT', 'ADJUSTMENT', -4n),
    ]
    for (const each of entries) buckets.add(0, 'IN_PERIOD', each)
    expect(buckets.days('UTC', [])).toMatchObject([
      { rate: 0n, rollbacks: 1n, deposits: 2n, withdrawals: 3n, adjustments: -4n, movements: 4 },
    ])
    expect(SETTLED_ACCOUNTS.every(isSettled)).toBe(true)
    expect(['PLAYER', 'PLAYER_HELD', 'COMMISSION'].some(isSettled)).toBe(false)
  })
})

describe('the canonical form', () => {
  const run: CanonicalRun = {
    partnerId: '0198c1a2-7d00-7000-8000-000000000001',
    currency: 'EUR',
    period: { from: '2026-10-01', to: '2026-11-01' },
    timeZone: 'Europe/Berlin',
    coverage: {
      chainStartMs: 1,
      fromMs: 2,
      toMs: 3,
      seals: new Map([
        [1, 20],
        [0, 10],
      ]),
      previousSeals: new Map(),
    },
    lateEntries: 1,
    lateDigest: 'ab',
    statement: statementOf({
      days: [day('2026-10-01', { bets: 100n, movements: 1 })],
      fees: [],
      carriedIn: 0n,
    }),
  }

  it('is this text, for ever', () => {
    expect(canonicalText(run)).toMatchSnapshot()
    expect(lateLine(2, 7, 'id')).toBe('2:7 id\n')
  })

  it('does not hang on the order in which seals are known', () => {
    const seals = new Map([
      [0, 10],
      [1, 20],
    ])
    expect(canonicalText({ ...run, coverage: { ...run.coverage, seals } })).toBe(canonicalText(run))
  })
})
