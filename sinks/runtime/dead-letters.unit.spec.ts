import { describe, expect, it } from 'vitest'
import { deadLetterOf } from './dead-letters.ts'
import type { Rejection } from './types.ts'

const aRejection = (offset: number): Rejection => ({
  source: 'wallet.balance',
  topic: 'wallet.balance',
  partition: 2,
  record: {
    offset,
    timestampMs: 1_000,
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    headers: { traceparent: Buffer.from('00') },
  },
  code: 'RECORD_INVALID',
  reason: 'why',
})

describe('a dead letter', () => {
  it('holds the record, its place and the reason', () => {
    expect(deadLetterOf(aRejection(5), 'sink-postgres', 2_000)).toMatchObject({
      event_type: 'record.dead_lettered',
      timestamp: 2_000,
      data: {
        processor: 'sink-postgres',
        error_code: 'RECORD_INVALID',
        reason: 'why',
        source_topic: 'wallet.balance',
        source_partition: 2,
        source_offset: 5,
        source_timestamp: 1_000,
        record_key: Buffer.from('key'),
        record_value: Buffer.from('value'),
        record_headers: { traceparent: Buffer.from('00') },
      },
    })
  })

  it('has the same id whenever the same sink sends the same record, and another one otherwise', () => {
    const id = (offset: number, sink: string): string =>
      deadLetterOf(aRejection(offset), sink, Date.now()).event_id
    expect(id(5, 'sink-postgres')).toBe(id(5, 'sink-postgres'))
    expect(new Set([id(5, 'sink-postgres'), id(6, 'sink-postgres'), id(5, 'sink-clickhouse')]).size).toBe(3)
  })
})
