/** What PostgreSQL holds: money, as every sink, alerts, and partners, players and risk profiles, which it alone reads. */
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { openCommonSources, openLetters } from '../runtime/sources.ts'
import type { SinkSources } from '../runtime/sources.ts'
import {
  ALERT_SOURCE_NAMES,
  PARTNER_SOURCE_NAMES,
  PLAYER_SOURCE_NAMES,
  RISK_SOURCE_NAMES,
  SETTLEMENT_SOURCE_NAMES,
} from '../runtime/types.ts'
import type { AnySourceName } from '../runtime/types.ts'

export type PostgresSource = Exclude<AnySourceName, 'aml.transaction.assessed'>

export async function openPostgresSources(schemas: SchemaSource): Promise<SinkSources<PostgresSource>> {
  const { names, codecs, letters } = await openCommonSources(schemas)
  return {
    names: [
      ...names,
      ...PARTNER_SOURCE_NAMES,
      ...PLAYER_SOURCE_NAMES,
      ...ALERT_SOURCE_NAMES,
      ...RISK_SOURCE_NAMES,
      ...SETTLEMENT_SOURCE_NAMES,
    ],
    codecs: {
      ...codecs,
      'partner.profile.updated': await createCodec('partner.profile.updated', schemas),
      'partner.api-key.updated': await createCodec('partner.api-key.updated', schemas),
      'partner.webhook.updated': await createCodec('partner.webhook.updated', schemas),
      'game.provider.updated': await createCodec('game.provider.updated', schemas),
      'game.updated': await createCodec('game.updated', schemas),
      'partner.api-key.used': await createCodec('partner.api-key.used', schemas),
      'audit.entry.recorded': await createCodec('audit.entry.recorded', schemas),
      'player.profile.updated': await createCodec('player.profile.updated', schemas),
      'audit.wallet-entry.recorded': await createCodec('audit.wallet-entry.recorded', schemas),
      'audit.aml-entry.recorded': await createCodec('audit.aml-entry.recorded', schemas),
      'audit.operation-entry.recorded': await createCodec('audit.operation-entry.recorded', schemas),
      'aml.alert.created': await createCodec('aml.alert.created', schemas),
      'aml.alert.updated': await createCodec('aml.alert.updated', schemas),
      'aml.risk-profile.updated': await createCodec('aml.risk-profile.updated', schemas),
      'aml.player.updated': await createCodec('aml.player.updated', schemas),
      'settlement.updated': await createCodec('settlement.updated', schemas),
      'settlement.terms.updated': await createCodec('settlement.terms.updated', schemas),
    },
    letters: {
      ...letters,
      'partner.profile.updated': await openLetters('partner.profile.updated', schemas),
      'partner.api-key.updated': await openLetters('partner.api-key.updated', schemas),
      'partner.webhook.updated': await openLetters('partner.webhook.updated', schemas),
      'game.provider.updated': await openLetters('game.provider.updated', schemas),
      'game.updated': await openLetters('game.updated', schemas),
      'partner.api-key.used': await openLetters('partner.api-key.used', schemas),
      'audit.entry.recorded': await openLetters('audit.entry.recorded', schemas),
      'player.profile.updated': await openLetters('player.profile.updated', schemas),
      'audit.wallet-entry.recorded': await openLetters('audit.wallet-entry.recorded', schemas),
      'audit.aml-entry.recorded': await openLetters('audit.aml-entry.recorded', schemas),
      'audit.operation-entry.recorded': await openLetters('audit.operation-entry.recorded', schemas),
      'aml.alert.created': await openLetters('aml.alert.created', schemas),
      'aml.alert.updated': await openLetters('aml.alert.updated', schemas),
      'aml.risk-profile.updated': await openLetters('aml.risk-profile.updated', schemas),
      'aml.player.updated': await openLetters('aml.player.updated', schemas),
      'settlement.updated': await openLetters('settlement.updated', schemas),
      'settlement.terms.updated': await openLetters('settlement.terms.updated', schemas),
    },
  }
}
