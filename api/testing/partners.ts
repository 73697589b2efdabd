/** Partners and keys for tests. */
import type { ApiKey, AuditEntry, GameProvider, Partner, Webhook } from '../../avro/types.ts'

const COMMAND_ID = '019a1f0c-5f3e-7c4e-9c3c-000000000001'

export const partnerOf = (change: Partial<Partner> & Pick<Partner, 'partner_id'>): Partner => ({
  name: 'Lucky Spin',
  type: 'operator',
  status: 'active',
  commission_rates: [],
  contact_email: null,
  contact_email_hash: null,
  registration_number: null,
  address: null,
  settings: { allowed_ips: [], auto_approvals: [], rate_limits: [], webhook_url: null },
  version: 1,
  created_at: 0,
  updated_at: 0,
  command_id: COMMAND_ID,
  ...change,
})

export const apiKeyOf = (
  change: Partial<ApiKey> & Pick<ApiKey, 'partner_id' | 'key_id' | 'key_prefix' | 'key_hash'>,
): ApiKey => ({
  name: null,
  scopes: ['wallet:read'],
  expires_at: null,
  status: 'active',
  replaced_by: null,
  version: 1,
  created_at: 0,
  updated_at: 0,
  command_id: COMMAND_ID,
  ...change,
})

export const webhookOf = (
  change: Partial<Webhook> & Pick<Webhook, 'partner_id' | 'webhook_id'>,
): Webhook => ({
  url: 'https://partner.example/hooks',
  event_types: [],
  description: null,
  status: 'active',
  disabled_reason: null,
  secrets: [{ sealed: 'k1:sealed', created_at: 0, expires_at: null }],
  version: 1,
  created_at: 0,
  updated_at: 0,
  command_id: COMMAND_ID,
  ...change,
})

export const gameProviderOf = (
  change: Partial<GameProvider> & Pick<GameProvider, 'provider_id'>,
): GameProvider => ({
  name: `Provider ${change.provider_id}`,
  status: 'active',
  api_endpoint: 'https://api.provider.example',
  integration_type: 'rest',
  supported_currencies: ['EUR'],
  settings: { timeout_ms: 1_000, profile: 'standard' },
  api_credentials: [{ name: 'api_key', sealed: 'k1:sealed', created_at: 0 }],
  version: 1,
  created_at: 0,
  updated_at: 0,
  command_id: COMMAND_ID,
  ...change,
})

export const entryOf = (change: Partial<AuditEntry> & Pick<AuditEntry, 'partner_id'>): AuditEntry => ({
  action: 'CREATE_PARTNER',
  outcome: 'APPLIED',
  error_code: null,
  actor: { key_id: 'configured-admin', partner_id: null, ip_address: null, request_id: null },
  subject_type: 'partner',
  subject_id: change.partner_id,
  before: null,
  after: null,
  version: 1,
  requested_at: 0,
  player_id: null,
  reason: null,
  ...change,
})
