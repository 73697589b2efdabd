/** The partitioner that producers use must agree with Java's: another client has to find the same partition. */
import { Partitioners } from 'kafkajs'
import { describe, expect, it } from 'vitest'

/** Hashes as org.apache.kafka.common.utils.Utils.murmur2 gives them; the vectors of Kafka's own UtilsTest. */
const VECTORS: readonly [key: string, murmur2: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

const partitionOf = (key: string, partitions: number): number =>
  Partitioners.DefaultPartitioner()({
    topic: 'any',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    })),
    message: { key, value: null },
  })

describe('the partitioner', () => {
  it.each(VECTORS)('puts %s where Java puts it', (key, murmur2) => {
    const positive = murmur2 & 0x7f_ff_ff_ff
    for (const partitions of [1, 2, 4, 24, 997])
      expect(partitionOf(key, partitions)).toBe(positive % partitions)
  })

  it('treats text and its UTF-8 bytes alike', () => {
    const key = '0198c1a2-7d00-7000-8000-000000000001/선수-1'
    const asBytes = Partitioners.DefaultPartitioner()({
      topic: 'any',
      partitionMetadata: Array.from({ length: 24 }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [1],
        isr: [1],
      })),
      message: { key: Buffer.from(key), value: null },
    })
    expect(asBytes).toBe(partitionOf(key, 24))
  })
})
