/** Settlement runs and terms: the first reason for which no store can take a value, or undefined. */
import type { SettlementTermsUpdated, SettlementUpdated } from '../../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { text, uuid, time, amount, date, version, json, CURRENCY_CHARS } from './fields.ts'
import type { Check } from './fields.ts'

/** The first reason for which no store can take a settlement run, or undefined. */
export function settlementObjection({ data }: SettlementUpdated): Check {
  return (
    uuid('settlement_id', data.settlement_id) ??
    uuid('partner_id', data.partner_id) ??
    text('currency', data.currency, CURRENCY_CHARS) ??
    date('period_from', data.period_from) ??
    date('period_to', data.period_to) ??
    json('the texts', JSON.stringify([data.time_zone, data.fees.map(({ label }) => label)])) ??
    json('the reference', JSON.stringify(data.payment_reference)) ??
    amount('net_payable', data.net_payable) ??
    amount('carried_forward', data.carried_forward, -AMOUNT_UNITS_MAX) ??
    version(data.version) ??
    time('created_at', data.created_at) ??
    time('updated_at', data.updated_at)
  )
}

/** The first reason for which no store can take settlement terms, or undefined. */
export function settlementTermsObjection({ data }: SettlementTermsUpdated): Check {
  return (
    uuid('partner_id', data.partner_id) ??
    json('the texts', JSON.stringify([data.time_zone, data.fees.map(({ label }) => label)])) ??
    version(data.version) ??
    time('updated_at', data.updated_at)
  )
}
