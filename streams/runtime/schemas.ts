/** Learning of schemas before their records are processed: the logic itself waits for nothing. */
import type { TopicCodec } from '../../topics/codec.ts'
import type { LogRecord } from './processor.ts'

/** Fetches the schemas of these values that the codec doesn't know yet, each once. A topic without a codec has none. */
export async function learnSchemas(
  codec: TopicCodec<unknown> | undefined,
  records: readonly LogRecord[],
): Promise<void> {
  if (codec === undefined) return
  for (const { value } of records) {
    const id = value === null ? undefined : codec.unknownSchemaId(value)
    if (id !== undefined) await codec.learn(id)
  }
}
