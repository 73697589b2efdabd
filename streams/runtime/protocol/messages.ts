/**
 * The two requests of a transaction in their present form: Produce 12, which makes the partitions it writes to part of
 * the transaction by itself, and EndTxn 5, which hands out the epoch of the next one (KIP-890, Kafka 4.0). kafkajs
 * speaks older ones only, with which a transaction takes nine round trips instead of two. Format: the Apache Kafka
 * documentation, "Protocol guide".
 */
import type { Call } from 'kafkajs/src/cluster/index.js'
import { call, startBody } from './body.ts'
import type { Api, BodyReader } from './body.ts'

export const PRODUCE: Api = { apiKey: 0, apiVersion: 12, apiName: 'Produce' }
export const END_TXN: Api = { apiKey: 26, apiVersion: 5, apiName: 'EndTxn' }

const ACKS_ALL = -1

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
