import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import * as kinds from './row-binary.ts'
import { readRows } from './testing/read-rows.ts'

/** What comes back of values that were written as rows of one column. */
function backOf<V>(kind: kinds.Kind<V>, values: readonly V[]): unknown[] {
  const rows = new kinds.Rows([kinds.column('value', kind, (value: V) => value)])
  for (const value of values) rows.add(value)
  return readRows(rows).map(({ value }) => value)
}

const returns = <V>(kind: kinds.Kind<V>, values: fc.Arbitrary<V>): void =>
  fc.assert(
    fc.property(fc.array(values), (some) => {
      expect(backOf(kind, some)).toEqual(some)
    }),
  )

describe('a value comes back as it went in', () => {
  it('as a text', () => returns(kinds.text, fc.string({ unit: 'grapheme', maxLength: 200 })))
  it('as an amount', () => returns(kinds.amount, fc.bigInt(-AMOUNT_UNITS_MAX, AMOUNT_UNITS_MAX)))
  it('as an id', () => returns(kinds.uuid, fc.uuid()))
  it('as a count', () => returns(kinds.uint64, fc.maxSafeNat()))
  it('as a time', () =>
    returns(kinds.time, fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2300, 0, 1) - 1 })))
  it('in a list, or as none', () =>
    returns(kinds.list(kinds.nullable(kinds.float64)), fc.array(fc.option(fc.double({ noNaN: true })))))

  it('at the edges, and when it is larger than the memory that is taken at once', () => {
    expect(backOf(kinds.amount, [-1n, 0n, 2n ** 53n, -(2n ** 53n), AMOUNT_UNITS_MAX])).toEqual([
      -1n,
      0n,
      2n ** 53n,
      -(2n ** 53n),
      AMOUNT_UNITS_MAX,
    ])
    const texts = ['', 'ü'.repeat(24), 'a'.repeat(127), 'a'.repeat(128), '€'.repeat(300_000), 'after']
    expect(backOf(kinds.text, texts)).toEqual(texts)
    expect(
      backOf(
        kinds.word,
        Array.from({ length: 40_000 }, (_, at) => `row ${at}`),
      ).at(-1),
    ).toBe('row 39999')
  })
})

it.each([
  ['UUID', () => backOf(kinds.uuid, ['018f0000-0000-7000-8000-00000000000g'])],
  ['UUID', () => backOf(kinds.uuid, ['018f0000'])],
  ['UUID', () => backOf(kinds.uuid, ['018f0000-0000-7000-8000-00000000000€'])],
  ['UInt8', () => backOf(kinds.uint8, [256])],
  ['UInt32', () => backOf(kinds.uint32, [-1])],
  ['UInt64', () => backOf(kinds.uint64, [2 ** 53])],
  ['DateTime64', () => backOf(kinds.time, [Date.UTC(2300, 0, 1)])],
  ['DateTime64', () => backOf(kinds.time, [Number.NaN])],
  ['Decimal(19, 4)', () => backOf(kinds.amount, [AMOUNT_UNITS_MAX + 1n])],
  ['a share', () => backOf(kinds.share, [10_001n])],
])('%s refuses what it can not hold', (type, write) => {
  expect(write).toThrow(`${type} can't hold`)
})
