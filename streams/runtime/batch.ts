/** Step 1 of a commit: the records of a batch are applied, one by one, to the store's overlay and the output. */
import type { BatchTrace } from '../../service/tracing.ts'
import { coordinatesUuid } from './coordinates-uuid.ts'
import { BATCH_RECORDS_MAX, INPUT_RECORD_BYTES_MAX, OWED_BATCHES_MAX } from './limits.ts'
import { BatchOutput } from './output.ts'
import { positionRecord } from './position-record.ts'
import type { InputQueue } from './queue.ts'
import { PoisonError } from './processor.ts'
import type { LogRecord, ProcessorDefinition, StoreWriter, TaskLogic } from './processor.ts'

/**
 * What batches have left owing (see `TaskLogic.endBatch`). Each transaction records where it begins, so that a task
 * that starts anew reads the input again from there and owes the same.
 */
export interface Debt {
  /** Offset of the first input record of which something may be owed. */
  from: number
  /** Batches that have added to it. */
  batches: number
  /** Nothing new is taken before it is settled. */
  due: boolean
  /** The store lacks entries: it must not be written before they are in it. */
  entries: boolean
}

/** Where a task stands in its input. */
export interface Progress {
  /** Offset of the first record that is not yet processed. */
  position: number
  debt: Debt | undefined
}

export interface AppliedBatch extends Progress {
  output: BatchOutput
  processed: number
  skipped: number
  /** Error codes of the records that became dead letters. */
  poisoned: readonly string[]
}

interface Applying {
  definition: ProcessorDefinition
  logic: TaskLogic
  store: StoreWriter
  partition: number
}

/**
 * Takes records from the queue until a limit is reached and applies them. Records below the position have been applied
 * by an earlier transaction, whatever a stale group offset says: they are skipped, and recalled where they may have left
 * something owing.
 */
export function applyBatch(
  task: Applying,
  queue: InputQueue,
  { position, debt }: Progress,
  trace?: BatchTrace,
): AppliedBatch {
  const { inputTopic } = task.definition
  const output = new BatchOutput(task.partition)
  const poisoned: string[] = []
  const recordsMax = debt?.due === true ? 0 : BATCH_RECORDS_MAX
  let nextOffset = position
  let processed = 0
  let skipped = 0
  for (let record = queue.peek(); record !== undefined; record = queue.peek()) {
    if (record.offset < nextOffset) {
      if (debt !== undefined && record.offset >= debt.from) task.logic.recall(record)
      skipped++
    } else {
      if (processed >= recordsMax || output.full) break
      if (trace !== undefined) output.traceparent = trace.follow(inputTopic, task.partition, record)
      const code = applyRecord(task, record, output)
      if (code !== undefined) poisoned.push(code)
      nextOffset = record.offset + 1
      processed++
    }
    queue.shift()
  }
  // What sums up many records is part of no single trace.
  output.traceparent = undefined
  return { output, position: nextOffset, debt, processed, skipped, poisoned }
}

/** Ends a batch that has processed or has to settle something: `from` is where it began. Answers what is owed after it. */
export function endBatch(task: Applying, batch: AppliedBatch, from: number, backlog: number): AppliedBatch {
  const before = batch.debt ?? { from, batches: 0, due: false, entries: false }
  const batches = before.batches + 1
  const pressing = before.due || batches >= OWED_BATCHES_MAX || backlog < BATCH_RECORDS_MAX
  const owing = task.logic.endBatch(task.store, batch.output, pressing)
  const entries = owing === 'records and entries'
  const debt = owing === 'nothing' ? undefined : { from: before.from, batches, due: pressing, entries }
  sendPosition(task, batch.position, debt?.from ?? null, batch.output)
  return { ...batch, debt }
}

/** Applies a record; one that can never be processed becomes a dead letter, and its code is answered. */
function applyRecord(task: Applying, record: LogRecord, output: BatchOutput): string | undefined {
  try {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (bytes > INPUT_RECORD_BYTES_MAX)
      throw new PoisonError(
        'RECORD_INVALID',
        `record has ${bytes} bytes, more than ${INPUT_RECORD_BYTES_MAX}`,
      )
    task.logic.process(record, task.store, output)
    return undefined
  } catch (error) {
    if (!(error instanceof PoisonError)) throw error
    sendDeadLetter(task, record, error, output)
    return error.code
  }
}

function sendDeadLetter(task: Applying, record: LogRecord, error: PoisonError, output: BatchOutput): void {
  const { definition, partition } = task
  const coordinates = `${definition.inputTopic}/${partition}/${record.offset}`
  output.send(
    definition.deadLetterTopic,
    coordinates,
    definition.deadLetterCodec.encode({
      event_id: coordinatesUuid(partition, record.offset, 'deadLetter'),
      event_type: 'dead_letter.created',
      timestamp: record.timestampMs,
      data: {
        processor: definition.name,
        error_code: error.code,
        reason: error.message,
        source_topic: definition.inputTopic,
        source_partition: partition,
        source_offset: record.offset,
        source_timestamp: record.timestampMs,
        record_key: record.key,
        record_value: record.value,
        record_headers: { ...record.headers },
      },
    }),
  )
}

function sendPosition(
  { definition, partition }: Applying,
  nextOffset: number,
  owedFrom: number | null,
  output: BatchOutput,
): void {
  const { name: processor, inputTopic, positionTopic, positionCodec } = definition
  const place = { processor, inputTopic, partition, nextOffset, owedFrom, atMs: Date.now() }
  const { key, value } = positionRecord(place, positionCodec)
  output.send(positionTopic, key, value)
}
