/**
 * What the parts of a command have to be before the rules look at them. The API lets nothing else through, but anyone with
 * a producer can write to the topic; what is refused here becomes a dead letter.
 */
import type {
  Actor,
  CommissionRate,
  NewAmlRules,
  NewApiKey,
  NewGame,
  NewGameProvider,
  PartnerCommand,
  PartnerCommandData,
  PartnerProfile,
  PartnerSettings,
  SealedCredential,
  WebhookSettings,
} from '../../avro/types.ts'
import { isCurrency } from '../../domain/currencies.ts'
import { endsRules } from '../../domain/aml/rules-versions.ts'
import { PROVIDER_TIMEOUT_MS_MAX, PROVIDER_TIMEOUT_MS_MIN, isProviderId } from '../../domain/game-provider.ts'
import { GAME_ID_CHARS_MAX, PLATFORM_ID, isPartnerId, isUuid } from '../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import {
  ACTOR_CHARS_MAX,
  ALLOWED_IPS_MAX,
  API_ENDPOINT_CHARS_MAX,
  AML_RULES_CHARS_MAX,
  AML_RULES_NOTE_CHARS_MAX,
  AUTO_APPROVALS_MAX,
  CREDENTIALS_MAX,
  EVENT_TYPES_MAX,
  GAME_FEATURES_MAX,
  GAME_NAME_CHARS_MAX,
  GAME_URL_CHARS_MAX,
  HASH_CHARS_MAX,
  NAME_CHARS_MAX,
  NETWORK_CHARS_MAX,
  RATES_MAX,
  RATE_LIMITS_MAX,
  RATE_UNITS_MAX,
  SCOPES_MAX,
  SEALED_CHARS_MAX,
  SUPPORTED_CURRENCIES_MAX,
  TIME_MS_MAX,
  URL_CHARS_MAX,
  WEBHOOK_TEXT_CHARS_MAX,
  WORD_CHARS_MAX,
} from './limits.ts'

/** What is wrong, or undefined where nothing is. */
export type Fault = string | undefined

const KEY_PREFIX = /^sk_(live|test)_[A-Za-z0-9_-]{8}$/
/** Nothing that a form or a table shows; NUL can't be stored in PostgreSQL at all. */
const CONTROL = /\p{Cc}/u

const isTime = (value: number): boolean => value >= 0 && value <= TIME_MS_MAX

function faultOfText(name: string, text: string | null, charsMax: number): Fault {
  if (text === null) return undefined
  if (text === '') return `${name} is empty`
  if (text.length > charsMax) return `${name} has more than ${charsMax} characters`
  return CONTROL.test(text) ? `${name} holds control characters` : undefined
}

/** A list of texts, each there once. */
function faultOfWords(name: string, words: readonly string[], wordsMax: number, charsMax: number): Fault {
  if (words.length > wordsMax) return `${name} has more than ${wordsMax} items`
  if (new Set(words).size < words.length) return `${name} holds an item twice`
  return firstFault(words, (word) => faultOfText(`an item of ${name}`, word, charsMax))
}

