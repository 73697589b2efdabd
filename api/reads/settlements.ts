/** Settlement runs and terms, from PostgreSQL; late entries, from ClickHouse. */
import { z } from 'zod'
import { parseAmount } from '../../domain/money.ts'
import type { Database } from './database.ts'
import type { PagePosition } from './transactions.ts'

export const SETTLEMENT_STATUSES = ['CALCULATING', 'DRAFT', 'CONFIRMED', 'PAID', 'CANCELED'] as const

/** A decimal in a text, in units of 1/10000. */
const units = z.string().transform((text, context) => {
  const parsed = parseAmount(text)
  if (parsed.ok) return parsed.units
  context.addIssue({ code: 'custom', message: parsed.fault })
  return z.NEVER
})

const seals = z.array(z.object({ partition: z.number(), next_offset: z.number() }))

const fee = z.object({
  code: z.string(),
  label: z.string(),
  basis: z.enum(['GGR', 'NGR', 'COMMISSION']),
  rate: units,
})

const day = z.object({
  date: z.string(),
  late: z.boolean(),
  rate: units,
  movements: z.number(),
  bets: units,
  wins: units,
  rollbacks: units,
  bonus_cost: units,
  ggr: units,
  ngr: units,
  commission: units,
  adjustments: units,
  adjustment_share: units,
  deposits: units,
  withdrawals: units,
})

const line = z.object({
  code: z.string(),
  label: z.string(),
  kind: z.enum(['VOLUME', 'FIGURE', 'PAYABLE', 'RESULT']),
  basis: units.nullable(),
  rate: units.nullable(),
  amount: units,
})
export type SettlementLine = z.output<typeof line>

const document = z.object({
  settlement_id: z.string(),
  partner_id: z.string(),
  currency: z.string(),
  status: z.enum(SETTLEMENT_STATUSES),
  period_from: z.string(),
  period_to: z.string(),
  time_zone: z.string(),
  from_at: z.string(),
  to_at: z.string(),
  chain_from_at: z.string(),
  previous_id: z.string().nullable(),
  previous_seals: seals,
  seals,
  fees: z.array(fee),
  carried_in: units,
  days: z.array(day),
  lines: z.array(line),
  late_entries: z.number(),
  late_digest: z.string().nullable(),
  net_payable: units,
  carried_forward: units,
  hash: z.string().nullable(),
  commission_id: z.string().nullable(),
  requested_by: z.string().nullable(),
  confirmed_by: z.string().nullable(),
  confirmed_at: z.string().nullable(),
  paid_by: z.string().nullable(),
  paid_at: z.string().nullable(),
  payment_reference: z.string().nullable(),
  canceled_by: z.string().nullable(),
  canceled_at: z.string().nullable(),
  version: z.number(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type SettlementDocument = z.output<typeof document>

const row = z.object({ document })

export interface SettlementsQuery {
  /** Of one partner; of all where undefined. */
  partnerId: string | undefined
  currency?: string | undefined
  status?: string | undefined
  after?: PagePosition | undefined
  limit: number
}

/** Newest first; at most `limit` rows. */
export async function readSettlements(
  database: Database,
  { partnerId, currency, status, after, limit }: SettlementsQuery,
): Promise<SettlementDocument[]> {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = ['true']
  if (partnerId !== undefined) conditions.push(`partner_id = ${bind(partnerId)}`)
  if (currency !== undefined) conditions.push(`currency = ${bind(currency)}`)
  if (status !== undefined) conditions.push(`status = ${bind(status)}`)
  if (after !== undefined)
    conditions.push(`(created_at, id) < (${bind(new Date(after.createdAtMs))}, ${bind(after.id)}::uuid)`)
  const statement = `SELECT document FROM settlements WHERE ${conditions.join(' AND ')}
    ORDER BY created_at DESC, id DESC LIMIT ${bind(limit)}`
  return (await database.query(row, statement, values)).map((each) => each.document)
}

/** Undefined where there is none, or where it is another partner's; `partnerId` undefined sees all. */
export async function readSettlement(
  database: Database,
  partnerId: string | undefined,
  id: string,
): Promise<SettlementDocument | undefined> {
  const statement =
    'SELECT document FROM settlements WHERE id = $1 AND ($2::uuid IS NULL OR partner_id = $2::uuid)'
  const [found] = await database.query(row, statement, [id, partnerId ?? null])
  return found?.document
}

const termsDocument = z.object({
  partner_id: z.string(),
  time_zone: z.string(),
  schedule: z.enum(['NONE', 'DAILY', 'WEEKLY', 'MONTHLY']),
  schedule_from: z.string().nullable(),
  currencies: z.array(z.string()),
  fees: z.array(fee),
  version: z.number(),
  updated_at: z.string(),
})
export type SettlementTermsDocument = z.output<typeof termsDocument>

export async function readSettlementTerms(
  database: Database,
  partnerId: string,
): Promise<SettlementTermsDocument | undefined> {
  const statement = 'SELECT document FROM settlement_terms WHERE partner_id = $1'
  const [found] = await database.query(z.object({ document: termsDocument }), statement, [partnerId])
  return found?.document
}
