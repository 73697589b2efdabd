/** What ClickHouse holds: money, as every sink, every assessment, every change of an alert, and partners with their rates. */
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { openCommonSources, openLetters } from '../runtime/sources.ts'
import type { SinkSources } from '../runtime/sources.ts'
import { ALERT_SOURCE_NAMES, ASSESSMENT_SOURCE_NAMES } from '../runtime/types.ts'
import type { SourceName } from '../runtime/types.ts'

const PARTNERS = 'partner.profile.updated'

export type ClickhouseSource =
  | SourceName
  | (typeof ALERT_SOURCE_NAMES)[number]
  | (typeof ASSESSMENT_SOURCE_NAMES)[number]
  | typeof PARTNERS

export async function openClickhouseSources(schemas: SchemaSource): Promise<SinkSources<ClickhouseSource>> {
  const { names, codecs, letters } = await openCommonSources(schemas)
  return {
    names: [...names, ...ASSESSMENT_SOURCE_NAMES, ...ALERT_SOURCE_NAMES, PARTNERS],
    codecs: {
      ...codecs,
      'aml.transaction.assessed': await createCodec('aml.transaction.assessed', schemas),
      'aml.alert.created': await createCodec('aml.alert.created', schemas),
      'aml.alert.updated': await createCodec('aml.alert.updated', schemas),
      [PARTNERS]: await createCodec(PARTNERS, schemas),
    },
    letters: {
      ...letters,
      'aml.transaction.assessed': await openLetters('aml.transaction.assessed', schemas),
      'aml.alert.created': await openLetters('aml.alert.created', schemas),
      'aml.alert.updated': await openLetters('aml.alert.updated', schemas),
      [PARTNERS]: await openLetters(PARTNERS, schemas),
    },
  }
}
