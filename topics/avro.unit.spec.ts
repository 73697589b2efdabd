import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AMOUNT_UNITS_MAX } from '../domain/money.ts'
import { avroType, bytesToDecimal, decimalToBytes, readsAlike } from './avro.ts'

const DECIMAL = { type: 'bytes', logicalType: 'decimal', precision: 19, scale: 4 } as const
const hex = (units: bigint): string => decimalToBytes(units).toString('hex')

describe('the bytes of a decimal', () => {
  it.each([
    [0n, '00'],
    [1n, '01'],
    [-1n, 'ff'],
    [127n, '7f'],
    [128n, '0080'],
    [-128n, '80'],
    [-129n, 'ff7f'],
    [32_767n, '7fff'],
    [32_768n, '008000'],
    [-32_768n, '8000'],
    [2n ** 47n - 1n, '7fffffffffff'],
    [2n ** 47n, '00800000000000'],
    [-(2n ** 47n), '800000000000'],
    [-(2n ** 47n) - 1n, 'ff7fffffffffff'],
    [2n ** 55n - 1n, '7fffffffffffff'],
    [2n ** 55n, '0080000000000000'],
    [2n ** 63n - 1n, '7fffffffffffffff'],
    [2n ** 63n, '008000000000000000'],
    [-(2n ** 63n), '8000000000000000'],
    [AMOUNT_UNITS_MAX, '008ac7230489e7ffff'],
    [-AMOUNT_UNITS_MAX, 'ff7538dcfb76180001'],
  ])('of %s are the shortest two’s complement, big end first: %s', (units, bytes) => {
    expect(hex(units)).toBe(bytes)
    expect(bytesToDecimal(Buffer.from(bytes, 'hex'))).toBe(units)
  })

  it('read back to the same amount over the whole of NUMERIC(19,4)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -AMOUNT_UNITS_MAX, max: AMOUNT_UNITS_MAX }), (units) => {
        const bytes = decimalToBytes(units)
        expect(bytesToDecimal(bytes)).toBe(units)
        expect(BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))).toBe(units)
        const oneByteLess = (bytes.length - 1) * 8
        expect(BigInt.asIntN(oneByteLess, units) === units && oneByteLess > 0).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  it('read back to the same amount around every power of two, where the length changes', () => {
    for (let bits = 0n; bits <= 63n; bits++)
      for (const near of [-1n, 0n, 1n])
        for (const sign of [-1n, 1n]) {
          const units = sign * (2n ** bits + near)
          expect(bytesToDecimal(decimalToBytes(units))).toBe(units)
        }
  })

  it('are read with any sign extension that another client writes, and as 0 when there are none', () => {
    expect(bytesToDecimal(Buffer.from('0000000000000000007f', 'hex'))).toBe(127n)
    expect(bytesToDecimal(Buffer.from('ffffffffffffffffff80', 'hex'))).toBe(-128n)
    expect(bytesToDecimal(Buffer.from('0000000001', 'hex'))).toBe(1n)
    expect(bytesToDecimal(Buffer.alloc(0))).toBe(0n)
  })
})

describe('the decimal type', () => {
  it('takes bigint alone', () => {
    const type = avroType(DECIMAL)
    expect(type.isValid(1n)).toBe(true)
    expect(type.isValid(1)).toBe(false)
    expect(type.isValid('1')).toBe(false)
    expect(() => type.toBuffer(1.5)).toThrow()
  })

  it('refuses a decimal of another precision or scale rather than reading it as its bytes', () => {
    expect(() => avroType({ ...DECIMAL, scale: 2 })).toThrow('decimal(19,2) is not decimal(19,4)')
    expect(() => avroType({ ...DECIMAL, precision: 38 })).toThrow('decimal(38,4) is not decimal(19,4)')
  })

  it('is not read from plain bytes, which could be of any scale', () => {
    expect(() => avroType(DECIMAL).createResolver(avroType('bytes'))).toThrow('cannot read')
    expect(readsAlike(avroType(DECIMAL), avroType('bytes'))).toBe(false)
  })

  it('is written and read as Avro’s bytes are, alone and in a union with null', () => {
    const type = avroType(DECIMAL)
    const bytes = avroType('bytes')
    const nullable = avroType(['null', DECIMAL])
    fc.assert(
      fc.property(fc.bigInt({ min: -AMOUNT_UNITS_MAX, max: AMOUNT_UNITS_MAX }), fc.nat(63), (wide, shift) => {
        const units = wide >> BigInt(shift)
        const encoded = type.toBuffer(units)
        expect(encoded).toEqual(bytes.toBuffer(decimalToBytes(units)))
        expect(type.fromBuffer(encoded)).toBe(units)
        expect(nullable.fromBuffer(nullable.toBuffer(units))).toBe(units)
        expect(type.encode(units, Buffer.alloc(encoded.length - 1))).toBe(-1)
        expect(() => type.fromBuffer(encoded.subarray(0, -1))).toThrow()
      }),
      { numRuns: 1_000 },
    )
    expect(() => type.fromBuffer(Buffer.from('01', 'hex'))).toThrow()
    expect(() => type.toBuffer(1n << 600n)).toThrow('a decimal of')
  })

  it('stands unwrapped in a union with null', () => {
    const type = avroType(['null', DECIMAL])
    expect(type.fromBuffer(type.toBuffer(null))).toBe(null)
    expect(type.fromBuffer(type.toBuffer(-5n))).toBe(-5n)
  })
})

describe('collections', () => {
  const bytesOfCount = (count: bigint): Buffer => {
    const long = avroType('long')
    return long.toBuffer(Number(count))
  }

  it('are read in blocks of either form', () => {
    const array = avroType({ type: 'array', items: 'int' })
    expect(array.fromBuffer(array.toBuffer([1, -2, 3]))).toEqual([1, -2, 3])
    expect(array.fromBuffer(Buffer.from('0302020400', 'hex'))).toEqual([1, 2])
    const map = avroType({ type: 'map', values: 'int' })
    expect(map.fromBuffer(map.toBuffer({ a: 1, b: 2 }))).toEqual({ a: 1, b: 2 })
    expect(Object.keys(map.fromBuffer(map.toBuffer(JSON.parse('{"__proto__":1}'))))).toEqual(['__proto__'])
  })

  it.each([100n, 2n ** 31n, 2n ** 52n, -(2n ** 40n)])(
    'refuse a count of %s that their bytes can’t hold',
    (count) => {
      for (const schema of [
        { type: 'array', items: 'int' } as const,
        { type: 'map', values: 'int' } as const,
      ]) {
        expect(() => avroType(schema).fromBuffer(bytesOfCount(count))).toThrow('does not fit')
      }
    },
  )
})
