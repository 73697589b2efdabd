/**
 * The SQL of partner management. As all statements of the sink they take one JSON array of rows and can be repeated at
 * will. What belongs to a partner as a whole (its rates, its networks) is brought in line with the version that its row
 * has by then: rows that are as they should be are left alone, and those of an older version are not looked at.
 */
import { columnsOf } from './columns.ts'

/** A partner that nobody has described yet: enough of a row for wallets and keys to refer to. */
export const INSERT_PLACEHOLDERS = `
INSERT INTO partners (id, name, type)
SELECT id, name, 'operator' FROM json_to_recordset($1::json) AS row (id uuid, name text)
ON CONFLICT (id) DO NOTHING`

const PARTNER = columnsOf({
  id: 'uuid',
  name: 'text',
  type: 'text',
  status: 'text',
  commission_rate: 'numeric',
  contact_email: 'text',
  contact_email_hash: 'text',
  registration_number: 'text',
  address: 'text',
  settings: 'jsonb',
  version: 'int',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
})

/**
 * An address may pass from one partner to another, and compaction may have removed the record in which it was given up:
 * then the one that follows is still to come. The log never has two owners, so the newer record is right.
 */
export const RELEASE_ADDRESSES = `
UPDATE partners AS held SET contact_email_hash = NULL
FROM json_to_recordset($1::json) AS row (${PARTNER.definition})
JOIN partners AS taker ON taker.id = row.id
WHERE held.contact_email_hash = row.contact_email_hash AND held.id <> row.id AND row.version > taker.version`

/** Every partner of a batch has a row by now, be it a placeholder (version 0). */
export const UPDATE_PARTNERS = `
UPDATE partners AS held SET (${PARTNER.names}) = ROW (${PARTNER.of('row')})
FROM json_to_recordset($1::json) AS row (${PARTNER.definition})
WHERE held.id = row.id AND row.version > held.version`

/** The rows whose version is the one that is stored, which is the newest. */
const newest = (definition: string): string => `
  json_to_recordset($1::json) AS row (id uuid, version int, ${definition})
  JOIN partners AS partner ON partner.id = row.id AND partner.version = row.version`

const WITH_RATES = `${newest('commission_rates json')}
  CROSS JOIN LATERAL json_to_recordset(row.commission_rates) AS wanted (rate numeric, effective_from timestamptz)`

export const DELETE_RATES = `
DELETE FROM partner_commission_rates AS held
USING ${newest('commission_rates json')}
WHERE held.partner_id = row.id AND held.effective_from NOT IN (
  SELECT effective_from FROM json_to_recordset(row.commission_rates) AS wanted (effective_from timestamptz))`

export const UPSERT_RATES = `
INSERT INTO partner_commission_rates AS held (partner_id, rate, effective_from)
SELECT row.id, wanted.rate, wanted.effective_from FROM ${WITH_RATES}
ON CONFLICT (partner_id, effective_from) DO UPDATE SET rate = excluded.rate WHERE held.rate <> excluded.rate`

/** CIDR refuses an address with bits behind its prefix; what is meant is its network. */
const NETWORKS = `
  SELECT network(wanted::inet) FROM json_array_elements_text(row.settings -> 'allowed_ips') AS wanted`

export const DELETE_NETWORKS = `
DELETE FROM ip_whitelist AS held
USING ${newest('settings json')}
WHERE held.partner_id = row.id AND held.ip_address NOT IN (${NETWORKS})`

export const INSERT_NETWORKS = `
INSERT INTO ip_whitelist (partner_id, ip_address, created_at)
SELECT row.id, wanted.network, partner.updated_at
FROM ${newest('settings json')} CROSS JOIN LATERAL (${NETWORKS}) AS wanted (network)
ON CONFLICT (partner_id, ip_address) DO NOTHING`

const API_KEY = columnsOf({
  id: 'uuid',
  key_prefix: 'text',
  key_hash: 'text',
  name: 'text',
  partner_id: 'uuid',
  status: 'text',
  scopes: 'jsonb',
  expires_at: 'timestamptz',
  replaced_by: 'uuid',
  version: 'int',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
})

export const UPSERT_API_KEYS = `
INSERT INTO api_keys (${API_KEY.names})
SELECT ${API_KEY.names} FROM json_to_recordset($1::json) AS row (${API_KEY.definition})
ON CONFLICT (id) DO UPDATE SET (${API_KEY.names}) = ROW (${API_KEY.of('excluded')})
WHERE excluded.version > api_keys.version`

const WEBHOOK = columnsOf({
  id: 'uuid',
  partner_id: 'uuid',
  url: 'text',
  event_types: 'jsonb',
  description: 'text',
  status: 'text',
  disabled_reason: 'text',
  secret_key_ids: 'jsonb',
  version: 'int',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
})

/** A row that was written before the keys of its secrets were noted is completed by the same version. */
export const UPSERT_WEBHOOKS = `
INSERT INTO webhooks (${WEBHOOK.names})
SELECT ${WEBHOOK.names} FROM json_to_recordset($1::json) AS row (${WEBHOOK.definition})
ON CONFLICT (id) DO UPDATE SET (${WEBHOOK.names}) = ROW (${WEBHOOK.of('excluded')})
WHERE excluded.version > webhooks.version
  OR (excluded.version = webhooks.version AND webhooks.secret_key_ids IS NULL)`

