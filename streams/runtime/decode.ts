/** Decodes fetched records, fetching first the schemas that they show for the first time. */
import type { FetchedBatch } from './port.ts'
import type { LogRecord } from './processor.ts'
import type { TopicCodec } from '../../topics/codec.ts'

/**
 * Hands each value of a batch to `onValue`, in order. Records without a value are passed over; a value that can't be
 * decoded goes to `onFault`, or is passed over too.
 */
export async function decodeAll<T>(
  codec: TopicCodec<T>,
  { records }: FetchedBatch,
  onValue: (value: T, record: LogRecord) => void,
  onFault: (error: unknown, record: LogRecord) => void = () => undefined,
): Promise<void> {
  for (const record of records) {
    if (record.value === null) continue
    const unknown = codec.unknownSchemaId(record.value)
    if (unknown !== undefined) await codec.learn(unknown)
    let value: T
    try {
      value = codec.decode(record.value)
    } catch (error) {
      onFault(error, record)
      continue
    }
    onValue(value, record)
  }
}
