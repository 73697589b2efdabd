/**
 * What a record must be for every store to take it. Checked once, before any store sees the record, so that all sinks
 * turn away the same records and their sums stay equal; what only a store can find out is found by bisecting.
 */
import { isIP } from 'node:net'
import type {
  AlertChanged,
  AmlPlayerUpdated,
  ApiKeyUpdated,
  ApiKeyUsed,
  AuditRecorded,
  BalanceUpdated,
  GameProviderUpdated,
  PartnerUpdated,
  PlayerUpdated,
  RiskProfileUpdated,
  SettlementTermsUpdated,
  SettlementUpdated,
  TransactionAssessed,
  TransactionCreated,
  WebhookUpdated,
} from '../../avro/types.ts'
import {
  GAME_ID_CHARS_MAX,
  isUuid,
  PLAYER_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
} from '../../domain/ids.ts'
import { PROVIDER_ID_CHARS_MAX } from '../../domain/game-provider.ts'
import { AMOUNT_UNITS_MAX, UNITS_PER_WHOLE } from '../../domain/money.ts'
import { isDate } from '../../domain/settlement/calendar.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import type { AnySourceName } from './types.ts'

const CURRENCY_CHARS = 3
const CAMPAIGN_ID_CHARS_MAX = 255
const ERROR_CODE_CHARS_MAX = 64
const IP_ADDRESS_CHARS_MAX = 45
const COUNTRY_CHARS = 2
const PARTNER_NAME_CHARS_MAX = 100
const KEY_PREFIX_CHARS_MAX = 20
const KEY_HASH_CHARS_MAX = 255
const KEY_NAME_CHARS_MAX = 100
const PROVIDER_NAME_CHARS_MAX = 100
const API_ENDPOINT_CHARS_MAX = 255
const ACTION_CHARS_MAX = 40
const SUBJECT_TYPE_CHARS_MAX = 20
const ALERT_TYPE_CHARS_MAX = 50
const OFFICER_CHARS_MAX = 100
const REPORT_REFERENCE_CHARS_MAX = 100
const SCORE_MAX = 100
/** The largest INTEGER of PostgreSQL. */
const VERSION_MAX = 2 ** 31 - 1
/** Times outside these years are mistakes, and beyond what ClickHouse's DateTime64 holds. */
const TIME_MS_MIN = Date.UTC(1970, 0, 1)
const TIME_MS_MAX = Date.UTC(2200, 0, 1)
/** What partner management decides may lie as far ahead as dates have four digits ("never"); ClickHouse shows the end of 2299 then. */
const MOMENT_MS_MAX = Date.UTC(10_000, 0, 1)
/** A JSON escape of the NUL character, which no text of PostgreSQL holds; an escaped backslash before it doesn't count. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/

type Check = string | undefined
type Settings = PartnerUpdated['data']['settings']

const text = (name: string, value: string | null, charsMax: number): Check => {
  if (value === null) return undefined
  if (value.length > charsMax) return `${name} is longer than ${charsMax} characters`
  return value.includes('\0') ? `${name} holds a NUL character` : undefined
}
const uuid = (name: string, value: string | null): Check =>
  value === null || isUuid(value) ? undefined : `${name} is not a UUID`
const time = (name: string, value: number | null): Check =>
  value === null || (value >= TIME_MS_MIN && value < TIME_MS_MAX)
    ? undefined
    : `${name} is not a time from 1970 to 2199`
const moment = (name: string, value: number | null): Check =>
  value === null || (value >= TIME_MS_MIN && value < MOMENT_MS_MAX)
    ? undefined
    : `${name} is not a time from 1970 to 9999`
const amount = (name: string, value: bigint | null, min: bigint = 0n): Check => {
  if (value === null) return undefined
  return value >= min && value <= AMOUNT_UNITS_MAX
    ? undefined
    : `${name} is outside what NUMERIC(19,4) may hold there`
}
const date = (name: string, value: string): Check => (isDate(value) ? undefined : `${name} is not a date`)
const count = (name: string, value: number): Check =>
  Number.isSafeInteger(value) && value >= 0 ? undefined : `${name} is not a count`

/** Of a partner, a key or a player. They begin with 1: a row of version 0 is one that a sink has laid down for want of the record. */
const version = (value: number): Check =>
  Number.isInteger(value) && value > 0 && value <= VERSION_MAX ? undefined : 'version is not one from 1 on'

function json(name: string, value: string | null): Check {
  if (value === null) return undefined
  try {
    JSON.parse(value)
  } catch {
    return `${name} is not JSON`
  }
  return ESCAPED_NUL.test(value) ? `${name} holds a NUL character` : undefined
}

