/**
 * The two requests of a transaction in their present form: Produce 12, which makes the partitions it writes to part of
 * the transaction by itself, and EndTxn 5, which hands out the epoch of the next one (KIP-890, Kafka 4.0). kafkajs
 * speaks older ones only, with which a transaction takes nine round trips instead of two. Format: the Apache Kafka
 * documentation, "Protocol guide".
 */
import type { Call } from 'kafkajs/src/cluster/index.js'
import { writeUnsignedVarint } from './record-batch.ts'

export const PRODUCE = { apiKey: 0, apiVersion: 12, apiName: 'Produce' }
export const END_TXN = { apiKey: 26, apiVersion: 5, apiName: 'EndTxn' }

const ACKS_ALL = -1
/** No tagged fields. */
const NO_TAGS = 0

/** Writes a message body; grows by chunks, which `bytes` joins. */
class BodyWriter {
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
class BodyReader {
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
const startBody = (): BodyWriter => new BodyWriter().tags()

function readBody<T>(payload: Buffer, read: (reader: BodyReader) => T): Promise<T> {
  const reader = new BodyReader(payload)
  reader.skipTags()
  return Promise.resolve(read(reader))
}

const call = <T>(api: typeof PRODUCE, body: () => Buffer, read: (reader: BodyReader) => T): Call<T> => ({
  request: {
    ...api,
    encode: () => {
      const buffer = body()
      return Promise.resolve({ buf: buffer, buffer })
    },
  },
  response: { decode: (payload) => readBody(payload, read), parse: (decoded) => Promise.resolve(decoded) },
})

export interface ProduceTopic {
  topic: string
  partitions: readonly { partition: number; batch: Buffer }[]
}

export interface ProducedPartition {
  topic: string
  partition: number
  /** 0 where all is well. */
  errorCode: number
  baseOffset: number
  errorMessage: string
}

/** Produce: a batch for each of some partitions that one broker leads. */
export const produceCall = (
  transactionalId: string,
  topics: readonly ProduceTopic[],
  timeoutMs: number,
): Call<readonly ProducedPartition[]> =>
  call(
    PRODUCE,
    () => {
      const body = startBody().compactString(transactionalId).int16(ACKS_ALL).int32(timeoutMs)
      body.compactArray(topics, ({ topic, partitions }) => {
        body.compactString(topic)
        body.compactArray(partitions, ({ partition, batch }) =>
          body.int32(partition).compactBytes(batch).tags(),
        )
        body.tags()
      })
      return body.tags().bytes()
    },
    (reader) => reader.compactArray(() => readProducedTopic(reader)).flat(),
  )

function readProducedTopic(reader: BodyReader): ProducedPartition[] {
  const topic = reader.compactString()
  const partitions = reader.compactArray(() => {
    const partition = reader.int32()
    const errorCode = reader.int16()
    const baseOffset = Number(reader.int64())
    reader.int64() // log append time
    reader.int64() // log start offset
    reader.compactArray(() => {
      reader.int32() // index of a record at fault
      reader.compactString()
      reader.skipTags()
    })
    const errorMessage = reader.compactString()
    reader.skipTags()
    return { topic, partition, errorCode, baseOffset, errorMessage }
  })
  reader.skipTags()
  return partitions
}

export interface ProducerIdentity {
  producerId: bigint
  producerEpoch: number
}

/** EndTxn: commits or aborts; the answer carries the identity of the next transaction. */
export const endTxnCall = (
  transactionalId: string,
  { producerId, producerEpoch }: ProducerIdentity,
  commit: boolean,
): Call<ProducerIdentity & { errorCode: number }> =>
  call(
    END_TXN,
    () =>
      startBody()
        .compactString(transactionalId)
        .int64(producerId)
        .int16(producerEpoch)
        .int8(commit ? 1 : 0)
        .tags()
        .bytes(),
    (reader) => {
      reader.int32() // throttle time
      const errorCode = reader.int16()
      const next = { producerId: reader.int64(), producerEpoch: reader.int16() }
      reader.skipTags()
      return { errorCode, ...next }
    },
  )
