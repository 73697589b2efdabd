/** Rows of PostgreSQL as the API knows them; columns as in the migrations. */
import { z } from 'zod'
import { formatAmount, parseAmount } from '../../domain/money.ts'

/** NUMERIC comes as text. */
const numeric = z.codec(z.string(), z.bigint(), {
  decode: (amount, { issues }) => {
    const parsed = parseAmount(amount)
    if (parsed.ok) return parsed.units
    issues.push({ code: 'custom', message: 'is not an amount', input: amount })
    return z.NEVER
  },
  encode: formatAmount,
})
/** BIGINT comes as text. */
const bigint = z.string().transform(Number)
const time = z.date().transform((date) => date.toISOString())
const timeMs = z.date().transform((date) => date.getTime())
const text = z.string().nullable()

export const walletRow = z.object({
  balance: numeric,
  held: numeric,
  version: bigint,
  status: z.enum(['active', 'frozen']),
})
export type WalletRow = z.output<typeof walletRow>

export const pastBalanceRow = z.object({
  balance_after: numeric,
  held_after: numeric,
  wallet_version: bigint,
})
export type PastBalanceRow = z.output<typeof pastBalanceRow>

export const withdrawalRow = z.object({ player_id: z.string(), currency: z.string() })
export type WithdrawalRow = z.output<typeof withdrawalRow>

/** The limits that a player has set, as they lie in JSON. */
export const playerLimits = z.array(
  z.object({
    kind: z.enum(['DEPOSIT', 'BET', 'LOSS']),
    period: z.enum(['DAY', 'WEEK', 'MONTH']),
    currency: z.string(),
    amount: numeric,
  }),
)

/** Personal data sealed, times in epoch milliseconds. */
export const playerRow = z.object({
  country: text,
  name: text,
  date_of_birth: text,
  self_excluded_from: timeMs.nullable(),
  self_excluded_until: timeMs.nullable(),
  limits: playerLimits,
  version: z.number(),
  updated_at: timeMs,
})

/** A partner's settings, as they lie in JSON. */
export const partnerSettings = z.object({
  allowed_ips: z.array(z.string()),
  auto_approvals: z.array(z.object({ currency: z.string(), amount: numeric })),
  rate_limits: z.array(z.object({ endpoint_class: z.string(), per_minute: z.number() })),
})

export const partnerSettingsRow = z.object({
  status: z.enum(['active', 'inactive', 'suspended']),
  settings: partnerSettings,
  version: z.number(),
  updated_at: timeMs,
})

/** Columns that are read for a transaction, in the order in which they are answered. */
export const TRANSACTION_COLUMNS = `id, wallet_id, player_id, partner_id, type, _encrypted_amount, currency, direction,
  balance_before, balance_after, held_after, wallet_version, status, game_id, round_id, campaign_id,
  transaction_id_partner, reference_transaction_id_partner, reference_transaction_id, win_type, round_closed,
  hold_expires_at, error_code, reason, ip_address, user_agent, country, created_at, processed_at, updated_at,
  metadata::text AS metadata`

export const transactionRow = z.object({
  id: z.string(),
  wallet_id: text,
  player_id: z.string(),
  partner_id: z.string(),
  type: z.string(),
  _encrypted_amount: z.string(),
  currency: z.string(),
  direction: text,
  balance_before: numeric.nullable(),
  balance_after: numeric.nullable(),
  held_after: numeric.nullable(),
  wallet_version: bigint,
  status: z.string(),
  game_id: text,
  round_id: text,
  campaign_id: text,
  transaction_id_partner: text,
  reference_transaction_id_partner: text,
  reference_transaction_id: text,
  win_type: text,
  round_closed: z.boolean(),
  hold_expires_at: time.nullable(),
  error_code: text,
  reason: text,
  ip_address: text,
  user_agent: text,
  country: text,
  created_at: time,
  processed_at: time,
  updated_at: time,
  metadata: text,
})
export type TransactionRow = z.output<typeof transactionRow>
