/**
 * What a record must be for every store to take it. Checked once, before any store sees the record, so that all sinks
 * turn away the same records and their sums stay equal; what only a store can find out is found by bisecting.
 */
import type { BalanceUpdated, TransactionCreated } from '../../avro/types.ts'
import {
  GAME_ID_CHARS_MAX,
  isUuid,
  PLAYER_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
} from '../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'

const CURRENCY_CHARS = 3
const CAMPAIGN_ID_CHARS_MAX = 255
const ERROR_CODE_CHARS_MAX = 64
const IP_ADDRESS_CHARS_MAX = 45
const COUNTRY_CHARS = 2
/** Times outside these years are mistakes, and beyond what ClickHouse's DateTime64 holds. */
const TIME_MS_MIN = Date.UTC(1970, 0, 1)
const TIME_MS_MAX = Date.UTC(2200, 0, 1)
/** A JSON escape of the NUL character, which no text of PostgreSQL holds; an escaped backslash before it doesn't count. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/

type Check = string | undefined

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
const amount = (name: string, value: bigint | null, min: bigint = 0n): Check => {
  if (value === null) return undefined
  return value >= min && value <= AMOUNT_UNITS_MAX
    ? undefined
    : `${name} is outside what NUMERIC(19,4) may hold there`
}
const count = (name: string, value: number): Check =>
  Number.isSafeInteger(value) && value >= 0 ? undefined : `${name} is not a count`

function metadata(value: string | null): Check {
  if (value === null) return undefined
  try {
    JSON.parse(value)
  } catch {
    return 'metadata is not JSON'
  }
  return ESCAPED_NUL.test(value) ? 'metadata holds a NUL character' : undefined
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
    metadata(data.metadata) ??
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
  for (const wallet of data.wallets) {
    const objection =
      uuid('wallet_id', wallet.wallet_id) ??
      text('currency', wallet.currency, CURRENCY_CHARS) ??
      amount('balance', wallet.balance) ??
      amount('held', wallet.held) ??
      count('version', wallet.version) ??
      time('created_at', wallet.created_at) ??
      time('updated_at', wallet.updated_at)
    if (objection !== undefined) return objection
  }
  return undefined
}
