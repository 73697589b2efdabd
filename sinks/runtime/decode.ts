/** From bytes to records: what doesn't decode, or can't be stored anywhere, is set apart with its reason. */
import type { RecordErrorCode } from '../../domain/errors.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import { UndecodableError } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { objections } from './checks.ts'
import type { AnySourceName, RawRecord, RawSlice, Rejection, SinkRecord, Slice, SourceName } from './types.ts'

/** How the values of each source are read. */
export type SourceCodecs<N extends AnySourceName = SourceName> = {
  readonly [K in N]: TopicCodec<TopicValues[K]>
}

/** Fetches the writers' schemas that the records name and that are not known here yet. Throws while it can't ask. */
export async function learnSchemas<N extends AnySourceName>(
  codecs: SourceCodecs<N>,
  slices: readonly RawSlice<N>[],
): Promise<void> {
  for (const { source, records } of slices)
    for (const { value } of records) {
      const schemaId = value === null ? undefined : codecs[source].unknownSchemaId(value)
      if (schemaId !== undefined) await codecs[source].learn(schemaId)
    }
}

export interface DecodedSlice<N extends AnySourceName> {
  slice: Slice<N>
  rejections: Rejection<N>[]
}

/** Decodes a slice whose schemas have been learned. */
export function decodeSlice<N extends AnySourceName>(
  codecs: SourceCodecs<N>,
  raw: RawSlice<N>,
): DecodedSlice<N> {
  const { source, topic, partition, from, next } = raw
  const rejections: Rejection<N>[] = []
  const records = decodeAll(raw.records, codecs[source], objections[source], (record, code, reason) =>
    rejections.push({ source, topic, partition, record, code, reason }),
  )
  return { slice: { source, topic, partition, from, next, records }, rejections }
}

function decodeAll<T>(
  records: readonly RawRecord[],
  codec: TopicCodec<T>,
  objectionTo: (value: T) => string | undefined,
  reject: (record: RawRecord, code: RecordErrorCode, reason: string) => unknown,
): SinkRecord<T>[] {
  const decoded: SinkRecord<T>[] = []
  for (const raw of records) {
    if (raw.value === null) {
      reject(raw, 'RECORD_INVALID', 'the record has no value')
      continue
    }
    try {
      const value = codec.decode(raw.value)
      const objection = objectionTo(value)
      if (objection === undefined) decoded.push({ offset: raw.offset, value, raw })
      else reject(raw, 'RECORD_INVALID', objection)
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
      reject(raw, 'RECORD_UNDECODABLE', error.message)
    }
  }
  return decoded
}
