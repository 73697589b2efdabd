/** Bodies of requests and responses in the flexible form that Kafka's protocol has had since 2.4, as kafkajs's connections take them. */
import type { Call } from 'kafkajs/src/cluster/index.js'
import { writeUnsignedVarint } from './record-batch.ts'

export interface Api {
  apiKey: number
  apiVersion: number
  apiName: string
}

/** No tagged fields. */
const NO_TAGS = 0

/** Writes a message body; grows by chunks, which `bytes` joins. */
export class BodyWriter {
  readonly #chunks: Buffer[] = []

  unsignedVarint(value: number): this {
    const buffer = Buffer.allocUnsafe(5)
    this.#chunks.push(buffer.subarray(0, writeUnsignedVarint(buffer, value, 0)))
    return this
  }
  int8(value: number): this {
    return this.raw(Buffer.of(value))
  }
  int16(value: number): this {
    const buffer = Buffer.allocUnsafe(2)
    buffer.writeInt16BE(value)
    return this.raw(buffer)
  }
  int32(value: number): this {
    const buffer = Buffer.allocUnsafe(4)
    buffer.writeInt32BE(value)
    return this.raw(buffer)
  }
  int64(value: bigint): this {
    const buffer = Buffer.allocUnsafe(8)
    buffer.writeBigInt64BE(value)
    return this.raw(buffer)
  }
  /** Compact lengths are one more than they say, so that zero can mean null. */
  compactBytes(bytes: Buffer): this {
    return this.unsignedVarint(bytes.length + 1).raw(bytes)
  }
  compactString(text: string): this {
    return this.compactBytes(Buffer.from(text))
  }
  compactArray<T>(items: readonly T[], write: (item: T) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) write(item)
    return this
  }
  tags(): this {
    return this.unsignedVarint(NO_TAGS)
  }
  raw(bytes: Buffer): this {
    this.#chunks.push(bytes)
    return this
  }
  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** Reads a response body. */
export class BodyReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }
  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  int16(): number {
    this.#at += 2
    return this.#buffer.readInt16BE(this.#at - 2)
  }
  int32(): number {
    this.#at += 4
    return this.#buffer.readInt32BE(this.#at - 4)
  }
  int64(): bigint {
    this.#at += 8
    return this.#buffer.readBigInt64BE(this.#at - 8)
  }
  /** Null reads as the empty string. */
  compactString(): string {
    const length = Math.max(0, this.unsignedVarint() - 1)
    this.#at += length
    return this.#buffer.toString('utf8', this.#at - length, this.#at)
  }
  /** Not copied. Null reads as no bytes. */
  compactBytes(): Buffer {
    const length = Math.max(0, this.unsignedVarint() - 1)
    this.#at += length
    return this.#buffer.subarray(this.#at - length, this.#at)
  }
  compactArray<T>(read: () => T): T[] {
    const length = Math.max(0, this.unsignedVarint() - 1)
    return Array.from({ length }, read)
  }
  skipTags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint() // the tag
      const bytes = this.unsignedVarint()
      this.#at += bytes
    }
  }
}

/** Since Kafka 2.4 headers of requests and responses end in tagged fields, which kafkajs leaves to the body. */
export const startBody = (): BodyWriter => new BodyWriter().tags()

function readBody<T>(payload: Buffer, read: (reader: BodyReader) => T): Promise<T> {
  const reader = new BodyReader(payload)
  reader.skipTags()
  return Promise.resolve(read(reader))
}

/** A call of an API: how its body is written, and how the answer's is read. */
export const call = <T>(api: Api, body: () => Buffer, read: (reader: BodyReader) => T): Call<T> => ({
  request: {
    ...api,
    encode: () => {
      const buffer = body()
      return Promise.resolve({ buf: buffer, buffer })
    },
  },
  response: { decode: (payload) => readBody(payload, read), parse: (decoded) => Promise.resolve(decoded) },
})
