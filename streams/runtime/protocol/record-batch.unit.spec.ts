import Decoder from 'kafkajs/src/protocol/decoder.js'
import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js'
import { describe, expect, it } from 'vitest'
import { readCommitted } from './committed-records.ts'
import { encodeRecordBatch } from './record-batch.ts'

const HEADER = {
  producerId: 9_007_199_254_740_993n,
  producerEpoch: 17,
  baseSequence: 4_000,
  timestampMs: 1_790_000_000_123,
}
const record = (key: string, value: Buffer) => ({ key, value, partition: 3 })

describe('a record batch', () => {
  it('is read back by kafkajs as it was written', async () => {
    const records = [
      record('partner/player', Buffer.from('value')),
      record('', Buffer.alloc(0)),
      record('ключ/名', Buffer.alloc(70_000, 7)),
      ...Array.from({ length: 200 }, (_, n) => record(`k${n}`, Buffer.alloc(n))),
    ]
    const bytes = encodeRecordBatch(records, HEADER)
    expect(bytes.readUInt32BE(17)).toBe(crc32C(bytes.subarray(21)) >>> 0)
    const batch = await decodeRecordBatch(new Decoder(bytes))
    expect(batch).toMatchObject({
      firstOffset: '0',
      inTransaction: true,
      isControlBatch: false,
      lastOffsetDelta: records.length - 1,
      firstTimestamp: '1790000000123',
      maxTimestamp: '1790000000123',
      producerId: '9007199254740993',
      producerEpoch: 17,
      firstSequence: 4_000,
    })
    expect(batch.records.map(({ key, value }) => [String(key), value])).toEqual(
      records.map(({ key, value }) => [key, value]),
    )
    expect(batch.records.map(({ offset }) => offset)).toEqual(records.map((_, n) => String(n)))
    expect(batch.records.every(({ headers }) => Object.keys(headers).length === 0)).toBe(true)
  })

  it('carries the header of a trace beside records without one, as kafkajs and our own reader see it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const records = [
      record('a', Buffer.from('1')),
      { ...record('b', Buffer.alloc(300, 1)), traceparent },
      { ...record('c', Buffer.alloc(0)), traceparent },
      record('d', Buffer.from('2')),
    ]
    const bytes = encodeRecordBatch(records, HEADER)
    const batch = await decodeRecordBatch(new Decoder(bytes))
    const expected = records.map((each) =>
      'traceparent' in each ? { traceparent: Buffer.from(traceparent) } : {},
    )
    expect(batch.records.map(({ headers }) => headers)).toEqual(expected)
    const read = readCommitted(bytes, 0, []).records
    expect(read.map(({ key, value }) => [String(key), value])).toEqual(
      records.map(({ key, value }) => [key, value]),
    )
    expect(read.map(({ headers }) => headers)).toEqual(expected)
  })
})
