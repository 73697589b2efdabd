import { gzipSync } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import { describe, expect, it } from 'vitest'
import { readCommitted } from './committed-records.ts'
import {
  ATTRIBUTES_AT,
  CONTROL,
  COUNT_AT,
  CRC_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
} from './record-batch-format.ts'
import { encodeRecordBatch } from './record-batch.ts'

const ONE = 1n
const OTHER = 2n
const GZIP = 1
const LZ4 = 3

/** The batch as it lies in the log at an offset, with other attributes or another body where given. */
function inLog(
  batch: Buffer,
  baseOffset: number,
  attributes = 0,
  body = batch.subarray(HEADER_BYTES),
): Buffer {
  const bytes = Buffer.concat([batch.subarray(0, HEADER_BYTES), body])
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(bytes.length - LEADER_EPOCH_AT, LENGTH_AT)
  bytes.writeInt16BE(bytes.readInt16BE(ATTRIBUTES_AT) | attributes, ATTRIBUTES_AT)
  bytes.writeUInt32BE(crc32c(bytes.subarray(ATTRIBUTES_AT)), CRC_AT)
  return bytes
}

const encoded = (producerId: bigint, ...values: string[]): Buffer =>
  encodeRecordBatch(
    values.map((value) => ({ key: `key of ${value}`, value: Buffer.from(value), partition: 0 })),
    { producerId, producerEpoch: 0, baseSequence: 0, timestampMs: 1_790_000_000_123 },
  )

const batch = (baseOffset: number, producerId: bigint, ...values: string[]): Buffer =>
  inLog(encoded(producerId, ...values), baseOffset)

/** The key of a marker: its version, and what ends. */
const marker = (baseOffset: number, producerId: bigint, type: 'abort' | 'commit'): Buffer => {
  const key = type === 'abort' ? '\0\0\0\0' : '\0\0\0\u0001'
  const record = { key, value: Buffer.alloc(6), partition: 0 }
  const header = { producerId, producerEpoch: 0, baseSequence: -1, timestampMs: 0 }
  return inLog(encodeRecordBatch([record], header), baseOffset, CONTROL)
}

/** A batch of which compaction has left no record; its offsets stay. */
function emptied(baseOffset: number, count: number): Buffer {
  const bytes = inLog(encoded(ONE, 'gone'), baseOffset, 0, Buffer.alloc(0))
  bytes.writeInt32BE(count - 1, LAST_OFFSET_DELTA_AT)
  bytes.writeInt32BE(0, COUNT_AT)
  return inLog(bytes, baseOffset)
}

const read = (
  batches: readonly Buffer[],
  fromOffset = 0,
  aborted: readonly { producerId: bigint; firstOffset: number }[] = [],
): { seen: string[]; nextOffset: number } => {
  const { records, nextOffset } = readCommitted(Buffer.concat(batches), fromOffset, aborted)
  return { seen: records.map(({ offset, value }) => `${offset} ${String(value)}`), nextOffset }
}

describe('committed records', () => {
  it('carry offset, time, key and value', () => {
    const { records } = readCommitted(batch(70_000, ONE, 'a', 'b'), 0, [])
    expect(records).toEqual([
      {
        offset: 70_000,
        timestampMs: 1_790_000_000_123,
        key: Buffer.from('key of a'),
        value: Buffer.from('a'),
        headers: {},
      },
      {
        offset: 70_001,
        timestampMs: 1_790_000_000_123,
        key: Buffer.from('key of b'),
        value: Buffer.from('b'),
        headers: {},
      },
    ])
  })

  it('begin at the offset that was asked for, though its batch begins before it', () => {
    const seen = read([batch(5, ONE, 'a', 'b', 'c'), marker(8, ONE, 'commit'), batch(9, ONE, 'd')], 6)
    expect(seen).toEqual({ seen: ['6 b', '7 c', '9 d'], nextOffset: 10 })
  })

  it('end before a batch that the fetch has cut off', () => {
    const last = batch(7, ONE, 'c')
    for (const bytes of [1, 11, 12, 60, last.length - 1])
      expect(read([batch(5, ONE, 'a', 'b'), last.subarray(0, bytes)])).toEqual({
        seen: ['5 a', '6 b'],
        nextOffset: 7,
      })
    expect(read([last.subarray(0, 40)], 7)).toEqual({ seen: [], nextOffset: 7 })
  })

  it('pass over offsets of which nothing is left', () => {
    expect(read([emptied(5, 10), batch(15, ONE, 'a'), emptied(16, 4)], 5)).toEqual({
      seen: ['15 a'],
      nextOffset: 20,
    })
  })

  it('leave out what was aborted, where the transactions of two producers overlap', () => {
    const log = [
      batch(0, ONE, 'aborted 1'),
      batch(1, OTHER, 'aborted 2'),
      marker(2, ONE, 'abort'),
      batch(3, ONE, 'kept'),
      batch(4, OTHER, 'aborted 3'),
      marker(5, OTHER, 'abort'),
      batch(6, OTHER, 'kept, too'),
      marker(7, ONE, 'commit'),
      marker(8, OTHER, 'commit'),
    ]
    const aborted = [
      { producerId: OTHER, firstOffset: 1 },
      { producerId: ONE, firstOffset: 0 },
    ]
    const expected = { seen: ['3 kept', '6 kept, too'], nextOffset: 9 }
    expect(read(log, 0, aborted)).toEqual(expected)
    // A fetch may begin within both of them.
    expect(read(log.slice(1), 1, aborted)).toEqual(expected)
    expect(read(log.slice(2), 2, aborted)).toEqual(expected)
  })

  it('are the same where gzip has packed them', () => {
    const plain = encoded(ONE, 'a', 'b')
    expect(read([inLog(plain, 3, GZIP, gzipSync(plain.subarray(HEADER_BYTES)))], 3)).toEqual(
      read([inLog(plain, 3)], 3),
    )
  })

  it('are refused where they are packed otherwise, damaged, or no record batch', () => {
    const plain = encoded(ONE, 'a', 'b')
    expect(() => read([inLog(plain, 3, LZ4)])).toThrow('at offset 3 is packed by lz4')
    const damaged = batch(3, ONE, 'a')
    damaged[damaged.length - 2] = 0xff
    expect(() => read([damaged])).toThrow('at offset 3 does not match its checksum')
    const old = batch(3, ONE, 'a')
    old[16] = 1
    expect(() => read([old])).toThrow('no record batch of format 2 at offset 3')
    const short = inLog(plain, 3, 0, plain.subarray(HEADER_BYTES, -4))
    expect(() => read([short])).toThrow('a record of the batch at offset 3 does not end within it')
  })
})
