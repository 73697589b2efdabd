import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AMOUNT_UNITS_MAX, formatAmount, formatAmountShort } from '../../domain/money.ts'
import { jsonAmount, parseJson } from '../json.ts'
import { amountOrZero, metadata, positiveAmount, timestamp } from './fields.ts'
import { z } from 'zod'

const body = z.strictObject({ amount: positiveAmount })
const read = (amount: string): bigint | undefined => {
  const result = body.safeParse(parseJson(Buffer.from(`{"amount":${amount}}`)))
  return result.success ? result.data.amount : undefined
}

describe('amounts', () => {
  const units = fc.bigInt({ min: 1n, max: AMOUNT_UNITS_MAX })

  it('come in as numbers and as texts without loss', () => {
    fc.assert(
      fc.property(units, (amount) => {
        for (const text of [formatAmount(amount), formatAmountShort(amount)])
          expect([read(text), read(`"${text}"`)]).toEqual([amount, amount])
      }),
    )
  })

  it('go out and come back the same', () => {
    fc.assert(
      fc.property(units, (amount) => {
        expect(read(JSON.stringify(jsonAmount(amount)))).toBe(amount)
      }),
    )
  })

  it('refuse a fifth decimal, whatever it is', () => {
    fc.assert(
      fc.property(units, fc.stringMatching(/^\d{1,20}$/), (amount, digits) => {
        expect(read(`${formatAmount(amount)}${digits}`)).toBeUndefined()
      }),
    )
  })

  it('refuse exponents, also where the value would fit', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('e', 'E'),
        fc.integer({ min: -9, max: 9 }),
        (whole, sign, exponent) => {
          const text = `${whole}${sign}${exponent}`
          expect([read(text), read(`"${text}"`)]).toEqual([undefined, undefined])
        },
      ),
    )
  })

  it('refuse whatever is not a plain decimal', () => {
    const likely = fc.string({ unit: fc.constantFrom(...Array.from('0123456789..,-+eE xX_\uff11\u0661')) })
    fc.assert(
      fc.property(likely, (text) => {
        const isPlain = /^0*\d{1,15}(\.\d{1,4})?$/.test(text) && /[1-9]/.test(text)
        expect(positiveAmount.safeParse(text).success).toBe(isPlain)
      }),
    )
  })

  it('allow 0 only where 0 is asked for, and never -0', () => {
    expect(positiveAmount.safeParse('0').success).toBe(false)
    expect(amountOrZero.safeParse('0').data).toBe(0n)
    expect(amountOrZero.safeParse('-0').success).toBe(false)
  })
})

describe('metadata', () => {
  it('keeps what the partner sent, to the digit', () => {
    const text = '{"a":10.50,"b":{"c":[1e3,null,true,"x"]}}'
    expect(metadata.safeParse(parseJson(Buffer.from(text))).data).toBe(text)
  })
})

describe('times', () => {
  it.each([
    ['2026-11-22T10:15:30Z', Date.UTC(2026, 10, 22, 10, 15, 30)],
    ['2026-11-22T10:15:30.1Z', Date.UTC(2026, 10, 22, 10, 15, 30, 100)],
    ['2026-11-22T10:15:30.123456789+02:00', Date.UTC(2026, 10, 22, 8, 15, 30, 123)],
    ['2024-02-29T00:00:00-05:30', Date.UTC(2024, 1, 29, 5, 30)],
  ])('reads %s', (text, ms) => {
    expect(timestamp.safeParse(text).data).toBe(ms)
  })
  it.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T10:15:30',
    '2026-11-22 10:15:30Z',
    '2026-11-22T10:15Z',
    '20261122T101530Z',
    '',
  ])('refuses %s', (text) => {
    expect(timestamp.safeParse(text).success).toBe(false)
  })
})