const GAME_PROVIDER = columnsOf({
  id: 'text',
  name: 'text',
  api_endpoint: 'text',
  api_credentials: 'text',
  integration_type: 'text',
  status: 'text',
  supported_currencies: 'jsonb',
  settings: 'jsonb',
  version: 'int',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
})

/**
 * As with addresses, a name may pass to another provider before the record that gives it up is read. A column that can't be
 * NULL holds what nobody is called until that record comes.
 */
export const RELEASE_PROVIDER_NAMES = `
UPDATE game_providers AS held SET name = gen_random_uuid()::text
FROM json_to_recordset($1::json) AS row (${GAME_PROVIDER.definition})
LEFT JOIN game_providers AS taker ON taker.id = row.id
WHERE held.name = row.name AND held.id <> row.id AND row.version > coalesce(taker.version, 0)`

export const UPSERT_GAME_PROVIDERS = `
INSERT INTO game_providers (${GAME_PROVIDER.names})
SELECT ${GAME_PROVIDER.names} FROM json_to_recordset($1::json) AS row (${GAME_PROVIDER.definition})
ON CONFLICT (id) DO UPDATE SET (${GAME_PROVIDER.names}) = ROW (${GAME_PROVIDER.of('excluded')})
WHERE excluded.version > game_providers.version`

const GAME = columnsOf({
  id: 'text',
  provider_id: 'text',
  game_code: 'text',
  name: 'text',
  category: 'text',
  rtp: 'numeric',
  volatility: 'text',
  features: 'jsonb',
  status: 'text',
  launch_url_template: 'text',
  thumbnail_url: 'text',
  version: 'int',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
})

/** A game may be read before its provider: that stands there under a random name until its own record comes. */
export const INSERT_MISSING_PROVIDERS = `
INSERT INTO game_providers (id, name, supported_currencies, settings, version)
SELECT DISTINCT provider_id, gen_random_uuid()::text, '[]'::jsonb, '{}'::jsonb, 0
FROM json_to_recordset($1::json) AS row (${GAME.definition})
ON CONFLICT (id) DO NOTHING`

/** As with names of providers: a code may pass to another game before the record that gives it up is read. */
export const RELEASE_GAME_CODES = `
UPDATE games AS held SET game_code = gen_random_uuid()::text
FROM json_to_recordset($1::json) AS row (${GAME.definition})
LEFT JOIN games AS taker ON taker.id = row.id
WHERE held.provider_id = row.provider_id AND held.game_code = row.game_code AND held.id <> row.id
  AND row.version > coalesce(taker.version, 0)`

export const UPSERT_GAMES = `
INSERT INTO games (${GAME.names})
SELECT ${GAME.names} FROM json_to_recordset($1::json) AS row (${GAME.definition})
ON CONFLICT (id) DO UPDATE SET (${GAME.names}) = ROW (${GAME.of('excluded')})
WHERE excluded.version > games.version`

/**
 * Keys and uses may be written by two instances at once, each of which would not see what the other is about to commit:
 * the use would stay hidden until the next one. So whoever writes either waits for the other to end.
 */
export const LOCK_KEY_USES = `SELECT pg_advisory_xact_lock(hashtextextended('uses of keys of ' || current_schema, 0))`

export const UPSERT_KEY_USES = `
INSERT INTO api_key_uses AS held (key_id, last_used_at)
SELECT id, last_used_at FROM json_to_recordset($1::json) AS row (id uuid, last_used_at timestamptz)
ON CONFLICT (key_id) DO UPDATE SET last_used_at = greatest(held.last_used_at, excluded.last_used_at)
WHERE excluded.last_used_at > held.last_used_at`

/** Shows the last use in the key's row, whichever of the two came first. */
export const SHOW_KEY_USES = `
UPDATE api_keys AS held SET last_used_at = used.last_used_at
FROM json_to_recordset($1::json) AS row (id uuid)
JOIN api_key_uses AS used ON used.key_id = row.id
WHERE held.id = row.id AND held.last_used_at IS DISTINCT FROM used.last_used_at`

const AUDIT = columnsOf(
  {
    id: 'uuid',
    action: 'text',
    outcome: 'text',
    error_code: 'text',
    actor_key_id: 'text',
    actor_partner_id: 'uuid',
    actor_ip: 'inet',
    request_id: 'text',
    partner_id: 'uuid',
    subject_type: 'text',
    subject_id: 'uuid',
    before: 'text',
    after: 'text',
    version: 'bigint',
    requested_at: 'timestamptz',
    player_id: 'text',
    reason: 'text',
  },
  ['before', 'after'],
)

export const INSERT_AUDIT_ENTRIES = `
INSERT INTO audit_log (${AUDIT.names})
SELECT ${AUDIT.values} FROM json_to_recordset($1::json) AS row (${AUDIT.definition})
ON CONFLICT (id) DO NOTHING`
