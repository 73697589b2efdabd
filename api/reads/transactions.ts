/** Transactions, from PostgreSQL. */
import type { Database } from './database.ts'
import { TRANSACTION_COLUMNS, transactionRow, withdrawalRow } from './rows.ts'
import type { TransactionRow, WithdrawalRow } from './rows.ts'

export async function readTransaction(
  database: Database,
  partnerId: string,
  id: string,
): Promise<TransactionRow | undefined> {
  const text = `SELECT ${TRANSACTION_COLUMNS} FROM transactions WHERE id = $1 AND partner_id = $2`
  return (await database.query(transactionRow, text, [id, partnerId]))[0]
}

/** Whose withdrawal it is: a step needs the wallet that the command is for. */
export async function readWithdrawal(
  database: Database,
  partnerId: string,
  id: string,
): Promise<WithdrawalRow | undefined> {
  const text = `SELECT player_id, currency FROM transactions
    WHERE id = $1 AND partner_id = $2 AND type = 'WITHDRAWAL'`
  return (await database.query(withdrawalRow, text, [id, partnerId]))[0]
}

/** Equal to the column of the same name, where given. */
export interface TransactionFilter {
  player_id?: string | undefined
  type?: string | undefined
  status?: string | undefined
  game_id?: string | undefined
  round_id?: string | undefined
  currency?: string | undefined
  transaction_id_partner?: string | undefined
  reference_transaction_id_partner?: string | undefined
}

const FILTER_COLUMNS = [
  'player_id',
  'type',
  'status',
  'game_id',
  'round_id',
  'currency',
  'transaction_id_partner',
  'reference_transaction_id_partner',
] as const satisfies readonly (keyof TransactionFilter)[]

/** The last row of the page before. */
export interface PagePosition {
  createdAtMs: number
  id: string
}

export interface TransactionQuery {
  partnerId: string
  filter: TransactionFilter
  /** Event time, inclusive, epoch milliseconds. */
  fromMs?: number | undefined
  /** Event time, exclusive, epoch milliseconds. */
  toMs?: number | undefined
  after?: PagePosition | undefined
  limit: number
}

/** Newest event time first; at most `limit` rows. */
export function readTransactions(database: Database, query: TransactionQuery): Promise<TransactionRow[]> {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [`partner_id = ${bind(query.partnerId)}`]
  for (const column of FILTER_COLUMNS) {
    const value = query.filter[column]
    if (value !== undefined) conditions.push(`${column} = ${bind(value)}`)
  }
  if (query.fromMs !== undefined) conditions.push(`created_at >= ${bind(new Date(query.fromMs))}`)
  if (query.toMs !== undefined) conditions.push(`created_at < ${bind(new Date(query.toMs))}`)
  if (query.after !== undefined) {
    const createdAt = bind(new Date(query.after.createdAtMs))
    conditions.push(`(created_at, id) < (${createdAt}, ${bind(query.after.id)}::uuid)`)
  }
  const text = `SELECT ${TRANSACTION_COLUMNS} FROM transactions WHERE ${conditions.join(' AND ')}
    ORDER BY created_at DESC, id DESC LIMIT ${bind(query.limit)}`
  return database.query(transactionRow, text, values)
}
