/**
 * Rows in ClickHouse's format RowBinaryWithNamesAndTypes: what a value is in the table is what goes over the wire, so that neither side
 * writes or parses texts. The header names every column's type, and ClickHouse refuses rows whose types are not those of the table.
 */

import { AMOUNT_PRECISION, AMOUNT_SCALE, AMOUNT_UNITS_MAX, UNITS_PER_WHOLE } from '../../domain/money.ts'

/** Memory is taken in pieces of this size; the pieces are sent as they are, so that nothing is copied while rows come in. */
const PIECE_BYTES = 256 * 1024
/** Room that every fixed-width value and every length fits into. */
const FIXED_BYTES_MAX = 16
/** UTF-8 bytes per UTF-16 unit, at the most. */
const UTF8_BYTES_MAX = 3
/** Up to this length a text is written unit by unit, which is faster than a call that looks at the encoding. */
const SHORT_TEXT_UNITS = 48
const TWO_POW_32 = 2 ** 32

const UUID_CHARS = 36
/** Where the first digit of each byte of a UUID stands in its text: ClickHouse keeps its two halves as little-endian numbers. */
const UUID_DIGITS = [16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19] as const

/** A value that its column can't hold. */
export class UnwritableError extends Error {
  override name = 'UnwritableError'
}

const assertFits = (fits: boolean, type: string, value: unknown): void => {
  if (!fits) throw new UnwritableError(`${type} can't hold ${String(value)}`)
}

const NO_DIGIT = 16
/** Value of a hexadecimal digit by its code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code))
  return digit === -1 ? NO_DIGIT : digit
})

/** Takes values one behind the other. */
export class BinaryWriter {
  readonly #full: Buffer[] = []
  #piece = Buffer.alloc(0)
  #used = 0

  /** All that was written, in order. Nothing may be written afterwards. */
  pieces(): readonly Buffer[] {
    return [...this.#full, this.#piece.subarray(0, this.#used)]
  }

  byte(value: number): void {
    this.#reserve(FIXED_BYTES_MAX)
    this.#piece[this.#used++] = value
  }

  uint32(value: number): void {
    this.#reserve(FIXED_BYTES_MAX)
    this.#used = this.#piece.writeUInt32LE(value, this.#used)
  }

  /** Of 64 bits, signed or not: safe integers look the same. */
  int64(value: number): void {
    this.#reserve(FIXED_BYTES_MAX)
    this.#used = this.#piece.writeUInt32LE(value >>> 0, this.#used)
    this.#used = this.#piece.writeInt32LE(Math.floor(value / TWO_POW_32) | 0, this.#used)
  }

  int128(value: bigint): void {
    const small = Number(value)
    if (Number.isSafeInteger(small)) {
      this.int64(small)
      this.int64(small < 0 ? -1 : 0)
      return
    }
    this.#reserve(FIXED_BYTES_MAX)
    this.#used = this.#piece.writeBigUInt64LE(BigInt.asUintN(64, value), this.#used)
    this.#used = this.#piece.writeBigInt64LE(value >> 64n, this.#used)
  }

  float64(value: number): void {
    this.#reserve(FIXED_BYTES_MAX)
    this.#used = this.#piece.writeDoubleLE(value, this.#used)
  }

  uuid(text: string): void {
    this.#reserve(FIXED_BYTES_MAX)
    const piece = this.#piece
    let at = this.#used
    let seen = text.length === UUID_CHARS ? 0 : NO_DIGIT
    for (const digit of UUID_DIGITS) {
      const high = DIGITS[text.charCodeAt(digit)] ?? NO_DIGIT
      const low = DIGITS[text.charCodeAt(digit + 1)] ?? NO_DIGIT
      seen |= high | low
      piece[at++] = (high << 4) | low
    }
    assertFits(seen < NO_DIGIT, 'UUID', text)
    this.#used = at
  }

  /** A length of texts and arrays: seven bits to a byte, the lowest first. */
  count(value: number): void {
    this.#reserve(FIXED_BYTES_MAX)
    let rest = value
    while (rest > 127) {
      this.#piece[this.#used++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#piece[this.#used++] = rest
  }

  text(value: string): void {
    if (value.length <= SHORT_TEXT_UNITS && this.#shortText(value)) return
    this.count(Buffer.byteLength(value))
    this.#reserve(value.length * UTF8_BYTES_MAX)
    this.#used += this.#piece.write(value, this.#used)
  }

  /** Writes a short text whose units are all ASCII; false, and nothing written, where one is not. */
  #shortText(value: string): boolean {
    const { length } = value
    this.#reserve(1 + length)
    const piece = this.#piece
    let at = this.#used
    piece[at++] = length
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 127) return false
      piece[at++] = unit
    }
    this.#used = at
    return true
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#piece.length) return
    this.#full.push(this.#piece.subarray(0, this.#used))
    this.#piece = Buffer.allocUnsafe(Math.max(PIECE_BYTES, bytes))
    this.#used = 0
  }
}

