/** Cutting and halving runs of records: pure, so that what is written together is easy to test. */
import type { Batch, RawRecord, RawSlice, Slice, SourceName, TopicPartition } from './types.ts'

export interface BatchLimits {
  records: number
  bytes: number
}

const bytesOf = (record: RawRecord): number => record.value?.length ?? 0

export interface FetchedRun extends TopicPartition {
  source: SourceName
  from: number
  next: number
  records: readonly RawRecord[]
}

/** Cuts what a fetch brought of one partition into slices within the limits; a slice holds at least one record. */
export function cutSlices(run: FetchedRun, limits: BatchLimits): RawSlice[] {
  const { source, topic, partition } = run
  const slices: RawSlice[] = []
  let from = run.from
  let records: RawRecord[] = []
  let bytes = 0
  const close = (next: number): void => {
    slices.push({ source, topic, partition, from, next, records, bytes })
    from = next
    records = []
    bytes = 0
  }
  for (const record of run.records) {
    const size = bytesOf(record)
    if (records.length > 0 && (records.length >= limits.records || bytes + size > limits.bytes))
      close(record.offset)
    records.push(record)
    bytes += size
  }
  close(run.next)
  return slices
}

/** How many of the first slices fit one batch; at least one where there is any. */
export function countThatFit(slices: readonly RawSlice[], limits: BatchLimits): number {
  let records = 0
  let bytes = 0
  let count = 0
  for (const slice of slices) {
    records += slice.records.length
    bytes += slice.bytes
    if (count > 0 && (records > limits.records || bytes > limits.bytes)) break
    count++
  }
  return count
}

export const recordCount = (batch: Batch): number =>
  batch.reduce((count, slice) => count + slice.records.length, 0)

/** One side of a slice cut before the record at `at`; the types of both sides stay that of the whole. */
function part(slice: Slice, start: number, end: number, from: number, next: number): Slice {
  switch (slice.source) {
    case 'wallet.transaction.created':
      return { ...slice, records: slice.records.slice(start, end), from, next }
    case 'wallet.balance':
      return { ...slice, records: slice.records.slice(start, end), from, next }
  }
}

/** Two batches, to be written one after the other, with half of the records each. Needs at least two records. */
export function halve(batch: Batch): [Batch, Batch] {
  const half = Math.floor(recordCount(batch) / 2)
  const first: Slice[] = []
  const second: Slice[] = []
  let seen = 0
  for (const slice of batch) {
    const room = half - seen
    const cutRecord = slice.records[room]
    seen += slice.records.length
    if (room <= 0) second.push(slice)
    else if (cutRecord === undefined) first.push(slice)
    else {
      first.push(part(slice, 0, room, slice.from, cutRecord.offset))
      second.push(part(slice, room, slice.records.length, cutRecord.offset, slice.next))
    }
  }
  return [first, second]
}

/** The same runs without their records: writing them moves the positions only. */
export const withoutRecords = (batch: Batch): Batch =>
  batch.map((slice) => part(slice, 0, 0, slice.from, slice.next))

export interface PositionChange extends TopicPartition {
  from: number
  next: number
}

/** One change per partition, in the order of topic and partition, in which stores lock them. */
export function positionChanges(batch: Batch): PositionChange[] {
  const changes = new Map<string, PositionChange>()
  for (const { topic, partition, from, next } of batch) {
    const key = `${topic}/${partition}`
    const earlier = changes.get(key)
    if (earlier === undefined) changes.set(key, { topic, partition, from, next })
    else earlier.next = next
  }
  return [...changes.values()].toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}
