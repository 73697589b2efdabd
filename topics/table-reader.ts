/** Reads the records of a followed topic into a table in memory. */
import { UndecodableError } from './codec.ts'
import type { TopicCodec } from './codec.ts'
import type { FollowerOptions } from './follower.ts'
import type { LogSink } from './kafka.ts'

/**
 * What `FollowerOptions.onRecord` may be for one topic. A value that can't be read is logged and left out: the other records
 * still count, and `onUnreadable` hears whose newest state is not known here. Where its schema can't be fetched now, it
 * throws, and the record comes again.
 */
export const tableReader =
  <T>(
    codec: TopicCodec<T>,
    use: (value: T) => void,
    log: LogSink,
    onUnreadable?: (key: string) => void,
  ): FollowerOptions['onRecord'] =>
  async (topic, value, key) => {
    const unknown = codec.unknownSchemaId(value)
    if (unknown !== undefined) await codec.learn(unknown)
    try {
      use(codec.decode(value))
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
      log.error({ err: error, topic, key: key?.toString() }, 'a record can not be read')
      if (key !== null) onUnreadable?.(key.toString())
    }
  }
