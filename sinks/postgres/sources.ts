/** What PostgreSQL holds: money, as every sink, and partners and players, which it alone reads. */
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { openCommonSources, openLetters } from '../runtime/sources.ts'
import type { SinkSources } from '../runtime/sources.ts'
import { PARTNER_SOURCE_NAMES, PLAYER_SOURCE_NAMES } from '../runtime/types.ts'
import type { AnySourceName } from '../runtime/types.ts'

export type PostgresSource = AnySourceName

export async function openPostgresSources(schemas: SchemaSource): Promise<SinkSources<PostgresSource>> {
  const { names, codecs, letters } = await openCommonSources(schemas)
  return {
    names: [...names, ...PARTNER_SOURCE_NAMES, ...PLAYER_SOURCE_NAMES],
    codecs: {
      ...codecs,
      'partner.profile.updated': await createCodec('partner.profile.updated', schemas),
      'partner.api-key.updated': await createCodec('partner.api-key.updated', schemas),
      'partner.webhook.updated': await createCodec('partner.webhook.updated', schemas),
      'partner.api-key.used': await createCodec('partner.api-key.used', schemas),
      'audit.entry.recorded': await createCodec('audit.entry.recorded', schemas),
      'player.profile.updated': await createCodec('player.profile.updated', schemas),
      'audit.wallet-entry.recorded': await createCodec('audit.wallet-entry.recorded', schemas),
    },
    letters: {
      ...letters,
      'partner.profile.updated': await openLetters('partner.profile.updated', schemas),
      'partner.api-key.updated': await openLetters('partner.api-key.updated', schemas),
      'partner.webhook.updated': await openLetters('partner.webhook.updated', schemas),
      'partner.api-key.used': await openLetters('partner.api-key.used', schemas),
      'audit.entry.recorded': await openLetters('audit.entry.recorded', schemas),
      'player.profile.updated': await openLetters('player.profile.updated', schemas),
      'audit.wallet-entry.recorded': await openLetters('audit.wallet-entry.recorded', schemas),
    },
  }
}
