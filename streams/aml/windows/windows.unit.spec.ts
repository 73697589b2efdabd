/** The nodes against every transaction looked at, over any history, in order and late. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { TransactionType } from '../../../avro/types.ts'
import { playerKey } from '../../../domain/ids.ts'
import { PlayerMemory } from '../memory.ts'
import { bruteActivity, bruteRobust, bruteSums, plainOf } from '../testing/brute.ts'
import type { Plain } from '../testing/brute.ts'
import { Bench, PARTNER, START_MS, testCodecs, testTransaction, testUuid } from '../testing/fixtures.ts'
import type { AmlCodecs } from '../logic.ts'
import { binOf, countBin, logOf, robustOf, robustZScore } from './bins.ts'
import type { Bins } from './bins.ts'
import { DAY_MS, HOUR_MS, weekdayOf } from './nodes.ts'
import { activityIn, countWindow, entriesIn, sumWindow } from './windows.ts'
import type { NodeReader } from './windows.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60)

// A guard against hanging, not a measure.
vi.setConfig({ testTimeout: 60_000 + RUNS * 500 })

let codecs: AmlCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

const TYPES: readonly TransactionType[] = ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK']

const move = fc.record({
  type: fc.constantFrom(...TYPES),
  currency: fc.constantFrom('USD', 'USD', 'EUR'),
  amount: fc.oneof(fc.bigInt(0n, 5_000_000n), fc.constant(100_000n), fc.bigInt(0n, 10n ** 19n - 1n)),
  /** Before or after the one before it. */
  stepMs: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * HOUR_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * DAY_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: -3 * DAY_MS, max: 0 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, HOUR_MS, DAY_MS, 24 * HOUR_MS) },
  ),
  batchEnds: fc.boolean(),
})
/** A hundred and more in a few hours, most of them in order. */
const busy = fc.array(
  move.chain((each) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 60_000 }).map((stepMs) => ({ ...each, stepMs })) },
      { weight: 1, arbitrary: fc.integer({ min: -HOUR_MS, max: 0 }).map((stepMs) => ({ ...each, stepMs })) },
    ),
  ),
  { minLength: 60, maxLength: 160, size: 'max' },
)
const history = fc.oneof(fc.array(move, { maxLength: 120, size: 'max' }), busy)

function play(moves: readonly (typeof move extends fc.Arbitrary<infer T> ? T : never)[]): {
  reader: NodeReader
  all: Plain[]
  bench: Bench
} {
  const bench = new Bench(codecs)
  let atMs = START_MS
  let batch: ReturnType<typeof testTransaction>[] = []
  for (const [at, { type, currency, amount, stepMs, batchEnds }] of moves.entries()) {
    atMs += stepMs
    batch.push(
      testTransaction({ transaction_id: testUuid(0x1000 + at), type, currency, amount, created_at: atMs }),
    )
    if (!batchEnds) continue
    bench.process(...batch)
    batch = []
  }
  if (batch.length > 0) bench.process(...batch)
  const reader = new PlayerMemory(playerKey(PARTNER, 'player-1'), bench.store)
  const all = bench.sent.assessed.map(({ data }) => plainOf(data))
  return { reader, all, bench }
}

