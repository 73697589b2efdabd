/**
 * What the runtime needs of a Kafka client, and nothing more. `kafkajs-port.ts` fills it; the tests of a task fill it
 * in memory; `port.int.spec.ts` pins on a real broker what is expected of whoever fills it.
 */
import type { LogRecord } from './processor.ts'

export interface TopicPartition {
  topic: string
  partition: number
}

/** Records of one partition in offset order, as one fetch brought them; committed ones only. */
export interface FetchedBatch extends TopicPartition {
  records: readonly LogRecord[]
  /** Where the next fetch goes on: past the last record, and past commit markers and aborted records. */
  nextOffset: number
  highWatermark: number
}

export interface OutgoingRecord {
  key: string
  value: Buffer
  partition: number
  /** The header of the trace that the record is part of, where that is followed. */
  traceparent?: string
}

/**
 * Where the records of a send came to lie in each topic-partition: the first one's offset, and the offset after the last
 * one's. Markers of other transactions may lie in between.
 */
export type SentOffsets = readonly (TopicPartition & { baseOffset: number; nextOffset: number })[]

/** One transaction at a time: it begins with the first `send` and ends with `commit` or `abort`. */
export interface TransactionalProducer {
  /** Initialises the producer id: from here on, earlier producers of the same transactional id are fenced. */
  fence(): Promise<void>
  /** All of it is part of the transaction, whatever had to be repeated. After an error the producer is of no more use. */
  send(records: ReadonlyMap<string, readonly OutgoingRecord[]>): Promise<SentOffsets>
  /** After an error it is not known whether the transaction is committed. */
  commit(): Promise<void>
  abort(): Promise<void>
  /** Throws the client object away; an open transaction is left to the next fence. Never fails. */
  discard(): Promise<void>
}

/** What the group tells its member. All of it is called synchronously, before the next fetch. */
export interface GroupHandlers {
  /** The member's whole new assignment, after each rebalance. */
  assigned(partitions: readonly number[]): void
  /** Must not wait: what can't be taken at once is asked for with `pause`. */
  fetched(batch: FetchedBatch): void
  /** The client gave up for good. */
  crashed(error: Error): void
}

/** A member of a consumer group over one topic. A partition stays paused until `resume`. */
export interface GroupConsumer {
  start(handlers: GroupHandlers): Promise<void>
  pause(partition: number): void
  resume(partition: number): void
  /** The next fetch of the partition begins here; what was fetched before is dropped. */
  seek(partition: number, offset: number): void
  /**
   * Tells the group how far a partition is processed. Only tools that show lag read it. Rejects while the group
   * rebalances or the broker is away.
   */
  commitOffset(partition: number, nextOffset: number): Promise<void>
  /** Leaves the group. */
  stop(): Promise<void>
}

/** Reads any partition from any offset, without a group's say. */
export interface LogReader {
  /** `crashed` hears when the client gave up for good. */
  start(crashed: (error: Error) => void): Promise<void>
  /** Batches come in order until `unfollow`; one with no records only tells how far the log was read. */
  follow(source: TopicPartition, fromOffset: number, onBatch: (batch: FetchedBatch) => Promise<void>): void
  unfollow(source: TopicPartition): void
  stop(): Promise<void>
}

/** What a member tells its group's leader, for the assignment. */
export interface MemberState {
  owned: readonly number[]
  /** Partitions whose store this member keeps warm. */
  standby: readonly number[]
}

export interface StreamsBroker {
  groupConsumer(groupId: string, topic: string, memberState: () => MemberState): GroupConsumer
  transactionalProducer(transactionalId: string): TransactionalProducer
  /** A reader of these topics. */
  logReader(topics: readonly string[]): LogReader
  /** First and next offset of a partition, as seen by readers of committed records. */
  offsets(source: TopicPartition): Promise<{ first: number; end: number }>
  partitionCount(topic: string): Promise<number>
  /** Tells clusters apart, so that a store of another one is not taken for this one's. */
  clusterId(): Promise<string>
  /** Sends records outside of any transaction, acknowledged by all in-sync replicas. */
  send(topic: string, records: readonly { key: string; value: Buffer }[]): Promise<void>
  close(): Promise<void>
}
