/** Wallet events, balances and players: the first reason for which no store can take a value, or undefined. */
import type { BalanceUpdated, PlayerUpdated, TransactionCreated } from '../../../avro/types.ts'
import {
  GAME_ID_CHARS_MAX,
  PLAYER_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
} from '../../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import {
  text,
  uuid,
  time,
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

const CAMPAIGN_ID_CHARS_MAX = 255
const IP_ADDRESS_CHARS_MAX = 45
const COUNTRY_CHARS = 2

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
