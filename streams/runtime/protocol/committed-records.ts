/**
 * The committed records in what a Fetch has brought: batches are walked in place, and keys and values are parts of the
 * fetched bytes. Format: the Apache Kafka documentation, "Message Format".
 */
import { gunzipSync } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import { DamagedLogError } from '../errors.ts'
import type { LogRecord } from '../processor.ts'
import type { AbortedTransaction } from './fetch.ts'
import {
  ATTRIBUTES_AT,
  CODEC_MASK,
  CONTROL,
  COUNT_AT,
  CRC_AT,
  FIRST_TIMESTAMP_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  MAGIC,
  MAGIC_AT,
  PRODUCER_ID_AT,
  TRANSACTIONAL,
} from './record-batch-format.ts'

const ABORT_MARKER = 0
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const NO_HEADERS: LogRecord['headers'] = {}

export interface CommittedRecords {
  records: readonly LogRecord[]
  /** Past the last whole batch; where there is none, the offset that was asked for. */
  nextOffset: number
}

/**
 * Answers the records from `fromOffset` on, without markers and without what was aborted. Throws `DamagedLogError` for
 * bytes that are no record batches, and for a codec other than gzip.
 */
export function readCommitted(
  bytes: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[],
): CommittedRecords {
  const transactions = new AbortedTransactions(aborted)
  const records: LogRecord[] = []
  let nextOffset = fromOffset
  for (let at = 0; at + LEADER_EPOCH_AT <= bytes.length;) {
    const end = at + LEADER_EPOCH_AT + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) break // cut off by the limit of the fetch
    const batch = readHeader(bytes.subarray(at, end))
    if (transactions.isCommitted(batch)) readRecords(batch, fromOffset, records)
    nextOffset = Math.max(nextOffset, batch.lastOffset + 1)
    at = end
  }
  return { records, nextOffset }
}

interface Batch {
  bytes: Buffer
  baseOffset: number
  lastOffset: number
  attributes: number
  producerId: bigint
}

function readHeader(bytes: Buffer): Batch {
  const baseOffset = Number(bytes.readBigInt64BE(0))
  if (bytes.length < HEADER_BYTES || bytes.readInt8(MAGIC_AT) !== MAGIC)
    throw new DamagedLogError(`there is no record batch of format ${MAGIC} at offset ${baseOffset}`)
  if (crc32c(bytes.subarray(ATTRIBUTES_AT)) !== bytes.readUInt32BE(CRC_AT))
    throw new DamagedLogError(`the record batch at offset ${baseOffset} does not match its checksum`)
  return {
    bytes,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(LAST_OFFSET_DELTA_AT),
    attributes: bytes.readInt16BE(ATTRIBUTES_AT),
    producerId: bytes.readBigInt64BE(PRODUCER_ID_AT),
  }
}

/**
 * Tells which batches count, asked for one after another: those of a producer don't from the first offset of an aborted
 * transaction of his to the marker that ends it.
 */
class AbortedTransactions {
  /** Those that have not begun yet, the next one last. */
  readonly #ahead: AbortedTransaction[]
  readonly #producerIds = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => b.firstOffset - a.firstOffset)
  }

  isCommitted(batch: Batch): boolean {
    const { attributes, producerId, lastOffset } = batch
    for (let next = this.#ahead.at(-1); next !== undefined; next = this.#ahead.at(-1)) {
      if (next.firstOffset > lastOffset) break
      this.#producerIds.add(next.producerId)
      this.#ahead.pop()
    }
    if ((attributes & CONTROL) === 0)
      return (attributes & TRANSACTIONAL) === 0 || !this.#producerIds.has(producerId)
    if (isAbortMarker(batch)) this.#producerIds.delete(producerId)
    return false
  }
}

/** The key of a marker says what ends: two bytes of version, two of type. */
function isAbortMarker(batch: Batch): boolean {
  const markers: LogRecord[] = []
  readRecords(batch, batch.baseOffset, markers)
  return markers[0]?.key?.readInt16BE(2) === ABORT_MARKER
}

function readRecords(batch: Batch, fromOffset: number, records: LogRecord[]): void {
  const { bytes, baseOffset } = batch
  const count = bytes.readInt32BE(COUNT_AT)
  const firstTimestampMs = Number(bytes.readBigInt64BE(FIRST_TIMESTAMP_AT))
  const reader = new RecordReader(unpacked(batch))
  for (let left = count; left > 0; left--) {
    const record = reader.next(baseOffset, firstTimestampMs)
    if (record.offset >= fromOffset) records.push(record)
  }
}

function unpacked({ bytes, attributes, baseOffset }: Batch): Buffer {
  const records = bytes.subarray(HEADER_BYTES)
  const codec = CODECS[attributes & CODEC_MASK]
  if (codec === 'none') return records
  if (codec === 'gzip') return gunzipSync(records)
  throw new DamagedLogError(
    `the record batch at offset ${baseOffset} is packed by ${codec}: use none or gzip`,
  )
}

/** Reads one record after another. */
class RecordReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  next(baseOffset: number, firstTimestampMs: number): LogRecord {
    const bytes = this.#varint()
    const end = this.#at + bytes
    if (bytes < 0 || end > this.#bytes.length)
      throw new DamagedLogError(`a record of the batch at offset ${baseOffset} does not end within it`)
    this.#at++ // attributes, of which there are none
    const timestampMs = firstTimestampMs + this.#varint()
    const offset = baseOffset + this.#varint()
    const key = this.#bytesOrNull()
    const value = this.#bytesOrNull()
    const headers = this.#headers()
    this.#at = end
    return { offset, timestampMs, key, value, headers }
  }

  /** Zigzag encoded; most take one byte or two. */
  #varint(): number {
    const first = this.#byte()
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    // A time may lie further from the first one than 31 bits reach: the upper part is added up.
    let value = first & 0x7f
    for (let scale = 128; ; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new DamagedLogError('a record ends too early')
    return byte
  }

  #bytesOrNull(): Buffer | null {
    const length = this.#varint()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #headers(): LogRecord['headers'] {
    const count = this.#varint()
    if (count === 0) return NO_HEADERS
    const headers: Record<string, Buffer> = {}
    for (let left = count; left > 0; left--) {
      const name = this.#bytesOrNull()?.toString() ?? ''
      const value = this.#bytesOrNull()
      if (value !== null) headers[name] = value
    }
    return headers
  }
}