function firstFault<T>(items: readonly T[], faultOf: (item: T, at: number) => Fault): Fault {
  for (const [at, item] of items.entries()) {
    const fault = faultOf(item, at)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfRates(rates: readonly CommissionRate[]): Fault {
  if (rates.length > RATES_MAX) return `commission_rates has more than ${RATES_MAX} items`
  return firstFault(rates, ({ rate, effective_from: from }, at) => {
    if (rate < 0n || rate > RATE_UNITS_MAX) return 'a commission rate is not within 0 and 1'
    if (!isTime(from)) return 'effective_from is out of range'
    const before = rates[at - 1]
    return before !== undefined && before.effective_from >= from
      ? 'commission_rates do not rise by effective_from'
      : undefined
  })
}

const faultOfSettings = (settings: PartnerSettings): Fault =>
  faultOfWords('allowed_ips', settings.allowed_ips, ALLOWED_IPS_MAX, NETWORK_CHARS_MAX) ??
  faultOfWords(
    'auto_approvals',
    settings.auto_approvals.map(({ currency }) => currency),
    AUTO_APPROVALS_MAX,
    WORD_CHARS_MAX,
  ) ??
  firstFault(settings.auto_approvals, ({ currency, amount }) => {
    if (!isCurrency(currency)) return 'currency is not an ISO 4217 code in use'
    return amount < 0n || amount > AMOUNT_UNITS_MAX ? 'amount is not within 0 and NUMERIC(19,4)' : undefined
  }) ??
  faultOfWords(
    'rate_limits',
    settings.rate_limits.map(({ endpoint_class: name }) => name),
    RATE_LIMITS_MAX,
    WORD_CHARS_MAX,
  ) ??
  firstFault(settings.rate_limits, ({ per_minute: perMinute }) =>
    perMinute < 0 ? 'per_minute is negative' : undefined,
  ) ??
  faultOfText('webhook_url', settings.webhook_url, URL_CHARS_MAX)

/** An address without its hash would not be unique, and a hash without an address would keep it from others. */
const faultOfContact = (profile: PartnerProfile): Fault =>
  (profile.contact_email === null) === (profile.contact_email_hash === null)
    ? undefined
    : 'contact_email and contact_email_hash do not come together'

/** What is wrong with a profile. */
export const faultOfProfile = (profile: PartnerProfile): Fault =>
  faultOfText('name', profile.name, NAME_CHARS_MAX) ??
  faultOfContact(profile) ??
  faultOfText('contact_email', profile.contact_email, SEALED_CHARS_MAX) ??
  faultOfText('contact_email_hash', profile.contact_email_hash, HASH_CHARS_MAX) ??
  faultOfText('registration_number', profile.registration_number, SEALED_CHARS_MAX) ??
  faultOfText('address', profile.address, SEALED_CHARS_MAX) ??
  faultOfRates(profile.commission_rates) ??
  faultOfSettings(profile.settings)

/** What is wrong with a key to be issued. */
export function faultOfNewKey(key: NewApiKey): Fault {
  if (!isUuid(key.key_id)) return 'key_id is not a canonical UUID'
  if (!KEY_PREFIX.test(key.key_prefix)) return 'key_prefix is not sk_live_ or sk_test_ and eight characters'
  if (key.expires_at !== null && !isTime(key.expires_at)) return 'expires_at is out of range'
  return (
    faultOfText('key_hash', key.key_hash, HASH_CHARS_MAX) ??
    faultOfText('name', key.name, NAME_CHARS_MAX) ??
    faultOfWords('scopes', key.scopes, SCOPES_MAX, WORD_CHARS_MAX)
  )
}

/** What is wrong with the id of a key that a command concerns. */
export const faultOfKeyId = (keyId: string): Fault =>
  isUuid(keyId) ? undefined : 'key_id is not a canonical UUID'

/** What is wrong with the end of a key. */
export const faultOfEnd = (atMs: number): Fault =>
  isTime(atMs) ? undefined : 'old_key_expires_at is out of range'

/** What is wrong with the id of a webhook endpoint. */
export const faultOfWebhookId = (webhookId: string): Fault =>
  isUuid(webhookId) ? undefined : 'webhook_id is not a canonical UUID'

/** What is wrong with the id of a delivery that is sent again. */
export const faultOfDeliveryId = (deliveryId: string): Fault =>
  isUuid(deliveryId) ? undefined : 'delivery_id is not a canonical UUID'

/** What is wrong with the moment from which on deliveries are sent again. */
export const faultOfReplayStart = (atMs: number): Fault =>
  isTime(atMs) ? undefined : 'replay_from is out of range'

/** What is wrong with a sealed secret. */
export const faultOfSecret = (sealed: string): Fault =>
  faultOfText('webhook_secret', sealed, SEALED_CHARS_MAX)

/** What is wrong with the end of a secret. */
export const faultOfSecretEnd = (atMs: number): Fault =>
  isTime(atMs) ? undefined : 'old_secret_expires_at is out of range'

const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** What is wrong with the settings of a webhook endpoint. */
export function faultOfWebhook(settings: WebhookSettings): Fault {
  const { url, status, disabled_reason: reason } = settings
  const fault =
    faultOfText('url', url, URL_CHARS_MAX) ??
    faultOfWords('event_types', settings.event_types, EVENT_TYPES_MAX, WORD_CHARS_MAX) ??
    faultOfText('description', settings.description, WEBHOOK_TEXT_CHARS_MAX) ??
    faultOfText('disabled_reason', reason, WEBHOOK_TEXT_CHARS_MAX)
  if (fault !== undefined) return fault
  if (!isWebAddress(url)) return 'url is no web address'
  if (status === 'deleted') return 'status is deleted, which DELETE_WEBHOOK alone makes it'
  return status === 'active' && reason !== null ? 'disabled_reason of an active endpoint' : undefined
}

/** What is wrong with a version of the AML rules that is to be published; the document itself is for the rules to judge. */
export function faultOfAmlRules(
  { status, rules, note }: NewAmlRules,
  { partnerId, actor }: { partnerId: string; actor: Actor },
): Fault {
  if (endsRules(status) !== (rules === null))
    return rules === null ? `${status} without rules` : `${status} with rules`
  if (rules !== null && rules.length > AML_RULES_CHARS_MAX)
    return `rules has more than ${AML_RULES_CHARS_MAX} characters`
  if (actor.partner_id !== null && actor.partner_id !== partnerId)
    return 'a partner’s key publishes rules of another owner'
  return faultOfText('note', note, AML_RULES_NOTE_CHARS_MAX)
}

/** What is wrong with the id of a game provider. */
export const faultOfProviderId = (providerId: string): Fault =>
  isProviderId(providerId) ? undefined : 'provider_id is not of lower-case letters, digits and dashes'

/** What is wrong with the sealed credentials of a game provider. */
export const faultOfCredentials = (credentials: readonly SealedCredential[]): Fault =>
  faultOfWords(
    'provider_credentials',
    credentials.map(({ name }) => name),
    CREDENTIALS_MAX,
    WORD_CHARS_MAX,
  ) ?? firstFault(credentials, ({ sealed }) => faultOfText('a credential', sealed, SEALED_CHARS_MAX))

/** What is wrong with a game provider that is to be put in place. */
export function faultOfProvider(provider: NewGameProvider): Fault {
  const { name, api_endpoint: endpoint, supported_currencies: currencies, settings } = provider
  const fault =
    faultOfText('name', name, NAME_CHARS_MAX) ??
    faultOfText('api_endpoint', endpoint, API_ENDPOINT_CHARS_MAX) ??
    faultOfWords('supported_currencies', currencies, SUPPORTED_CURRENCIES_MAX, WORD_CHARS_MAX)
  if (fault !== undefined) return fault
  if (!isWebAddress(endpoint)) return 'api_endpoint is no web address'
  if (!currencies.every(isCurrency)) return 'supported_currencies holds what is no ISO 4217 code in use'
  const { timeout_ms: timeoutMs } = settings
  return timeoutMs < PROVIDER_TIMEOUT_MS_MIN || timeoutMs > PROVIDER_TIMEOUT_MS_MAX
    ? `timeout_ms is not within ${PROVIDER_TIMEOUT_MS_MIN} and ${PROVIDER_TIMEOUT_MS_MAX}`
    : undefined
}

/** What is wrong with a game that is to be put in place. */
export function faultOfGame(gameId: string, game: NewGame): Fault {
  const { game_code: code, name, category, rtp, features, launch_url_template: launch } = game
  const fault =
    faultOfText('game_id', gameId, GAME_ID_CHARS_MAX) ??
    faultOfText('game_code', code, GAME_ID_CHARS_MAX) ??
    faultOfText('name', name, GAME_NAME_CHARS_MAX) ??
    faultOfText('category', category, WORD_CHARS_MAX) ??
    faultOfWords('features', features, GAME_FEATURES_MAX, WORD_CHARS_MAX) ??
    faultOfText('launch_url_template', launch, GAME_URL_CHARS_MAX) ??
    faultOfText('thumbnail_url', game.thumbnail_url, GAME_URL_CHARS_MAX) ??
    faultOfProviderId(game.provider_id)
  if (fault !== undefined) return fault
  return rtp !== null && (rtp < 0n || rtp > RATE_UNITS_MAX) ? 'rtp is not within 0 and 1' : undefined
}

/** What only the platform is asked for, in its own name. */
const OF_PLATFORM: ReadonlySet<PartnerCommandData['action']> = new Set([
  'PUT_PROVIDER',
  'RESEAL_PROVIDER_CREDENTIALS',
  'PUT_GAME',
])

function faultOfOwner({ action, partner_id: partnerId, actor }: PartnerCommandData): Fault {
  if (OF_PLATFORM.has(action)) {
    if (partnerId !== PLATFORM_ID) return `partner_id of ${action} is not the platform’s`
    return actor.partner_id === null ? undefined : `a partner’s key asks for ${action}`
  }
  const mayBePlatform = action === 'PUBLISH_AML_RULES' && partnerId === PLATFORM_ID
  return mayBePlatform || isPartnerId(partnerId)
    ? undefined
    : 'partner_id is not a canonical UUID of a partner'
}

function faultOfActor(actor: Actor): Fault {
  if (actor.partner_id !== null && !isPartnerId(actor.partner_id))
    return 'partner_id of the actor is not a canonical UUID'
  return (
    faultOfText('key_id of the actor', actor.key_id, ACTOR_CHARS_MAX) ??
    faultOfText('ip_address of the actor', actor.ip_address, ACTOR_CHARS_MAX) ??
    faultOfText('request_id of the actor', actor.request_id, ACTOR_CHARS_MAX)
  )
}

/** What is wrong with what every command carries. */
export function faultOfHead({ event_id: id, timestamp, data }: PartnerCommand): Fault {
  if (!isUuid(id)) return 'event_id is not a canonical UUID'
  if (!isTime(timestamp)) return 'timestamp is out of range'
  return faultOfOwner(data) ?? faultOfActor(data.actor)
}
