import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverOf, followsSeals } from './coverage.ts'
import type { Coverage } from './coverage.ts'

const PARTITIONS = 3

/** Runs of a chain: each a period's length and how far the log has come in each partition meanwhile. */
const chain = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 20 }),
    grows: fc.array(fc.nat(15), { minLength: PARTITIONS, maxLength: PARTITIONS }),
  }),
  { minLength: 1, maxLength: 6 },
)

function runsOf(steps: readonly { length: number; grows: number[] }[], chainStartMs: number): Coverage[] {
  const runs: Coverage[] = []
  for (const { length, grows } of steps) {
    const before = runs.at(-1)
    const fromMs = before?.toMs ?? chainStartMs
    const previousSeals = before?.seals ?? new Map<number, number>()
    const seals = new Map(
      grows.map((more, partition) => [partition, (previousSeals.get(partition) ?? 0) + more]),
    )
    runs.push({ chainStartMs, fromMs, toMs: fromMs + length, seals, previousSeals })
  }
  return runs
}

describe('a chain of runs', () => {
  it('covers each movement once: by the first run whose period was over and whose seal lay behind it', () => {
    const position = fc.record({
      partition: fc.nat(PARTITIONS),
      offset: fc.nat(100),
      createdAtMs: fc.integer({ min: 0, max: 150 }),
    })
    fc.assert(
      fc.property(chain, fc.array(position, { maxLength: 30 }), (steps, positions) => {
        const runs = runsOf(steps, 10)
        for (const each of positions) {
          const covering = runs.filter((run) => coverOf(run, each) !== undefined)
          const first =
            each.createdAtMs < 10
              ? undefined
              : runs.find(
                  ({ toMs, seals }) =>
                    each.createdAtMs < toMs && each.offset < (seals.get(each.partition) ?? 0),
                )
          expect(covering).toEqual(first === undefined ? [] : [first])
        }
      }),
    )
  })

  it('calls late what belongs to a period before', () => {
    const run: Coverage = {
      chainStartMs: 0,
      fromMs: 100,
      toMs: 200,
      seals: new Map([[0, 50]]),
      previousSeals: new Map([[0, 20]]),
    }
    expect(coverOf(run, { partition: 0, offset: 19, createdAtMs: 99 })).toBeUndefined()
    expect(coverOf(run, { partition: 0, offset: 20, createdAtMs: 99 })).toBe('LATE')
    // It came before the seal of the run before, whose period it didn't belong to.
    expect(coverOf(run, { partition: 0, offset: 19, createdAtMs: 100 })).toBe('IN_PERIOD')
    expect(coverOf(run, { partition: 0, offset: 50, createdAtMs: 100 })).toBeUndefined()
    expect(coverOf(run, { partition: 0, offset: 49, createdAtMs: 200 })).toBeUndefined()
  })

  it('goes on where it was sealed', () => {
    expect(
      followsSeals(
        new Map([
          [0, 5],
          [1, 1],
        ]),
        new Map([[0, 5]]),
      ),
    ).toBe(true)
    expect(followsSeals(new Map([[0, 4]]), new Map([[0, 5]]))).toBe(false)
    expect(followsSeals(new Map(), new Map([[0, 5]]))).toBe(false)
  })
})
