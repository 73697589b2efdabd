import Decoder from 'kafkajs/src/protocol/decoder.js'
import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js'
import { describe, expect, it } from 'vitest'
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
  })
})
