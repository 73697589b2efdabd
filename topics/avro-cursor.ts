/**
 * Reads Avro's binary notation step by step, for readers that need few of a record's fields and are in a hurry: avsc makes
 * a value of every field. Notation: Avro 1.11, "Binary Encoding".
 */
import { bytesToDecimal } from './avro.ts'
import { UndecodableError } from './codec.ts'

/** Bits of a long that are put together by shifts; those above them are added up. */
const SHIFTED_BITS = 28
/** Widest decimal that is read through a Number without loss, in bytes. */
const NUMBER_BYTES_MAX = 6

export class AvroCursor {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Throws `UndecodableError` unless all has been read, and nothing beyond it. */
  end(): void {
    if (this.#at !== this.#bytes.length)
      throw new UndecodableError(`body of ${this.#bytes.length} bytes does not fit its schema`)
  }

  #byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new UndecodableError('body ends too early')
    return value
  }

  /** Exact up to 2^53. */
  long(): number {
    let byte = this.#byte()
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < SHIFTED_BITS; shift += 7) {
      byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    for (let scale = 2 ** SHIFTED_BITS; ; scale *= 0x80) {
      byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }

  boolean(): boolean {
    return this.#byte() === 1
  }

  /** Whether a union with null has a value, which follows then. */
  present(): boolean {
    return this.#byte() !== 0
  }

  enum<T extends string>(symbols: readonly T[]): T {
    const symbol = symbols[this.long()]
    if (symbol === undefined) throw new UndecodableError('a symbol is not known')
    return symbol
  }

  string(): string {
    const start = this.#start()
    return this.#bytes.toString('utf8', start, this.#at)
  }

  stringOrNull(): string | null {
    return this.present() ? this.string() : null
  }

  /** A string of ASCII alone, as a UUID is. */
  ascii(): string {
    const start = this.#start()
    return this.#bytes.toString('latin1', start, this.#at)
  }

  decimal(): bigint {
    const start = this.#start()
    const size = this.#at - start
    if (size > NUMBER_BYTES_MAX || size === 0) return bytesToDecimal(this.#bytes.subarray(start, this.#at))
    return BigInt(this.#bytes.readIntBE(start, size))
  }

  decimalOrNull(): bigint | null {
    return this.present() ? this.decimal() : null
  }

  /** Passes over a string, bytes or a decimal. */
  skip(): void {
    this.#start()
  }

  skipOrNull(): void {
    if (this.present()) this.#start()
  }

  /** Number of items of the block of an array that follows; 0 ends the array. */
  items(): number {
    const count = this.long()
    if (count < 0) this.long() // the block's length in bytes
    const items = Math.abs(count)
    if (items > this.#bytes.length - this.#at)
      throw new UndecodableError(`${items} items do not fit the bytes that are left`)
    return items
  }

  /** Passes over a length and what it counts; answers where that begins. */
  #start(): number {
    const length = this.long()
    const start = this.#at
    if (length < 0 || start + length > this.#bytes.length) throw new UndecodableError('body ends too early')
    this.#at = start + length
    return start
  }
}
