/** Everything that lies in a topic, as readers of committed records see it. */
import type { LogRecord } from '../../streams/runtime/processor.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'

/** All records of a topic up to its end of this moment, by partition. */
export async function wholeLog(broker: StreamsBroker, topic: string): Promise<LogRecord[][]> {
  const count = await broker.partitionCount(topic)
  const reader = broker.logReader([topic])
  const failed = Promise.withResolvers<never>()
  await reader.start(failed.reject)
  const readPartition = async (partition: number): Promise<LogRecord[]> => {
    const { first, end } = await broker.offsets({ topic, partition })
    const records: LogRecord[] = []
    if (first >= end) return records
    const done = Promise.withResolvers<LogRecord[]>()
    reader.follow({ topic, partition }, first, (batch) => {
      records.push(...batch.records)
      if (batch.nextOffset >= end) done.resolve(records.filter(({ offset }) => offset < end))
      return Promise.resolve()
    })
    return Promise.race([done.promise, failed.promise])
  }
  try {
    return await Promise.all(Array.from({ length: count }, (_, partition) => readPartition(partition)))
  } finally {
    await reader.stop()
  }
}
