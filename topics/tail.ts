/**
 * Whether a stretch of the log holds a record that readers of committed records see. At the end of a partition there may be none
 * for any time: markers and aborted records take offsets too, and who keeps a position by its records does not move past them.
 */
import type { Kafka } from 'kafkajs'
import { allPartitionsAssigner } from './all-partitions.ts'

/** Offsets of one partition, `from` up to `to` (exclusive). */
export interface Stretch {
  partition: number
  from: number
  to: number
}

export interface TailOptions {
  kafka: Kafka
  /** Of this process and purpose alone; nothing is committed to it. */
  groupId: string
  topic: string
  /** After a lost connection the group waits for its member so long, in milliseconds. */
  sessionTimeoutMs: number
  /** After so long the answer is given up, in milliseconds. */
  timeoutMs: number
}

/** Resolves at the first record that is found, or when all stretches are read. Rejects where that does not come about in time. */
export async function holdsRecords(options: TailOptions, stretches: readonly Stretch[]): Promise<boolean> {
  const { kafka, topic } = options
  const left = new Map(stretches.filter(({ from, to }) => from < to).map((each) => [each.partition, each]))
  if (left.size === 0) return false
  const consumer = kafka.consumer({
    groupId: options.groupId,
    partitionAssigners: [allPartitionsAssigner],
    sessionTimeout: options.sessionTimeoutMs,
    readUncommitted: false,
    allowAutoTopicCreation: false,
  })
  const found = Promise.withResolvers<boolean>()
  const timer = setTimeout(
    () => found.reject(new Error(`${topic} can not be read to the end`)),
    options.timeoutMs,
  )
  /** Nothing was found up to here. */
  const passed = (partition: number, next: number): void => {
    if (next >= (left.get(partition)?.to ?? 0)) left.delete(partition)
    if (left.size === 0) found.resolve(false)
  }
  // Runs inside the join, before the next fetch.
  consumer.on('consumer.group_join', ({ payload }) => {
    for (const partition of payload.memberAssignment[topic] ?? []) {
      const stretch = left.get(partition)
      if (stretch === undefined) consumer.pause([{ topic, partitions: [partition] }])
      else consumer.seek({ topic, partition, offset: String(stretch.from) })
    }
  })
  // Batches of which nothing is left (markers, aborted records) never reach `eachBatch`.
  consumer.on('consumer.end_batch_process', ({ payload: { partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) passed(partition, Number(lastOffset) + 1)
  })
  consumer.on('consumer.crash', ({ payload }) => found.reject(payload.error))
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const stretch = left.get(batch.partition)
        const isThere = batch.messages.some(
          ({ offset }) =>
            stretch !== undefined && Number(offset) >= stretch.from && Number(offset) < stretch.to,
        )
        if (isThere) found.resolve(true)
        else passed(batch.partition, Number(batch.lastOffset()) + 1)
        return Promise.resolve()
      },
    })
    return await found.promise
  } finally {
    clearTimeout(timer)
    await consumer.disconnect()
  }
}
