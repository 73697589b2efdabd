/** Sends records that can never be written to the dead-letter topic of their source. */
import type { Kafka, Producer } from 'kafkajs'
import { v5 as uuidOfName } from 'uuid'
import type { DeadLettered } from '../../avro/types.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { AnySourceName, DeadLetters, Rejection } from './types.ts'

/** Name space of the event ids: the same record of the same sink always gets the same id, however often it is sent. */
const NAMESPACE = '6f0a3ad6-7d0e-4c39-9a7c-1f6f6f1f5c1e'

export interface DeadLetterTarget {
  /** Name of the dead-letter topic in Kafka. */
  topic: string
  codec: TopicCodec<DeadLettered>
}

/** Where the dead letters of each source go. */
export type DeadLetterTargets<N extends AnySourceName> = Readonly<Record<N, DeadLetterTarget>>

export interface DeadLetterOptions<N extends AnySourceName> {
  kafka: Kafka
  /** Name of the sink, in every dead letter. */
  sink: string
  targets: DeadLetterTargets<N>
  now?: () => number
}

export interface DeadLetterProducer<N extends AnySourceName> extends DeadLetters<N> {
  close(): Promise<void>
}

export function deadLetterOf(rejection: Rejection<AnySourceName>, sink: string, nowMs: number): DeadLettered {
  const { topic, partition, record, code, reason } = rejection
  return {
    event_id: uuidOfName(`${sink}/${topic}/${partition}/${record.offset}`, NAMESPACE),
    event_type: 'record.dead_lettered',
    timestamp: nowMs,
    data: {
      processor: sink,
      error_code: code,
      reason,
      source_topic: topic,
      source_partition: partition,
      source_offset: record.offset,
      source_timestamp: record.timestampMs,
      record_key: record.key,
      record_value: record.value,
      record_headers: { ...record.headers },
    },
  }
}

/** A producer of dead letters; it connects when the first one comes. Every send waits for all replicas. */
export function createDeadLetters<N extends AnySourceName>({
  kafka,
  sink,
  targets,
  now = Date.now,
}: DeadLetterOptions<N>): DeadLetterProducer<N> {
  let connected: Promise<Producer> | undefined
  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  }
  return {
    send: async (rejections) => {
      connected ??= connect()
      connected.catch(() => (connected = undefined))
      const producer = await connected
      const topicMessages = rejections.map((rejection) => {
        const { topic, codec } = targets[rejection.source]
        const value = codec.encode(deadLetterOf(rejection, sink, now()))
        return { topic, messages: [{ key: rejection.record.key, value }] }
      })
      await producer.sendBatch({ acks: -1, topicMessages })
    },
    close: async () => {
      const producer = await connected?.catch(() => undefined)
      await producer?.disconnect()
    },
  }
}
