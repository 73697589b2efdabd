/** How a sink opens what it reads: the codec of each source, and the dead-letter topic that goes with it. */
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import type { DeadLetterTarget, DeadLetterTargets } from './dead-letters.ts'
import type { SourceCodecs } from './decode.ts'
import { SOURCE_NAMES } from './types.ts'
import type { AnySourceName, SourceName } from './types.ts'

export interface SinkSources<N extends AnySourceName> {
  names: readonly N[]
  codecs: SourceCodecs<N>
  letters: DeadLetterTargets<N>
}

/** The dead-letter topic of a source. */
export async function openLetters(source: AnySourceName, schemas: SchemaSource): Promise<DeadLetterTarget> {
  const topic = `${source}.dlq` as const
  return { topic, codec: await createCodec(topic, schemas) }
}

/** What every sink reads. */
export const openCommonSources = async (schemas: SchemaSource): Promise<SinkSources<SourceName>> => ({
  names: SOURCE_NAMES,
  codecs: {
    'wallet.transaction.created': await createCodec('wallet.transaction.created', schemas),
    'wallet.balance': await createCodec('wallet.balance', schemas),
  },
  letters: {
    'wallet.transaction.created': await openLetters('wallet.transaction.created', schemas),
    'wallet.balance': await openLetters('wallet.balance', schemas),
  },
})
