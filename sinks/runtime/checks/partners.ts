/** Partners, keys, endpoints, game providers and the audit trail: the first reason for which no store can take a value, or undefined. */
import { isIP } from 'node:net'
import type {
  ApiKeyUpdated,
  ApiKeyUsed,
  AuditRecorded,
  GameProviderUpdated,
  GameUpdated,
  PartnerUpdated,
  WebhookUpdated,
} from '../../../avro/types.ts'
import { PLAYER_ID_CHARS_MAX } from '../../../domain/ids.ts'
import { PROVIDER_ID_CHARS_MAX } from '../../../domain/game-provider.ts'
import { GAME_ID_CHARS_MAX } from '../../../domain/ids.ts'
import { UNITS_PER_WHOLE } from '../../../domain/money.ts'
import {
  text,
  uuid,
  moment,
  amount,
  count,
  version,
  json,
  each,
  CURRENCY_CHARS,
  ERROR_CODE_CHARS_MAX,
} from './fields.ts'
import type { Check } from './fields.ts'

const PARTNER_NAME_CHARS_MAX = 100
const KEY_PREFIX_CHARS_MAX = 20
const KEY_HASH_CHARS_MAX = 255
const KEY_NAME_CHARS_MAX = 100
const PROVIDER_NAME_CHARS_MAX = 100
const GAME_NAME_CHARS_MAX = 255
const CATEGORY_CHARS_MAX = 50
const API_ENDPOINT_CHARS_MAX = 255
const ACTION_CHARS_MAX = 40
const SUBJECT_TYPE_CHARS_MAX = 20
type Settings = PartnerUpdated['data']['settings']

/** The first reason for which no store can take a partner, or undefined. */
export function partnerObjection({ data }: PartnerUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    text('name', data.name, PARTNER_NAME_CHARS_MAX) ??
    text('contact_email', data.contact_email, Infinity) ??
    text('contact_email_hash', data.contact_email_hash, Infinity) ??
    text('registration_number', data.registration_number, Infinity) ??
    text('address', data.address, Infinity) ??
    json('settings', settingsText(data.settings)) ??
    each(data.settings.auto_approvals, (limit) => amount('an auto-approval limit', limit.amount)) ??
    ratesObjection(data.commission_rates) ??
    version(data.version) ??
    moment('created_at', data.created_at) ??
    moment('updated_at', data.updated_at)
  )
}

/** All texts of the settings, as they will be escaped in JSON. */
const settingsText = ({ allowed_ips, auto_approvals, rate_limits, webhook_url }: Settings): string =>
  JSON.stringify([allowed_ips, auto_approvals.map(({ currency }) => currency), rate_limits, webhook_url])

/** Each is a share, and no two come into force at the same moment. */
function ratesObjection(rates: PartnerUpdated['data']['commission_rates']): Check {
  if (new Set(rates.map(({ effective_from }) => effective_from)).size < rates.length)
    return 'two commission rates come into force at the same moment'
  return each(
    rates,
    ({ rate, effective_from }) =>
      moment('effective_from', effective_from) ??
      (rate >= 0n && rate <= UNITS_PER_WHOLE ? undefined : 'a commission rate is not from 0 to 1'),
  )
}

/** The first reason for which no store can take an API key, or undefined. */
export function apiKeyObjection({ data }: ApiKeyUpdated): Check {
  return (
    uuid('key_id', data.key_id) ??
    uuid('partner_id', data.partner_id) ??
    uuid('replaced_by', data.replaced_by) ??
    text('key_prefix', data.key_prefix, KEY_PREFIX_CHARS_MAX) ??
    text('key_hash', data.key_hash, KEY_HASH_CHARS_MAX) ??
    text('name', data.name, KEY_NAME_CHARS_MAX) ??
    each(data.scopes, (scope) => text('a scope', scope, Infinity)) ??
    version(data.version) ??
    moment('expires_at', data.expires_at) ??
    moment('created_at', data.created_at) ??
    moment('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take a webhook endpoint, or undefined. */
export function webhookObjection({ data }: WebhookUpdated): Check {
  return (
    uuid('webhook_id', data.webhook_id) ??
    uuid('partner_id', data.partner_id) ??
    text('url', data.url, Infinity) ??
    each(data.event_types, (type) => text('an event type', type, Infinity)) ??
    text('description', data.description, Infinity) ??
    text('disabled_reason', data.disabled_reason, Infinity) ??
    version(data.version) ??
    moment('created_at', data.created_at) ??
    moment('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take a game provider, or undefined. */
export function gameProviderObjection({ data }: GameProviderUpdated): Check {
  return (
    text('provider_id', data.provider_id, PROVIDER_ID_CHARS_MAX) ??
    text('name', data.name, PROVIDER_NAME_CHARS_MAX) ??
    text('api_endpoint', data.api_endpoint, API_ENDPOINT_CHARS_MAX) ??
    each(data.supported_currencies, (code) => text('currency', code, CURRENCY_CHARS)) ??
    each(
      data.api_credentials,
      ({ name, sealed, created_at }) =>
        json('a credential', JSON.stringify([name, sealed])) ??
        moment('a credential’s created_at', created_at),
    ) ??
    version(data.version) ??
    moment('created_at', data.created_at) ??
    moment('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take a game, or undefined. */
export function gameObjection({ data }: GameUpdated): Check {
  return (
    text('game_id', data.game_id, GAME_ID_CHARS_MAX) ??
    text('provider_id', data.provider_id, PROVIDER_ID_CHARS_MAX) ??
    text('game_code', data.game_code, GAME_ID_CHARS_MAX) ??
    text('name', data.name, GAME_NAME_CHARS_MAX) ??
    text('category', data.category, CATEGORY_CHARS_MAX) ??
    each(data.features, (feature) => json('a feature', JSON.stringify(feature))) ??
    text('launch_url_template', data.launch_url_template, Infinity) ??
    text('thumbnail_url', data.thumbnail_url, Infinity) ??
    version(data.version) ??
    moment('created_at', data.created_at) ??
    moment('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take the use of an API key, or undefined. */
export const keyUseObjection = ({ data }: ApiKeyUsed): Check =>
  uuid('key_id', data.key_id) ?? moment('last_used_at', data.last_used_at)

/** The first reason for which no store can take an entry of the audit trail, or undefined. */
export function auditObjection({ event_id, data }: AuditRecorded): Check {
  const { actor } = data
  return (
    uuid('event_id', event_id) ??
    text('action', data.action, ACTION_CHARS_MAX) ??
    text('error_code', data.error_code, ERROR_CODE_CHARS_MAX) ??
    text('key_id', actor.key_id, Infinity) ??
    uuid('the partner_id of the actor', actor.partner_id) ??
    (actor.ip_address === null || isIP(actor.ip_address) !== 0 ? undefined : 'ip_address is no address') ??
    text('request_id', actor.request_id, Infinity) ??
    uuid('partner_id', data.partner_id) ??
    text('subject_type', data.subject_type, SUBJECT_TYPE_CHARS_MAX) ??
    uuid('subject_id', data.subject_id) ??
    json('before', data.before) ??
    json('after', data.after) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('reason', data.reason, Infinity) ??
    (data.version === null ? undefined : count('version', data.version)) ??
    moment('requested_at', data.requested_at)
  )
}