/** A type of ClickHouse, and how its values are written. */
export interface Kind<V> {
  /** As ClickHouse spells it. */
  type: string
  write(writer: BinaryWriter, value: V): void
}

export const text: Kind<string> = { type: 'String', write: (writer, value) => writer.text(value) }
/** Of few values. */
export const word: Kind<string> = { ...text, type: 'LowCardinality(String)' }
export const uuid: Kind<string> = { type: 'UUID', write: (writer, value) => writer.uuid(value) }
export const bool: Kind<boolean> = { type: 'Bool', write: (writer, value) => writer.byte(value ? 1 : 0) }
const whole = (
  type: string,
  max: number,
  write: (writer: BinaryWriter, value: number) => void,
): Kind<number> => ({
  type,
  write: (writer, value) => {
    assertFits(Number.isInteger(value) && value >= 0 && value <= max, type, value)
    write(writer, value)
  },
})
export const uint8 = whole('UInt8', 2 ** 8 - 1, (writer, value) => writer.byte(value))
export const uint32 = whole('UInt32', TWO_POW_32 - 1, (writer, value) => writer.uint32(value))
export const uint64 = whole('UInt64', Number.MAX_SAFE_INTEGER, (writer, value) => writer.int64(value))
export const float64: Kind<number> = { type: 'Float64', write: (writer, value) => writer.float64(value) }

const TIME_MS_MIN = Date.UTC(1900, 0, 1)
const TIME_MS_END = Date.UTC(2300, 0, 1)
/** Epoch milliseconds. */
export const time: Kind<number> = {
  type: `DateTime64(3, 'UTC')`,
  write: (writer, value) => {
    assertFits(value >= TIME_MS_MIN && value < TIME_MS_END, 'DateTime64', value)
    writer.int64(value)
  },
}

/** Units of 1/10000. */
export const amount: Kind<bigint> = {
  type: `Decimal(${AMOUNT_PRECISION}, ${AMOUNT_SCALE})`,
  write: (writer, value) => {
    assertFits(value >= -AMOUNT_UNITS_MAX && value <= AMOUNT_UNITS_MAX, 'Decimal(19, 4)', value)
    writer.int128(value)
  },
}
/** The same, from 0 to 1. */
export const share: Kind<bigint> = {
  type: 'Decimal(5, 4)',
  write: (writer, value) => {
    assertFits(value >= 0n && value <= UNITS_PER_WHOLE, 'a share', value)
    writer.uint32(Number(value))
  },
}

const orNull =
  <V>({ write }: Kind<V>): Kind<V | null>['write'] =>
  (writer, value) => {
    writer.byte(value === null ? 1 : 0)
    if (value !== null) write(writer, value)
  }

export const nullable = <V>(kind: Kind<V>): Kind<V | null> => ({
  type: `Nullable(${kind.type})`,
  write: orNull(kind),
})
export const nullableWord: Kind<string | null> = {
  type: 'LowCardinality(Nullable(String))',
  write: orNull(text),
}
export const list = <V>({ type, write }: Kind<V>): Kind<readonly V[]> => ({
  type: `Array(${type})`,
  write: (writer, values) => {
    writer.count(values.length)
    for (const value of values) write(writer, value)
  },
})

/** A column, and how its value is found in what a row is made of. */
export interface Column<S> {
  name: string
  type: string
  write(writer: BinaryWriter, source: S): void
}

export const column = <S, V>(name: string, kind: Kind<V>, value: (source: S) => V): Column<S> => ({
  name,
  type: kind.type,
  write: (writer, source) => kind.write(writer, value(source)),
})

/** Rows of one table. */
export class Rows<S> {
  readonly #columns: readonly Column<S>[]
  readonly #writer = new BinaryWriter()
  #count = 0

  constructor(columns: readonly Column<S>[]) {
    this.#columns = columns
  }

  get count(): number {
    return this.#count
  }

  get names(): string[] {
    return this.#columns.map(({ name }) => name)
  }

  add(source: S): void {
    if (this.#count === 0) this.#addHeader()
    for (const { write } of this.#columns) write(this.#writer, source)
    this.#count++
  }

  #addHeader(): void {
    this.#writer.count(this.#columns.length)
    for (const { name } of this.#columns) this.#writer.text(name)
    for (const { type } of this.#columns) this.#writer.text(type)
  }

  /** The format's bytes. No row may be added afterwards. */
  pieces(): readonly Buffer[] {
    return this.#writer.pieces()
  }
}
