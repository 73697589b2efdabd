/** From the records of partner management to rows: pure, and of the same form as the rows of money. */
import type {
  ApiKeyUpdated,
  ApiKeyUsed,
  AuditRecorded,
  GameProviderUpdated,
  GameUpdated,
  Partner,
  PartnerUpdated,
  WebhookUpdated,
} from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import { keyIdOf } from '../../service/encryption.ts'
import type { SinkRecord } from '../runtime/types.ts'
import { amountOrNull, sorted, timeOf, timeOrNull } from './row-values.ts'

export type PlaceholderRow = ReturnType<typeof placeholderRow>
export type PartnerRow = ReturnType<typeof partnerRow>
export type ApiKeyRow = ReturnType<typeof apiKeyRow>
export type WebhookRow = ReturnType<typeof webhookRow>
export type GameProviderRow = ReturnType<typeof gameProviderRow>
export type GameRow = ReturnType<typeof gameRow>
export type KeyUseRow = ReturnType<typeof keyUseRow>
export type AuditRow = ReturnType<typeof auditRow>

/** Enough of a partner for others to refer to. */
export const placeholderRow = (id: string) => ({ id, name: `partner ${id}` })

/** The rate in force at a moment; nothing is due before the first one is. */
export function rateAt(rates: Partner['commission_rates'], atMs: number): bigint {
  const begun = rates.filter(({ effective_from }) => effective_from <= atMs)
  return begun.toSorted((a, b) => a.effective_from - b.effective_from).at(-1)?.rate ?? 0n
}

const settingsOf = ({ allowed_ips, auto_approvals, rate_limits, webhook_url }: Partner['settings']) => ({
  allowed_ips,
  auto_approvals: auto_approvals.map(({ currency, amount }) => ({ currency, amount: formatAmount(amount) })),
  rate_limits,
  webhook_url,
})

export const partnerRow = ({ data }: PartnerUpdated) => ({
  id: data.partner_id,
  name: data.name,
  type: data.type,
  status: data.status,
  commission_rate: formatAmount(rateAt(data.commission_rates, data.updated_at)),
  contact_email: data.contact_email,
  contact_email_hash: data.contact_email_hash,
  registration_number: data.registration_number,
  address: data.address,
  settings: settingsOf(data.settings),
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
  commission_rates: data.commission_rates.map(({ rate, effective_from }) => ({
    rate: formatAmount(rate),
    effective_from: timeOf(effective_from),
  })),
})

export const apiKeyRow = ({ data }: ApiKeyUpdated) => ({
  id: data.key_id,
  key_prefix: data.key_prefix,
  key_hash: data.key_hash,
  name: data.name,
  partner_id: data.partner_id,
  status: data.status,
  scopes: data.scopes,
  expires_at: timeOrNull(data.expires_at),
  replaced_by: data.replaced_by,
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
})

/** Without its secrets: of them it says which keys have sealed them, and so may not be taken away yet. */
export const webhookRow = ({ data }: WebhookUpdated) => ({
  id: data.webhook_id,
  partner_id: data.partner_id,
  url: data.url,
  event_types: data.event_types,
  description: data.description,
  status: data.status,
  disabled_reason: data.disabled_reason,
  secret_key_ids: data.secrets.map(({ sealed }) => keyIdOf(sealed) ?? 'unknown'),
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
})

/** Its credentials stay sealed: they are opened by who calls the provider, and by nobody else. */
export const gameProviderRow = ({ data }: GameProviderUpdated) => ({
  id: data.provider_id,
  name: data.name,
  api_endpoint: data.api_endpoint,
  api_credentials: JSON.stringify(
    data.api_credentials.map(({ name, sealed, created_at }) => ({
      name,
      sealed,
      created_at: timeOf(created_at),
    })),
  ),
  integration_type: data.integration_type,
  status: data.status,
  supported_currencies: data.supported_currencies,
  settings: data.settings,
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
})

export const gameRow = ({ data }: GameUpdated) => ({
  id: data.game_id,
  provider_id: data.provider_id,
  game_code: data.game_code,
  name: data.name,
  category: data.category,
  rtp: amountOrNull(data.rtp),
  volatility: data.volatility,
  features: data.features,
  status: data.status,
  launch_url_template: data.launch_url_template,
  thumbnail_url: data.thumbnail_url,
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
})

