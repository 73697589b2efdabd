/** From bytes to records: what doesn't decode, or can't be stored anywhere, is set apart with its reason. */
import type { RecordErrorCode } from '../../domain/errors.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import { UndecodableError } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { balanceObjection, transactionObjection } from './checks.ts'
import type { RawRecord, RawSlice, Rejection, SinkRecord, Slice, SourceName } from './types.ts'

export type SourceCodecs = { readonly [N in SourceName]: TopicCodec<TopicValues[N]> }

/** Fetches the writers' schemas that the records name and that are not known here yet. Throws while it can't ask. */
export async function learnSchemas(codecs: SourceCodecs, slices: readonly RawSlice[]): Promise<void> {
  for (const { source, records } of slices)
    for (const { value } of records) {
      const schemaId = value === null ? undefined : codecs[source].unknownSchemaId(value)
      if (schemaId !== undefined) await codecs[source].learn(schemaId)
    }
}

export interface DecodedSlice {
  slice: Slice
  rejections: Rejection[]
}

/** Decodes a slice whose schemas have been learned. */
export function decodeSlice(codecs: SourceCodecs, raw: RawSlice): DecodedSlice {
  const { topic, partition, from, next } = raw
  const rejections: Rejection[] = []
  const reject = (record: RawRecord, code: RecordErrorCode, reason: string): void =>
    void rejections.push({ source: raw.source, topic, partition, record, code, reason })
  switch (raw.source) {
    case 'wallet.transaction.created': {
      const records = decodeAll(raw.records, codecs[raw.source], transactionObjection, reject)
      return { slice: { source: raw.source, topic, partition, from, next, records }, rejections }
    }
    case 'wallet.balance': {
      const records = decodeAll(raw.records, codecs[raw.source], balanceObjection, reject)
      return { slice: { source: raw.source, topic, partition, from, next, records }, rejections }
    }
  }
}

function decodeAll<T>(
  records: readonly RawRecord[],
  codec: TopicCodec<T>,
  objectionTo: (value: T) => string | undefined,
  reject: (record: RawRecord, code: RecordErrorCode, reason: string) => void,
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
