/**
 * Avro types over avsc, with the platform's one logical type of its own: decimal(19,4) as bigint units.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import type { Schema, Type } from 'avsc'
import { z } from 'zod'
import { AMOUNT_PRECISION, AMOUNT_SCALE } from '../domain/money.ts'
import { boundedCollections } from './avro-bounds.ts'

/** Widest two's-complement form that is read through a Number without loss, in bytes. */
const NUMBER_BYTES_MAX = 6

/** Big-endian two's complement, as short as it can be (Avro 1.11, "Decimal"). */
export function decimalToBytes(units: bigint): Buffer {
  if (units >= -0x80_00_00_00_00_00n && units < 0x80_00_00_00_00_00n) {
    const value = Number(units)
    let size = 1
    while (size < NUMBER_BYTES_MAX && (value < -(2 ** (8 * size - 1)) || value >= 2 ** (8 * size - 1))) size++
    const bytes = Buffer.allocUnsafe(size)
    bytes.writeIntBE(value, 0, size)
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

class DecimalType extends avsc.types.LogicalType {
  constructor(schema: Schema, options: object) {
    super(schema, options)
    const { precision, scale } = decimalSchema.parse(schema)
    if (precision !== AMOUNT_PRECISION || scale !== AMOUNT_SCALE)
      throw new Error(`decimal(${precision},${scale}) is not decimal(${AMOUNT_PRECISION},${AMOUNT_SCALE})`)
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
    typeHook: boundedCollections,
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