export const keyUseRow = ({ data }: ApiKeyUsed) => ({
  id: data.key_id,
  last_used_at: timeOf(data.last_used_at),
})

export const auditRow = ({ event_id, data }: AuditRecorded) => ({
  id: event_id,
  action: data.action,
  outcome: data.outcome,
  error_code: data.error_code,
  actor_key_id: data.actor.key_id,
  actor_partner_id: data.actor.partner_id,
  // INET has no zone ("%eth0"); it means something on the machine of that connection only.
  actor_ip: data.actor.ip_address?.replace(/%.*$/, '') ?? null,
  request_id: data.actor.request_id,
  partner_id: data.partner_id,
  subject_type: data.subject_type,
  subject_id: data.subject_id,
  before: data.before,
  after: data.after,
  version: data.version,
  requested_at: timeOf(data.requested_at),
  player_id: data.player_id,
  reason: data.reason,
})

export interface PartnerRows {
  partners: PartnerRow[]
  apiKeys: ApiKeyRow[]
  webhooks: WebhookRow[]
  gameProviders: GameProviderRow[]
  games: GameRow[]
  keyUses: KeyUseRow[]
  /** Keys of which the batch tells anything: their last use is brought up to date. */
  touchedKeys: { id: string }[]
  auditEntries: AuditRow[]
}

/** Gathers the rows of a batch, one per key: of several states of a partner or key the newest, of several uses the last. */
export function gatherPartnerRows(partnerIds: Set<string>) {
  const partners = new Map<string, PartnerRow>()
  const apiKeys = new Map<string, ApiKeyRow>()
  const webhooks = new Map<string, WebhookRow>()
  const gameProviders = new Map<string, GameProviderRow>()
  const games = new Map<string, GameRow>()
  const keyUses = new Map<string, KeyUseRow>()
  const auditEntries = new Map<string, AuditRow>()
  return {
    addPartner: ({ value }: SinkRecord<PartnerUpdated>): void => {
      const row = partnerRow(value)
      partnerIds.add(row.id)
      if ((partners.get(row.id)?.version ?? 0) <= row.version) partners.set(row.id, row)
    },
    addApiKey: ({ value }: SinkRecord<ApiKeyUpdated>): void => {
      const row = apiKeyRow(value)
      partnerIds.add(row.partner_id)
      if ((apiKeys.get(row.id)?.version ?? 0) <= row.version) apiKeys.set(row.id, row)
    },
    addWebhook: ({ value }: SinkRecord<WebhookUpdated>): void => {
      const row = webhookRow(value)
      partnerIds.add(row.partner_id)
      if ((webhooks.get(row.id)?.version ?? 0) <= row.version) webhooks.set(row.id, row)
    },
    addGameProvider: ({ value }: SinkRecord<GameProviderUpdated>): void => {
      const row = gameProviderRow(value)
      if ((gameProviders.get(row.id)?.version ?? 0) <= row.version) gameProviders.set(row.id, row)
    },
    addGame: ({ value }: SinkRecord<GameUpdated>): void => {
      const row = gameRow(value)
      if ((games.get(row.id)?.version ?? 0) <= row.version) games.set(row.id, row)
    },
    addKeyUse: ({ value }: SinkRecord<ApiKeyUsed>): void => {
      const row = keyUseRow(value)
      if ((keyUses.get(row.id)?.last_used_at ?? '') <= row.last_used_at) keyUses.set(row.id, row)
    },
    addAuditEntry: ({ value }: SinkRecord<AuditRecorded>): void => {
      auditEntries.set(value.event_id, auditRow(value))
    },
    rows: (): PartnerRows => ({
      partners: sorted(partners.values()),
      apiKeys: sorted(apiKeys.values()),
      webhooks: sorted(webhooks.values()),
      gameProviders: sorted(gameProviders.values()),
      games: sorted(games.values()),
      keyUses: sorted(keyUses.values()),
      touchedKeys: sorted([...new Set([...apiKeys.keys(), ...keyUses.keys()])].map((id) => ({ id }))),
      auditEntries: [...auditEntries.values()],
    }),
  }
}
