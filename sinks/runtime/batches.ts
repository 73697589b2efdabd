/** Cutting and halving runs of records: pure, so that what is written together is easy to test. */
import type { AnySourceName, RawRecord, RawSlice, Run, SinkRecord } from './types.ts'

export interface BatchLimits {
  records: number
  bytes: number
}

const bytesOf = (record: RawRecord): number => record.value?.length ?? 0

export interface FetchedRun<N extends AnySourceName> extends Run {
  source: N
  records: readonly RawRecord[]
}

/** What counting and cutting need to know of a slice, whatever its source. */
interface RunOfRecords extends Run {
  records: readonly SinkRecord<unknown>[]
}

/** Cuts what a fetch brought of one partition into slices within the limits; a slice holds at least one record. */
export function cutSlices<N extends AnySourceName>(run: FetchedRun<N>, limits: BatchLimits): RawSlice<N>[] {
  const { source, topic, partition } = run
  const slices: RawSlice<N>[] = []
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
export function countThatFit(slices: readonly RawSlice<AnySourceName>[], limits: BatchLimits): number {
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

export const recordCount = (batch: readonly RunOfRecords[]): number =>
  batch.reduce((count, slice) => count + slice.records.length, 0)

/** Some of a slice's records, with the offsets that go with them; the type stays that of the whole. */
const part = <S extends RunOfRecords>(
  slice: S,
  start: number,
  end: number,
  from: number,
  next: number,
): S => ({
  ...slice,
  records: slice.records.slice(start, end),
  from,
  next,
})

/** Two batches, to be written one after the other, with half of the records each. Needs at least two records. */
export function halve<S extends RunOfRecords>(batch: readonly S[]): [S[], S[]] {
  const half = Math.floor(recordCount(batch) / 2)
  const first: S[] = []
  const second: S[] = []
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
export const withoutRecords = <S extends RunOfRecords>(batch: readonly S[]): S[] =>
  batch.map((slice) => part(slice, 0, 0, slice.from, slice.next))

export type PositionChange = Run

/** One change per partition, in the order of topic and partition, in which stores lock them. */
export function positionChanges(batch: readonly Run[]): PositionChange[] {
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
