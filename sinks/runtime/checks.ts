/**
 * What a record must be for every store to take it. Checked once, before any store sees the record, so that all sinks
 * turn away the same records and their sums stay equal; what only a store can find out is found by bisecting.
 */
import type { TopicValues } from '../../topics/catalogue.ts'
import {
  alertObjection,
  amlPlayerObjection,
  assessmentObjection,
  riskProfileObjection,
} from './checks/aml.ts'
import {
  apiKeyObjection,
  auditObjection,
  gameObjection,
  gameProviderObjection,
  keyUseObjection,
  partnerObjection,
  webhookObjection,
} from './checks/partners.ts'
import { settlementObjection, settlementTermsObjection } from './checks/settlement.ts'
import { balanceObjection, playerObjection, transactionObjection } from './checks/wallet.ts'
import type { Check } from './checks/fields.ts'
import type { AnySourceName } from './types.ts'

/** What is held against a value of each source. */
export const objections: { readonly [N in AnySourceName]: (value: TopicValues[N]) => Check } = {
  'wallet.transaction.created': transactionObjection,
  'wallet.balance': balanceObjection,
  'partner.profile.updated': partnerObjection,
  'partner.api-key.updated': apiKeyObjection,
  'partner.webhook.updated': webhookObjection,
  'game.provider.updated': gameProviderObjection,
  'game.updated': gameObjection,
  'partner.api-key.used': keyUseObjection,
  'audit.entry.recorded': auditObjection,
  'audit.wallet-entry.recorded': auditObjection,
  'audit.aml-entry.recorded': auditObjection,
  'audit.operation-entry.recorded': auditObjection,
  'player.profile.updated': playerObjection,
  'aml.transaction.assessed': assessmentObjection,
  'aml.risk-profile.updated': riskProfileObjection,
  'aml.player.updated': amlPlayerObjection,
  'aml.alert.created': alertObjection,
  'aml.alert.updated': alertObjection,
  'settlement.updated': settlementObjection,
  'settlement.terms.updated': settlementTermsObjection,
}
