/**
 * Record batches of Kafka's message format 2, as a transactional producer writes them. Format: the Apache Kafka
 * documentation, "Message Format". All records of a batch carry the time of its making, and no header but that of a trace.
 */
import { crc32c } from '@node-rs/crc32'
import { TRACEPARENT } from '../../../service/tracing.ts'
import type { OutgoingRecord } from '../port.ts'
import {
  ATTRIBUTES_AT,
  BASE_SEQUENCE_AT,
  COUNT_AT,
  CRC_AT,
  FIRST_TIMESTAMP_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  TRANSACTIONAL,
} from './record-batch-format.ts'

export interface BatchHeader {
  producerId: bigint
  producerEpoch: number
  /** Sequence number of the first record among those of the producer for the partition. */
  baseSequence: number
  timestampMs: number
}

const UNKNOWN_LEADER_EPOCH = -1

/** Bytes of a record besides key and value, at the most: four varints of at most 5 bytes, three single bytes. */
const RECORD_OVERHEAD_BYTES = 23
const UTF8_BYTES_PER_CHAR_MAX = 3
/** Bytes of a header besides name and value, at the most: two varints of one byte for what is shorter than 64 bytes. */
const HEADER_OVERHEAD_BYTES = 2
const ONE_HEADER = 1

/** Writes an unsigned varint and answers the place after it. */
export function writeUnsignedVarint(buffer: Buffer, value: number, at: number): number {
  let rest = value
  let next = at
  while (rest > 0x7f) {
    buffer[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[next++] = rest
  return next
}

/** Varints of records are zigzag encoded; all of ours count something and are not negative. */
const writeVarint = (buffer: Buffer, value: number, at: number): number =>
  writeUnsignedVarint(buffer, value * 2, at)

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = (value * 2) >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes
}

/** Writes a record and answers the place after it. */
function writeRecord(
  buffer: Buffer,
  { key, value, traceparent }: OutgoingRecord,
  offsetDelta: number,
  at: number,
): number {
  const keyBytes = Buffer.byteLength(key)
  // Attributes, time delta and count of headers are one byte each.
  const bodyBytes =
    3 +
    varintBytes(offsetDelta) +
    varintBytes(keyBytes) +
    keyBytes +
    varintBytes(value.length) +
    value.length +
    (traceparent === undefined ? 0 : headerBytes(traceparent))
  let next = writeVarint(buffer, bodyBytes, at)
  buffer[next++] = 0
  buffer[next++] = 0
  next = writeVarint(buffer, offsetDelta, next)
  next = writeVarint(buffer, keyBytes, next)
  next += buffer.write(key, next)
  next = writeVarint(buffer, value.length, next)
  buffer.set(value, next)
  next += value.length
  if (traceparent !== undefined) return writeHeader(buffer, traceparent, next)
  buffer[next++] = 0
  return next
}

/** Bytes of the one header that a record may have. */
const headerBytes = (traceparent: string): number =>
  HEADER_OVERHEAD_BYTES + TRACEPARENT.length + traceparent.length

function writeHeader(buffer: Buffer, traceparent: string, at: number): number {
  let next = writeVarint(buffer, ONE_HEADER, at)
  next = writeVarint(buffer, TRACEPARENT.length, next)
  next += buffer.write(TRACEPARENT, next, 'latin1')
  next = writeVarint(buffer, traceparent.length, next)
  return next + buffer.write(traceparent, next, 'latin1')
}

/** One batch of a transaction, ready to be part of a Produce request. `records` must not be empty. */
export function encodeRecordBatch(records: readonly OutgoingRecord[], header: BatchHeader): Buffer {
  let bytesMax = HEADER_BYTES
  for (const { key, value, traceparent } of records) {
    bytesMax += RECORD_OVERHEAD_BYTES + key.length * UTF8_BYTES_PER_CHAR_MAX + value.length
    if (traceparent !== undefined) bytesMax += headerBytes(traceparent)
  }
  const buffer = Buffer.allocUnsafe(bytesMax)
  let end = HEADER_BYTES
  for (const [offsetDelta, record] of records.entries()) end = writeRecord(buffer, record, offsetDelta, end)

  const timestamp = BigInt(header.timestampMs)
  buffer.writeBigInt64BE(0n, 0)
  buffer.writeInt32BE(end - LEADER_EPOCH_AT, LENGTH_AT)
  buffer.writeInt32BE(UNKNOWN_LEADER_EPOCH, LEADER_EPOCH_AT)
  buffer.writeInt8(MAGIC, MAGIC_AT)
  buffer.writeInt16BE(TRANSACTIONAL, ATTRIBUTES_AT)
  buffer.writeInt32BE(records.length - 1, LAST_OFFSET_DELTA_AT)
  buffer.writeBigInt64BE(timestamp, FIRST_TIMESTAMP_AT)
  buffer.writeBigInt64BE(timestamp, MAX_TIMESTAMP_AT)
  buffer.writeBigInt64BE(header.producerId, PRODUCER_ID_AT)
  buffer.writeInt16BE(header.producerEpoch, PRODUCER_EPOCH_AT)
  buffer.writeInt32BE(header.baseSequence, BASE_SEQUENCE_AT)
  buffer.writeInt32BE(records.length, COUNT_AT)
  buffer.writeUInt32BE(crc32c(buffer.subarray(ATTRIBUTES_AT, end)), CRC_AT)
  return buffer.subarray(0, end)
}
