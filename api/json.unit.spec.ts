import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonError, isLosslessNumber, jsonAmount, parseJson, stringifyLossless } from './json.ts'

const parsed = (text: string): unknown => parseJson(Buffer.from(text))

describe('parseJson', () => {
  it('keeps the digits of numbers', () => {
    const text = '{"a":10.50,"b":[1e5,0.10000000000000000000001],"c":9007199254740993}'
    const value = parsed(text)
    expect(value).toMatchObject({ a: { value: '10.50' }, c: { value: '9007199254740993' } })
    expect(stringifyLossless(value)).toBe(text)
  })

  it('reads whatever JSON.stringify writes, as JSON.parse does', () => {
    const plain = (value: unknown): unknown => {
      if (isLosslessNumber(value)) return Number(value.value)
      if (Array.isArray(value)) return value.map(plain)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    }
    const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    const keys = texts.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key))
    const anyJson = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', maxDepth: 5 },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        texts,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(anyJson.value, (value) => {
        const text = JSON.stringify(value)
        expect(plain(parsed(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is not led astray by braces, colons and quotes inside texts', () => {
    expect(parsed('{"a:{[\\"":"}]:\\\\","b":":"}')).toEqual({ 'a:{["': '}]:\\', b: ':' })
  })

  it('never throws anything but a JsonError, and never quotes the body', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.json().map((text) => Buffer.from(text.slice(1))),
        ),
        (bytes) => {
          try {
            parseJson(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(JsonError)
          }
        },
      ),
    )
    expect(() => parsed('{"secret":"secret" "secret"}')).toThrow(/^unexpected text at position \d+$/)
  })
})

describe('jsonAmount', () => {
  it.each([
    [0n, '0.00'],
    [895_000n, '89.50'],
    [1n, '0.0001'],
    [-10_000n, '-1.00'],
    [9_999_999_999_999_999_999n, '999999999999999.9999'],
  ])('writes %s as %s', (units, text) => {
    expect(JSON.stringify({ amount: jsonAmount(units) })).toBe(`{"amount":${text}}`)
  })
})
