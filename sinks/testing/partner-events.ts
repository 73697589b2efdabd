/** Partners, keys, their uses and the audit trail as partner management writes them, for the tests of the sinks. */
import { randomUUID } from 'node:crypto'
import type {
  ApiKey,
  ApiKeyUpdated,
  ApiKeyUsed,
  AuditEntry,
  AuditRecorded,
  Game,
  GameProvider,
  GameProviderUpdated,
  GameUpdated,
  Partner,
  PartnerUpdated,
  Webhook,
  WebhookUpdated,
} from '../../avro/types.ts'

export const NOW_MS = Date.UTC(2026, 10, 22, 12, 30, 15, 123)
export const DAY_MS = 86_400_000

const message = (event_type: string) => ({ event_id: randomUUID(), event_type, timestamp: NOW_MS + 5 })

/** A partner in which every field has a value, changed as asked. */
export const aPartner = (change: Partial<Partner> = {}): PartnerUpdated => ({
  ...message('partner.updated'),
  data: {
    partner_id: randomUUID(),
    name: 'Casino "€" \\ Ltd',
    type: 'aggregator',
    status: 'active',
    commission_rates: [
      { rate: 1_250n, effective_from: NOW_MS - 30 * DAY_MS },
      { rate: 2_000n, effective_from: NOW_MS - DAY_MS },
      { rate: 10_000n, effective_from: NOW_MS + DAY_MS },
    ],
    contact_email: `k1:${'e'.repeat(400)}`,
    contact_email_hash: randomUUID(),
    registration_number: `k1:${'r'.repeat(100)}`,
    address: 'k1:sealed.address',
    settings: {
      allowed_ips: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'],
      auto_approvals: [{ currency: 'EUR', amount: 999_999_999_999_999_9999n }],
      rate_limits: [{ endpoint_class: 'wallet', per_minute: 6_000 }],
      webhook_url: 'https://partner.example/hook?a="1"',
    },
    version: 1,
    created_at: NOW_MS - DAY_MS,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  },
})

/** The next version of a partner, a minute later. */
export const aChange = ({ data }: PartnerUpdated, change: Partial<Partner>): PartnerUpdated =>
  aPartner({ ...data, version: data.version + 1, updated_at: data.updated_at + 60_000, ...change })

/** The settings of a partner with another list of networks. */
export const withAllowed = ({ data }: PartnerUpdated, ...allowed_ips: string[]): Partial<Partner> => ({
  settings: { ...data.settings, allowed_ips },
})

/** A key in which every field has a value, changed as asked. */
export const anApiKey = (change: Partial<ApiKey> = {}): ApiKeyUpdated => ({
  ...message('api-key.updated'),
  data: {
    key_id: randomUUID(),
    key_prefix: `sk_live_${randomUUID().slice(0, 8)}`,
    key_hash: 'aGFzaA==',
    name: "the partner's \\ key",
    scopes: ['wallet:read', 'wallet:write'],
    expires_at: NOW_MS + 365 * DAY_MS,
    partner_id: randomUUID(),
    status: 'active',
    replaced_by: randomUUID(),
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  },
})

/** A webhook endpoint in which every field has a value, changed as asked. */
export const aWebhook = (change: Partial<Webhook> = {}): WebhookUpdated => ({
  ...message('webhook.updated'),
  data: {
    webhook_id: randomUUID(),
    partner_id: randomUUID(),
    url: 'https://partner.example/hook?a="1"',
    event_types: ['transaction.created', 'transaction.updated'],
    description: 'the "ledger" \\',
    status: 'disabled',
    disabled_reason: 'REQUESTED',
    secrets: [{ sealed: 'k1:AAAA.AAAA.AAAA', created_at: NOW_MS, expires_at: null }],
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  },
})

/** A game provider in which every field has a value, changed as asked. */
export const aGameProvider = (change: Partial<GameProvider> = {}): GameProviderUpdated => ({
  ...message('provider.updated'),
  data: {
    provider_id: `provider-${randomUUID()}`,
    name: `The "${randomUUID()}" \\`,
    status: 'maintenance',
    api_endpoint: 'https://api.provider.example/v1',
    integration_type: 'seamless',
    supported_currencies: ['EUR', 'USD'],
    settings: { timeout_ms: 2_500, profile: 'studio' },
    api_credentials: [
      { name: 'api_key', sealed: 'k1:AAAA.AAAA.AAAA', created_at: NOW_MS },
      { name: 'webhook_secret', sealed: 'k2:BBBB.BBBB.BBBB', created_at: NOW_MS + 1 },
    ],
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  },
})

/** A game in which every field has a value, changed as asked. */
export const aGame = (change: Partial<Game> = {}): GameUpdated => ({
  ...message('game.updated'),
  data: {
    game_id: `game-${randomUUID()}`,
    provider_id: `provider-${randomUUID()}`,
    game_code: `code-${randomUUID()}`,
    name: 'Lucky Sevens',
    category: 'slots',
    rtp: 9_650n,
    volatility: 'high',
    features: ['free_spins', 'bonus "round"'],
    status: 'active',
    launch_url_template: 'https://play.example/{session_token}',
    thumbnail_url: 'https://play.example/lucky.png',
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  },
})

/** The next version of a game provider. */
export const aProviderChange = (
  { data }: GameProviderUpdated,
  change: Partial<GameProvider>,
): GameProviderUpdated => aGameProvider({ ...data, version: data.version + 1, ...change })

/** A use of a key, so many milliseconds after it was issued. */
export const aUse = ({ data }: ApiKeyUpdated, afterMs: number): ApiKeyUsed => ({
  ...message('api-key.used'),
  data: { key_id: data.key_id, partner_id: data.partner_id, last_used_at: NOW_MS + afterMs },
})

/** An entry of the audit trail in which every field has a value, changed as asked. */
export const anAuditEntry = (change: Partial<AuditEntry> = {}): AuditRecorded => ({
  ...message('audit.entry'),
  data: {
    action: 'UPDATE_PARTNER',
    outcome: 'REFUSED',
    error_code: 'VERSION_CONFLICT',
    actor: {
      key_id: 'configured-admin',
      partner_id: randomUUID(),
      ip_address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
      request_id: 'req "1"',
    },
    partner_id: randomUUID(),
    subject_type: 'partner',
    subject_id: randomUUID(),
    before: '{"name": "\\u20ac \\" \\\\u0000", "amount": 12345678901234567890.10}',
    after: '{"name": null}',
    version: 7,
    requested_at: NOW_MS,
    player_id: null,
    reason: null,
    ...change,
  },
})