describe('a window', () => {
  it('holds exactly what lies in (from, to], to the millisecond and the unit', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 30 * DAY_MS }),
        fc.integer(),
        (moves, lengthMs, pick) => {
          const { reader, all } = play(moves)
          const newest = Math.max(...all.map(({ atMs }) => atMs))
          const kept = all.filter(({ atMs }) => atMs > newest - 30 * DAY_MS)
          const picked = kept[Math.abs(pick) % Math.max(1, kept.length)]
          // Ends where a transaction lies, just before it, and anywhere.
          for (const to of [picked?.atMs ?? START_MS, (picked?.atMs ?? START_MS) - 1, newest]) {
            const from = Math.max(to - lengthMs, newest - 30 * DAY_MS)
            const { sums, count } = sumWindow(reader, from, to)
            const expected = bruteSums(all, from, to)
            const got = Object.fromEntries(
              [...sums].map(([series, { count: n, sum, sumSquares, least, greatest }]) => [
                series,
                [n, sum, sumSquares, least, greatest],
              ]),
            )
            expect(got).toEqual(expected)
            const total = Object.values(expected).reduce((n, [each]) => n + each, 0)
            expect(count).toBe(total)
            expect(countWindow(reader, from, to)).toBe(total)
          }
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('knows in which hours, weekdays and days the player was active', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 30 * DAY_MS }), (moves, lengthMs) => {
        const { reader, all } = play(moves)
        const newest = Math.max(START_MS, ...all.map(({ atMs }) => atMs))
        expect(activityIn(reader, newest - lengthMs, newest)).toEqual(
          bruteActivity(all, newest - lengthMs, newest),
        )
      }),
      { numRuns: RUNS },
    )
  })

  it('finds the transactions of a band of amounts, the newest last', () => {
    fc.assert(
      fc.property(history, fc.bigInt(0n, 5_000_000n), (moves, least) => {
        const { reader, all } = play(moves)
        const newest = Math.max(START_MS, ...all.map(({ atMs }) => atMs))
        const from = newest - 2 * DAY_MS
        const band = { series: 'DEPOSIT/USD', leastUnits: least, belowUnits: least + 2_000_000n }
        const found = entriesIn(reader, from, newest, band, Infinity)
        const expected = all
          .filter(
            ({ atMs, series, units }) =>
              atMs > from && series === band.series && units >= band.leastUnits && units < band.belowUnits,
          )
          .map(({ atMs }) => atMs)
          .toSorted((a, b) => a - b)
        expect(found.map(({ atMs }) => atMs)).toEqual(expected)
        expect(entriesIn(reader, from, newest, band, 2).map(({ atMs }) => atMs)).toEqual(expected.slice(-2))
      }),
      { numRuns: RUNS },
    )
  })

  it('no longer holds a withdrawal that was given back', () => {
    const bench = new Bench(codecs)
    const paid = testTransaction({ type: 'WITHDRAWAL', status: 'PENDING', amount: 70_000n })
    bench.process(paid, testTransaction({ type: 'WITHDRAWAL', status: 'PENDING', amount: 30_000n }))
    bench.process({ ...paid, command_id: testUuid(0x9999), status: 'CANCELED' })
    const reader = new PlayerMemory(playerKey(PARTNER, 'player-1'), bench.store)
    const { sums, count } = sumWindow(reader, START_MS - 1, START_MS)
    expect(count).toBe(1)
    expect(sums.get('WITHDRAWAL/USD')).toEqual({
      count: 1,
      sum: 30_000n,
      sumSquares: 900_000_000n,
      least: 30_000n,
      greatest: 30_000n,
    })
  })
})

describe('the logarithmic bins', () => {
  const amounts = fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 200 })
  const binned = (values: readonly bigint[]): Bins => {
    const bins: Bins = { bins: [], counts: [] }
    for (const value of values) countBin(bins, binOf(value), 1)
    return bins
  }

  it('give the median and its deviation to within two bins', () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const robust = robustOf(binned(values))
        const expected = bruteRobust(values.map(logOf))
        expect(Math.abs((robust?.median ?? NaN) - expected.median)).toBeLessThanOrEqual(1 / 32)
        expect(Math.abs((robust?.deviation ?? NaN) - expected.deviation)).toBeLessThanOrEqual(2 / 32)
      }),
      { numRuns: RUNS },
    )
  })

  it('forget what is taken out again', () => {
    fc.assert(
      fc.property(amounts, amounts, (kept, gone) => {
        const bins = binned([...kept, ...gone])
        for (const value of gone) countBin(bins, binOf(value), -1)
        expect(bins).toEqual(binned(kept))
      }),
      { numRuns: RUNS },
    )
  })

  it('do not collapse where one stake is repeated', () => {
    const robust = robustOf(binned(Array.from({ length: 50 }, () => 100_000n)))
    expect(robust?.deviation).toBe(0)
    expect(robustZScore(100_000n, robust ?? { median: 0, deviation: 0 }, 0.1)).toBeLessThan(0.2)
    expect(robustZScore(10_000_000n, robust ?? { median: 0, deviation: 0 }, 0.1)).toBeGreaterThan(3.5)
  })
})

it('days of the week begin on Monday', () => {
  expect(weekdayOf(START_MS / DAY_MS - 0.5)).toBe(0)
  expect(weekdayOf(Date.UTC(2026, 2, 8) / DAY_MS)).toBe(6)
})
