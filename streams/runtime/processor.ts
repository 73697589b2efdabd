/**
 * What a stateful processor is to the runtime. A processor holds its domain's logic and knows no Kafka; the runtime
 * gives it records in order, a store that it alone writes, and an output that becomes visible whole or not at all.
 */
import type { DeadLettered, TaskPositioned } from '../../avro/types.ts'
import type { TopicCodec } from '../../topics/codec.ts'

/** One record of the input or of a changelog, as it lies in the log. */
export interface LogRecord {
  offset: number
  timestampMs: number
  key: Buffer | null
  value: Buffer | null
  headers: Readonly<Record<string, Buffer>>
}

/** Reads of the task's store: the committed state with the batch in progress laid over it. */
export interface StoreReader {
  get(key: string): Buffer | undefined
  /** Committed entries with `from <= key < to` in key order, without the batch in progress. */
  range(from: string, to: string): Iterable<{ key: string; value: Buffer }>
}

export interface EntryWriter {
  put(key: string, value: Buffer): void
  delete(key: string): void
}

export interface StoreWriter extends StoreReader, EntryWriter {
  /**
   * Has `write` put and delete as a part of the next commit. Nothing of it is read before, so this is for entries that the logic itself
   * remembers until then: they are laid by only once.
   */
  onCommit(write: (store: EntryWriter) => void): void
}

/** Collects what a batch writes to Kafka. The partition is the task's own unless one is given. */
export interface Output {
  send(topic: string, key: string, value: Buffer, partition?: number): void
  /** True where the batch holds as much for a topic as one batch should. */
  isFull(topic: string): boolean
  /** Says what a record came to, in a word of the processor's: counted in a metric once the batch is committed. */
  count(outcome: string): void
}

/** A record that can never be processed: it goes to the dead-letter topic and the partition goes on. */
export class PoisonError extends Error {
  override name = 'PoisonError'
  readonly code: 'RECORD_UNDECODABLE' | 'RECORD_INVALID'
  constructor(code: 'RECORD_UNDECODABLE' | 'RECORD_INVALID', reason: string) {
    super(reason)
    this.code = code
  }
}

/**
 * What a batch leaves for a later one: nothing; records to be sent; or those and entries that the store doesn't have yet,
 * which the logic alone remembers.
 */
export type Owing = 'nothing' | 'records' | 'records and entries'

/** The logic of one task (one input partition). All of it is synchronous: no await stands on a record's path. */
export interface TaskLogic {
  /**
   * Applies one input record: reads and writes the store, sends output. Throws `PoisonError` before it has written
   * anything for a record that can never be processed; any other error is a fault of ours and stops the task.
   */
  process(record: LogRecord, store: StoreWriter, output: Output): void
  /**
   * After the last record of a batch: writes what was held back to the store, and sends what sums up many records, such
   * as snapshots. While `pressing` is false, since more records wait and the next batch would write and send it again, both
   * may be left owing; where the output is full, the records. Answers what is owed.
   */
  endBatch(store: StoreWriter, output: Output, pressing: boolean): Owing
  /**
   * Owes anew what this input record may have left owing. It was applied by a task before this one, and all that it
   * did to the store is there.
   */
  recall(record: LogRecord): void
  /**
   * Lays the next records of a changelog over the store: on restore, and on a standby. Each record comes exactly once.
   * The store commits them together; where that fails, the logic is thrown away with it. `settled` is true where all of the
   * changelog is going to be laid and nothing is owed at its end: what sums up many records is then as new as they are.
   */
  restore(topic: string, records: readonly LogRecord[], store: StoreWriter, settled: boolean): void
  /**
   * About once a second, between two batches: removes what the rules no longer look at, and answers records to be
   * sent to the input topic because a deadline has come. What it does to the store must have no bearing on any rule,
   * since it is not in the log; the answered records must do no harm when they are sent twice.
   */
  housekeep(store: StoreWriter, nowMs: number): readonly { key: string; value: Buffer }[]
}

export interface ProcessorDefinition {
  /** Short name: part of the transactional id, the consumer group and the metrics. */
  name: string
  inputTopic: string
  deadLetterTopic: string
  deadLetterCodec: TopicCodec<DeadLettered>
  /** Compacted topic of the runtime's own records of how far each task has come. */
  positionTopic: string
  positionCodec: TopicCodec<TaskPositioned>
  /**
   * Topics written by the tasks from which the store is restored; same partition number as the input. They may be laid
   * in any order; an empty store is restored from one after the other, in this one.
   */
  changelogTopics: readonly string[]
  /** Changes whenever stored bytes change their meaning: a store of another version is dropped and restored. */
  storeVersion: number
  createLogic(): TaskLogic
  /** Learns the schema ids in these values that the logic can't yet read; called before they are processed. */
  prepare(topic: string, records: readonly LogRecord[]): Promise<void>
}
