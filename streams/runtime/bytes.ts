/**
 * A small binary notation for the entries of the store: variable-length numbers, length-prefixed UTF-8, UUIDs in 16
 * bytes. Stored bytes never leave the machine and are dropped when their meaning changes, so they carry no schema.
 */
/** One allocation serves the entries of a good part of a batch. */
const SLAB_BYTES = 64 * 1024
const EXACT_MAX = BigInt(Number.MAX_SAFE_INTEGER)
const VARINT_BYTES_MAX = 8
const UUID_BYTES = 16
/** UTF-16 units up to which a loop beats the call into the encoder. */
const SHORT_TEXT_CHARS = 48
const UTF8_BYTES_PER_CHAR_MAX = 3
/** Codes as `ByteReader.code` has read them, by their bytes; there are some 160 currencies. */
const CODE_BYTES = 3
const CODES_MAX = 1_000
const codes = new Map<number, string>()
const DASHES_BEFORE_BYTE = new Set([4, 6, 8, 10])

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const nibble = (charCode: number): number => (charCode <= 57 ? charCode - 48 : charCode - 87)

/** Writes one entry after another into a shared slab; `finish` answers the entry's part of it and begins the next. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(SLAB_BYTES)
  #start = 0
  #at = 0

  /** Makes room, where need be in a new slab to which the entry in progress moves. */
  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const written = this.#at - this.#start
    const slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, 2 * (written + count)))
    this.#bytes.copy(slab, 0, this.#start, this.#at)
    this.#bytes = slab
    this.#start = 0
    this.#at = written
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  number(value: number): void {
    this.#reserve(VARINT_BYTES_MAX)
    let rest = value
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  /** Units from 0 to 2^64 - 1: one more than the number where that is exact, else 0 and eight bytes. */
  amount(units: bigint): void {
    if (units < EXACT_MAX) return this.number(Number(units) + 1)
    this.#reserve(1 + 8)
    this.#bytes[this.#at] = 0
    this.#at = this.#bytes.writeBigUInt64BE(units, this.#at + 1)
  }

  text(value: string): void {
    const { length } = value
    this.#reserve(VARINT_BYTES_MAX + length * UTF8_BYTES_PER_CHAR_MAX)
    if (length <= SHORT_TEXT_CHARS && this.#shortAscii(value, length)) return
    this.number(Buffer.byteLength(value))
    this.#at += this.#bytes.write(value, this.#at)
  }

  #shortAscii(value: string, length: number): boolean {
    const bytes = this.#bytes
    const start = this.#at + 1
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[start + index] = code
    }
    bytes[this.#at] = length
    this.#at = start + length
    return true
  }

  /** A canonical lower-case UUID. */
  uuid(value: string): void {
    this.#reserve(UUID_BYTES)
    const bytes = this.#bytes
    let index = 0
    for (let byte = 0; byte < UUID_BYTES; byte++) {
      if (value.charCodeAt(index) === 45) index++
      bytes[this.#at++] = (nibble(value.charCodeAt(index)) << 4) | nibble(value.charCodeAt(index + 1))
      index += 2
    }
  }

  finish(): Buffer {
    const entry = this.#bytes.subarray(this.#start, this.#at)
    this.#start = this.#at
    return entry
  }
}

/** Reads what a `ByteWriter` wrote, in the same order. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError('a stored entry ends too early')
    return value
  }

  number(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }

  amount(): bigint {
    const value = this.number()
    if (value > 0) return BigInt(value - 1)
    this.#at += 8
    return this.#bytes.readBigUInt64BE(this.#at - 8)
  }

  text(): string {
    const length = this.number()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** A text that comes again and again, as a currency's code does: one of three ASCII characters is decoded once. */
  code(): string {
    const start = this.#at
    const bytes = this.#bytes
    const isCode = bytes[start] === CODE_BYTES
    const packed = ((bytes[start + 1] ?? 0) << 16) | ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)
    const known = isCode ? codes.get(packed) : undefined
    if (known !== undefined) {
      this.#at = start + 1 + CODE_BYTES
      return known
    }
    const text = this.text()
    if (isCode && text.length === CODE_BYTES && codes.size < CODES_MAX) codes.set(packed, text)
    return text
  }

  uuid(): string {
    let text = ''
    for (let byte = 0; byte < UUID_BYTES; byte++) {
      if (DASHES_BEFORE_BYTE.has(byte)) text += '-'
      text += HEX[this.byte()]
    }
    return text
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}
