/** Between a partner as callers say and see it, and as it lies in the log: with its personal data sealed. */
import type { Partner, PartnerProfile, PartnerSettings } from '../../avro/types.ts'
import type { KeyHasher } from '../access/api-key.ts'
import type { Cipher } from '../../service/encryption.ts'
import { jsonAmount } from '../json.ts'
import { COMMISSION_RATES_MAX } from '../limits.ts'
import { fieldProblem } from '../problem.ts'
import type { PartnerFields } from '../schemas/partners.ts'

/** What seals personal data, and what they are unique by. */
export interface Sealing {
  cipher: Pick<Cipher, 'encrypt' | 'decrypt'>
  hasher: Pick<KeyHasher, 'hashEmail'>
}

type Rates = PartnerProfile['commission_rates']

/** A field that was not given stays as it was; `null` takes it away. */
const kept = <T>(given: T | undefined, before: T): T => (given === undefined ? before : given)

/**
 * The rates with a new one from a moment on: those in force before stay, and of those ahead the ones up to that moment.
 * A rate that is the same as the one before it adds nothing.
 */
function withRate(rates: Rates, rate: bigint, fromMs: number): Rates {
  const before = rates.filter(({ effective_from }) => effective_from < fromMs)
  return before.at(-1)?.rate === rate ? before : [...before, { rate, effective_from: fromMs }]
}

function ratesOf(fields: PartnerFields, before: Rates | undefined, nowMs: number): Rates {
  const { commission_rate: rate, commission_effective_from: fromMs = nowMs } = fields
  if (before === undefined) return [{ rate: rate ?? 0n, effective_from: fromMs }]
  const rates = rate === undefined ? before : withRate(before, rate, fromMs)
  if (rates.length > COMMISSION_RATES_MAX)
    throw fieldProblem(
      'VALIDATION_FAILED',
      'commission_rate',
      `is one of more than ${COMMISSION_RATES_MAX}`,
      'TOO_BIG',
    )
  return rates
}

/** The entries that have a value. */
const entriesOf = <T>(values: Readonly<Record<string, T | undefined>>): [name: string, value: T][] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))

function settingsOf(fields: PartnerFields, before: PartnerSettings | undefined): PartnerSettings {
  const { allowed_ips: networks, auto_approvals: approvals, rate_limits: limits } = fields
  return {
    allowed_ips: networks === undefined ? (before?.allowed_ips ?? []) : [...new Set(networks)],
    auto_approvals:
      approvals === undefined
        ? (before?.auto_approvals ?? [])
        : entriesOf(approvals).map(([currency, amount]) => ({ currency, amount })),
    rate_limits:
      limits === undefined
        ? (before?.rate_limits ?? [])
        : entriesOf(limits).map(([endpoint_class, per_minute]) => ({ endpoint_class, per_minute })),
    // Where a partner was given one before there were webhook endpoints, it stays in the log; nothing reads it.
    webhook_url: before?.webhook_url ?? null,
  }
}

/** The profile that a partner has after a change, or a new partner from the start. */
export function profileOf(
  fields: PartnerFields & Pick<Partner, 'name' | 'type'>,
  before: Partner | undefined,
  { cipher, hasher }: Sealing,
  nowMs: number,
): PartnerProfile {
  const sealed = (given: string | null | undefined, stored: string | null | undefined): string | null =>
    typeof given === 'string' ? cipher.encrypt(given) : kept(given, stored ?? null)
  const { contact_email: email } = fields
  return {
    name: fields.name,
    type: fields.type,
    status: fields.status ?? before?.status ?? 'active',
    commission_rates: ratesOf(fields, before?.commission_rates, nowMs),
    contact_email: sealed(email, before?.contact_email),
    contact_email_hash:
      typeof email === 'string' ? hasher.hashEmail(email) : kept(email, before?.contact_email_hash ?? null),
    registration_number: sealed(fields.registration_number, before?.registration_number),
    address: sealed(fields.address, before?.address),
    settings: settingsOf(fields, before?.settings),
  }
}

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** The rate in force at a moment, in units of 1/10000; 0 before the first. */
export const rateAt = (rates: Rates, atMs: number): bigint =>
  rates.findLast(({ effective_from }) => effective_from <= atMs)?.rate ?? 0n

/** Settings as they are answered: ready for `JSON.stringify`. */
export const settingsBody = (settings: Omit<PartnerSettings, 'webhook_url'>) => ({
  allowed_ips: settings.allowed_ips,
  auto_approvals: Object.fromEntries(
    settings.auto_approvals.map(({ currency, amount }) => [currency, jsonAmount(amount)]),
  ),
  rate_limits: Object.fromEntries(
    settings.rate_limits.map(({ endpoint_class, per_minute }) => [endpoint_class, per_minute]),
  ),
})

/** A partner as it is answered: ready for `JSON.stringify`, personal data opened. */
export function partnerBody(partner: Partner, cipher: Sealing['cipher'], nowMs: number): object {
  const opened = (sealed: string | null): string | null => (sealed === null ? null : cipher.decrypt(sealed))
  const { settings, commission_rates: rates } = partner
  return {
    id: partner.partner_id,
    name: partner.name,
    type: partner.type,
    status: partner.status,
    commission_rate: jsonAmount(rateAt(rates, nowMs)),
    commission_rates: rates.map(({ rate, effective_from }) => ({
      rate: jsonAmount(rate),
      effective_from: timeOf(effective_from),
    })),
    contact_email: opened(partner.contact_email),
    registration_number: opened(partner.registration_number),
    address: opened(partner.address),
    ...settingsBody(settings),
    version: partner.version,
    created_at: timeOf(partner.created_at),
    updated_at: timeOf(partner.updated_at),
  }
}