/** The first objection to any of several. */
function each<T>(items: readonly T[], objection: (item: T) => Check): Check {
  for (const item of items) {
    const found = objection(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first reason for which no store can take a transaction event, or undefined. */
export function transactionObjection({ event_id, timestamp, data }: TransactionCreated): Check {
  return (
    uuid('event_id', event_id) ??
    uuid('transaction_id', data.transaction_id) ??
    uuid('command_id', data.command_id) ??
    uuid('wallet_id', data.wallet_id) ??
    uuid('partner_id', data.partner_id) ??
    uuid('reference_transaction_id', data.reference_transaction_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('currency', data.currency, CURRENCY_CHARS) ??
    text('game_id', data.game_id, GAME_ID_CHARS_MAX) ??
    text('round_id', data.round_id, GAME_ID_CHARS_MAX) ??
    text('campaign_id', data.campaign_id, CAMPAIGN_ID_CHARS_MAX) ??
    text('transaction_id_partner', data.transaction_id_partner, TRANSACTION_ID_PARTNER_CHARS_MAX) ??
    text(
      'reference_transaction_id_partner',
      data.reference_transaction_id_partner,
      TRANSACTION_ID_PARTNER_CHARS_MAX,
    ) ??
    text('error_code', data.error_code, ERROR_CODE_CHARS_MAX) ??
    text('ip_address', data.ip_address, IP_ADDRESS_CHARS_MAX) ??
    text('country', data.country, COUNTRY_CHARS) ??
    text('user_agent', data.user_agent, Infinity) ??
    text('reason', data.reason, Infinity) ??
    json('metadata', data.metadata) ??
    amount('amount', data.amount) ??
    amount('balance_before', data.balance_before) ??
    amount('balance_after', data.balance_after) ??
    amount('held_after', data.held_after) ??
    ledgerObjection(data.entries) ??
    count('version', data.version) ??
    time('timestamp', timestamp) ??
    time('created_at', data.created_at) ??
    time('processed_at', data.processed_at) ??
    time('hold_expires_at', data.hold_expires_at)
  )
}

/** Each entry fits, and together they are zero: double entry. */
function ledgerObjection(entries: TransactionCreated['data']['entries']): Check {
  let sum = 0n
  for (const entry of entries) {
    const objection = amount(`the ledger entry of ${entry.account}`, entry.amount, -AMOUNT_UNITS_MAX)
    if (objection !== undefined) return objection
    sum += entry.amount
  }
  return sum === 0n ? undefined : 'the ledger entries do not sum to zero'
}

/** The first reason for which no store can take a balance record, or undefined. */
export function balanceObjection({ event_id, timestamp, data }: BalanceUpdated): Check {
  const own =
    uuid('event_id', event_id) ??
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    time('timestamp', timestamp)
  if (own !== undefined) return own
  return each(
    data.wallets,
    (wallet) =>
      uuid('wallet_id', wallet.wallet_id) ??
      text('currency', wallet.currency, CURRENCY_CHARS) ??
      amount('balance', wallet.balance) ??
      amount('held', wallet.held) ??
      count('version', wallet.version) ??
      time('created_at', wallet.created_at) ??
      time('updated_at', wallet.updated_at),
  )
}

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

/** The first reason for which no store can take a profile, or undefined. */
export function playerObjection({ data }: PlayerUpdated): Check {
  const { self_exclusion: exclusion } = data
  return (
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('country', data.country, COUNTRY_CHARS) ??
    text('name', data.name, Infinity) ??
    text('date_of_birth', data.date_of_birth, Infinity) ??
    moment('the beginning of the self-exclusion', exclusion?.from ?? null) ??
    moment('the end of the self-exclusion', exclusion?.until ?? null) ??
    (exclusion === null || exclusion.until === null || exclusion.until > exclusion.from
      ? undefined
      : 'the self-exclusion ends before it begins') ??
    each(
      data.limits,
      (limit) => text('currency', limit.currency, CURRENCY_CHARS) ?? amount('a limit', limit.amount),
    ) ??
    version(data.version) ??
    moment('updated_at', data.updated_at)
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

const score = (name: string, value: number): Check =>
  value >= 0 && value <= SCORE_MAX ? undefined : `${name} is not a score from 0 to ${SCORE_MAX}`

/** The first reason for which no store can take an assessment, or undefined. */
export function assessmentObjection({ event_id, timestamp, data }: TransactionAssessed): Check {
  return (
    uuid('event_id', event_id) ??
    uuid('transaction_id', data.transaction_id) ??
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('currency', data.currency, CURRENCY_CHARS) ??
    amount('amount', data.amount) ??
    amount('deposited_24h', data.deposited_24h) ??
    amount('withdrawn_24h', data.withdrawn_24h) ??
    amount('wagered_24h', data.wagered_24h, -AMOUNT_UNITS_MAX) ??
    score('risk_score', data.risk_score) ??
    score('overall_risk_score', data.overall_risk_score) ??
    count('observations', data.observations) ??
    count('count_24h', data.count_24h) ??
    time('timestamp', timestamp) ??
    time('created_at', data.created_at)
  )
}

/** The first reason for which no store can take a risk profile, or undefined. */
export function riskProfileObjection({ data }: RiskProfileUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    score('overall_risk_score', data.overall_risk_score) ??
    count('assessments', data.assessments) ??
    each(data.statistics, ({ sum }) => amount('a sum', sum)) ??
    time('last_assessment_at', data.last_assessment_at) ??
    time('created_at', data.created_at)
  )
}

/** The first reason for which no store can take the standing of a player with compliance, or undefined. */
export function amlPlayerObjection({ data }: AmlPlayerUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    json('matches and snoozes', JSON.stringify([data.matches, data.snoozes])) ??
    count('version', data.version) ??
    moment('screened_at', data.screened_at) ??
    time('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take an alert, or undefined. */
export function alertObjection({ event_id, data }: AlertChanged): Check {
  return (
    uuid('event_id', event_id) ??
    uuid('alert_id', data.alert_id) ??
    uuid('partner_id', data.partner_id) ??
    uuid('transaction_id', data.transaction_id) ??
    uuid('command_id', data.change.command_id) ??
    text('player_id', data.player_id, PLAYER_ID_CHARS_MAX) ??
    text('alert_type', data.alert_type, ALERT_TYPE_CHARS_MAX) ??
    text('assignee_id', data.assignee_id, OFFICER_CHARS_MAX) ??
    text('reviewed_by', data.reviewed_by, OFFICER_CHARS_MAX) ??
    text('report_reference', data.report_reference, REPORT_REFERENCE_CHARS_MAX) ??
    json(
      'the texts',
      JSON.stringify([data.description, data.review_notes, data.change, data.risk_factors, data.matches]),
    ) ??
    score('risk_score', data.risk_score) ??
    version(data.version) ??
    time('first_occurred_at', data.first_occurred_at) ??
    time('last_occurred_at', data.last_occurred_at) ??
    time('created_at', data.created_at) ??
    time('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take a settlement run, or undefined. */
function settlementObjection({ data }: SettlementUpdated): Check {
  return (
    uuid('settlement_id', data.settlement_id) ??
    uuid('partner_id', data.partner_id) ??
    text('currency', data.currency, CURRENCY_CHARS) ??
    date('period_from', data.period_from) ??
    date('period_to', data.period_to) ??
    json('the texts', JSON.stringify([data.time_zone, data.fees.map(({ label }) => label)])) ??
    json('the reference', JSON.stringify(data.payment_reference)) ??
    amount('net_payable', data.net_payable) ??
    version(data.version) ??
    time('created_at', data.created_at) ??
    time('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take settlement terms, or undefined. */
function settlementTermsObjection({ data }: SettlementTermsUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    json('the texts', JSON.stringify([data.time_zone, data.fees.map(({ label }) => label)])) ??
    version(data.version) ??
    time('updated_at', data.updated_at)
  )
}

/** What is held against a value of each source. */
export const objections: { readonly [N in AnySourceName]: (value: TopicValues[N]) => Check } = {
  'wallet.transaction.created': transactionObjection,
  'wallet.balance': balanceObjection,
  'partner.profile.updated': partnerObjection,
  'partner.api-key.updated': apiKeyObjection,
  'partner.webhook.updated': webhookObjection,
  'game.provider.updated': gameProviderObjection,
  'partner.api-key.used': keyUseObjection,
  'audit.entry.recorded': auditObjection,
  'audit.wallet-entry.recorded': auditObjection,
  'player.profile.updated': playerObjection,
  'aml.transaction.assessed': assessmentObjection,
  'aml.risk-profile.updated': riskProfileObjection,
  'aml.player.updated': amlPlayerObjection,
  'aml.alert.created': alertObjection,
  'aml.alert.updated': alertObjection,
  'settlement.updated': settlementObjection,
  'settlement.terms.updated': settlementTermsObjection,
}
