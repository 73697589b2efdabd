/** Records as every processor reads them: those of its input, which may be anything, and those of its changelogs, which it wrote. */
import { UndecodableError } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { PoisonError } from './processor.ts'
import type { LogRecord } from './processor.ts'

/** What an input record says. Throws `PoisonError` where it says nothing that can be read. */
export function decodeInput<T>(codec: TopicCodec<T>, { value }: LogRecord): T {
  if (value === null) throw new PoisonError('RECORD_UNDECODABLE', 'record has no value')
  try {
    return codec.decode(value)
  } catch (error) {
    if (error instanceof UndecodableError) throw new PoisonError('RECORD_UNDECODABLE', error.message)
    throw error
  }
}

/** Throws `PoisonError` where a record doesn't lie under the key that its value asks for. */
export function assertKey({ key }: LogRecord, wanted: string, what: string): void {
  if (key === null || key.toString() !== wanted) throw new PoisonError('RECORD_INVALID', `key is not ${what}`)
}

/** The values of a changelog's records. No processor writes a record without one. */
export function* changelogValues(topic: string, records: readonly LogRecord[]): Generator<Buffer> {
  for (const { offset, value } of records) {
    if (value === null) throw new Error(`${topic} holds a record without a value at offset ${offset}`)
    yield value
  }
}
