import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { countThatFit, cutSlices, halve, positionChanges, recordCount, withoutRecords } from './batches.ts'
import type { FetchedRun } from './batches.ts'
import type { Batch, RawRecord } from './types.ts'

const SOURCE = 'wallet.transaction.created'
const LIMITS = { records: 3, bytes: 100 }

const aRecord = (offset: number, bytes = 10): RawRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.alloc(bytes),
  headers: {},
})
const aRun = (offsets: readonly number[], bytes?: number): FetchedRun<typeof SOURCE> => ({
  source: SOURCE,
  topic: 't',
  partition: 0,
  from: 10,
  next: 50,
  records: offsets.map((offset) => aRecord(offset, bytes)),
})

describe('cutting what a fetch brought', () => {
  it('keeps within the limit of records, and leaves no offset between the slices', () => {
    const slices = cutSlices(aRun([12, 13, 20, 21, 40]), LIMITS)
    expect(
      slices.map(({ from, next, records }) => [from, next, records.map(({ offset }) => offset)]),
    ).toEqual([
      [10, 21, [12, 13, 20]],
      [21, 50, [21, 40]],
    ])
  })

  it('keeps within the limit of bytes, but a record that is larger goes alone', () => {
    expect(cutSlices(aRun([12, 13, 14], 60), LIMITS).map(({ records }) => records.length)).toEqual([1, 1, 1])
    expect(cutSlices(aRun([12, 13], 500), LIMITS).map(({ bytes }) => bytes)).toEqual([500, 500])
  })

  it('loses no record and no offset, whatever the limits', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 10, max: 49 }), { minLength: 1 })
    fc.assert(
      fc.property(
        offsets,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 60 }),
        (list, records, bytes) => {
          const run = aRun(list.toSorted((a, b) => a - b))
          const slices = cutSlices(run, { records, bytes })
          expect(slices.flatMap((slice) => slice.records)).toEqual(run.records)
          expect(slices[0]?.from).toBe(10)
          expect(slices.at(-1)?.next).toBe(50)
          for (const [at, slice] of slices.entries())
            if (at > 0) expect(slice.from).toBe(slices[at - 1]?.next)
        },
      ),
    )
  })
})

describe('gathering slices into a batch', () => {
  it('takes as many as fit, and at least one', () => {
    const slices = cutSlices(aRun([12, 13, 14, 15, 16, 17, 18]), { records: 2, bytes: 1_000 })
    expect(countThatFit(slices, { records: 5, bytes: 1_000 })).toBe(2)
    expect(countThatFit(slices, { records: 5, bytes: 25 })).toBe(1)
    expect(countThatFit(slices, { records: 1, bytes: 1 })).toBe(1)
    expect(countThatFit(slices, { records: 100, bytes: 1_000 })).toBe(4)
    expect(countThatFit([], { records: 1, bytes: 1 })).toBe(0)
  })
})

/** Slices of two partitions in turn; those of one partition follow on from each other. */
const aBatch = (sizes: readonly number[]): Batch => {
  const ends = [0, 0]
  return sizes.map((size, at) => {
    const partition = at % 2
    const from = ends[partition] ?? 0
    const records = Array.from({ length: size }, (_, number) => {
      const offset = from + 2 * number
      return { offset, value: aTransaction(), raw: aRecord(offset) }
    })
    const next = from + 2 * size + 1
    ends[partition] = next
    return { source: SOURCE, topic: 't', partition, from, next, records }
  })
}

describe('halving a batch', () => {
  it('splits the records in two, and every partition’s positions follow on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        const batch = aBatch(sizes)
        const total = recordCount(batch)
        fc.pre(total >= 2)
        const [first, second] = halve(batch)
        expect(recordCount(first)).toBe(Math.floor(total / 2))
        expect(recordCount(first) + recordCount(second)).toBe(total)
        const offsetsOf = (part: Batch): number[] =>
          part.flatMap(({ records }) => records.map(({ offset }) => offset))
        expect([...offsetsOf(first), ...offsetsOf(second)]).toEqual(offsetsOf(batch))
        for (const change of positionChanges(batch)) {
          const of = (part: Batch) =>
            positionChanges(part).find(({ partition }) => partition === change.partition)
          const [before, after] = [of(first), of(second)]
          expect((before ?? after)?.from).toBe(change.from)
          expect((after ?? before)?.next).toBe(change.next)
          if (before !== undefined && after !== undefined) expect(after.from).toBe(before.next)
        }
      }),
    )
  })
})

describe('the positions of a batch', () => {
  it('are one change per partition, in the order of topic and partition', () => {
    const slice = { source: SOURCE, records: [] } as const
    const batch: Batch = [
      { ...slice, topic: 'b', partition: 1, from: 5, next: 7 },
      { ...slice, topic: 'b', partition: 0, from: 1, next: 2 },
      { ...slice, topic: 'a', partition: 10, from: 0, next: 9 },
      { ...slice, topic: 'b', partition: 1, from: 7, next: 12 },
    ]
    expect(positionChanges(batch)).toEqual([
      { topic: 'a', partition: 10, from: 0, next: 9 },
      { topic: 'b', partition: 0, from: 1, next: 2 },
      { topic: 'b', partition: 1, from: 5, next: 12 },
    ])
  })

  it('stay when its records are taken out', () => {
    const batch = aBatch([2, 3])
    expect(positionChanges(withoutRecords(batch))).toEqual(positionChanges(batch))
    expect(recordCount(withoutRecords(batch))).toBe(0)
  })
})
