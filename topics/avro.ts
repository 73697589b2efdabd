/**
 * Avro types over avsc, with the platform's one logical type of its own: decimal(19,4) as bigint units.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import type { Schema, Type } from 'avsc'
import { z } from 'zod'
import { AMOUNT_PRECISION, AMOUNT_SCALE } from '../domain/money.ts'
import { boundedCollections } from './avro-bounds.ts'
import { nullables } from './avro-nullable.ts'
import { texts } from './avro-strings.ts'

/** Widest two's-complement form that is read through a Number without loss, in bytes. */
const NUMBER_BYTES_MAX = 6

/** Numbers of at most six bytes lie below this. */
const NUMBER_MAX = 2 ** 47

/** Length of a number's shortest two's complement, from 1 to 6 bytes. */
function numberBytes(value: number): number {
  const magnitude = value < 0 ? -value - 1 : value
  if (magnitude < 2 ** 7) return 1
  if (magnitude < 2 ** 15) return 2
  if (magnitude < 2 ** 23) return 3
  if (magnitude < 2 ** 31) return 4
  return magnitude < 2 ** 39 ? 5 : 6
}

/** Big-endian two's complement, as short as it can be (Avro 1.11, "Decimal"). */
export function decimalToBytes(units: bigint): Buffer {
  const value = Number(units)
  if (value >= -NUMBER_MAX && value < NUMBER_MAX) {
    const bytes = Buffer.allocUnsafe(numberBytes(value))
    bytes.writeIntBE(value, 0, bytes.length)
    return bytes
  }
  let size = NUMBER_BYTES_MAX + 1
  while (BigInt.asIntN(size * 8, units) !== units) size++
  const bytes = Buffer.allocUnsafe(size)
  let rest = units
  for (let at = size - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** Reads what `decimalToBytes` wrote, and any longer sign-extended form; no bytes at all are 0. */
export function bytesToDecimal(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n
  if (bytes.length <= NUMBER_BYTES_MAX) return BigInt(bytes.readIntBE(0, bytes.length))
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}

const decimalSchema = z.object({ precision: z.number(), scale: z.number().default(0) })

/** The cursor that avsc hands to a type. It may run past the end of its buffer; avsc looks afterwards. */
interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
}

/** Widest decimal whose length still fits one byte of Avro's notation, in bytes. */
const SHORT_BYTES_MAX = 63

function writeWide(tap: Tap, bytes: Buffer): void {
  if (bytes.length > SHORT_BYTES_MAX) throw new RangeError(`a decimal of ${bytes.length} bytes`)
  const start = tap.pos
  tap.pos = start + 1 + bytes.length
  if (tap.pos > tap.buf.length) return
  tap.buf[start] = bytes.length << 1
  tap.buf.set(bytes, start + 1)
}

/**
 * Avro's decimal as bigint units. `_fromValue`, `_toValue` and `_resolve` are what avsc asks of a logical type;
 * `_read`, `_write` and `_check` are its own steps of decoding and encoding, taken over because money stands on the path
 * of every bet: the general way converts a nullable amount twice and goes through a buffer each time.
 */
class DecimalType extends avsc.types.LogicalType {
  constructor(schema: Schema, options: object) {
    super(schema, options)
    const { precision, scale } = decimalSchema.parse(schema)
    if (precision !== AMOUNT_PRECISION || scale !== AMOUNT_SCALE)
      throw new Error(`decimal(${precision},${scale}) is not decimal(${AMOUNT_PRECISION},${AMOUNT_SCALE})`)
  }
  protected _read(tap: Tap): bigint {
    const size = tap.readLong()
    const start = tap.pos
    tap.pos = size < 0 ? tap.buf.length + 1 : start + size
    return tap.pos > tap.buf.length ? 0n : bytesToDecimal(tap.buf.subarray(start, tap.pos))
  }
  protected _write(tap: Tap, units: unknown): void {
    if (typeof units !== 'bigint') throw new TypeError(`${String(units)} is not a bigint`)
    const value = Number(units)
    const size = value >= -NUMBER_MAX && value < NUMBER_MAX ? numberBytes(value) : 0
    if (size === 0) return writeWide(tap, decimalToBytes(units))
    const start = tap.pos
    tap.pos = start + 1 + size
    if (tap.pos > tap.buf.length) return
    tap.buf[start] = size << 1
    let rest = value
    for (let at = start + size; at > start; at--) {
      tap.buf[at] = rest & 0xff
      rest = Math.floor(rest / 0x1_00)
    }
  }
  protected _check(units: unknown, _flags: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    if (typeof units === 'bigint') return true
    hook?.(units, this)
    return false
  }
  protected override _fromValue(value: unknown): bigint {
    if (!Buffer.isBuffer(value)) throw new TypeError('decimal is not made of bytes')
    return bytesToDecimal(value)
  }
  protected override _toValue(value: unknown): Buffer | undefined {
    return typeof value === 'bigint' ? decimalToBytes(value) : undefined
  }
  /** Only a decimal of the same precision and scale is read as one: plain bytes could be of any scale. */
  protected override _resolve(type: Type): ((value: bigint) => bigint) | undefined {
    return type instanceof DecimalType ? (value) => value : undefined
  }
}

/**
 * Makes an avsc type of a schema: decimals are bigint, unions stand unwrapped. Throws for a schema that is not valid,
 * and for a decimal of another precision or scale (avsc would fall back to its bytes, and money would be off by powers
 * of ten).
 */
export function avroType(schema: Schema): Type {
  return avsc.Type.forSchema(schema, {
    logicalTypes: { decimal: DecimalType },
    assertLogicalTypes: true,
    typeHook: (inner: Schema, options: object) =>
      boundedCollections(inner, options) ?? nullables(inner, options) ?? texts(inner),
    wrapUnions: 'never',
  })
}

/** Makes an avsc type of a schema's text; throws as `avroType` does, and for a text that is not JSON. */
export function avroTypeOf(text: string): Type {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- avsc is the parser: it refuses what is no schema.
  return avroType(JSON.parse(text) as Schema)
}

/** True where both types read the same bytes as the same values, logical types included; docs don't count. */
export const readsAlike = (one: Type, other: Type): boolean =>
  JSON.stringify(one.schema({ exportAttrs: true })) === JSON.stringify(other.schema({ exportAttrs: true }))

/** The text of `avro/NAME.avsc`, as it is registered. */
export function readSchemaText(name: string): string {
  return readFileSync(new URL(`../avro/${name}.avsc`, import.meta.url), 'utf8')
}
