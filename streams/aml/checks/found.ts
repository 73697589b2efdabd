/** What a check answers. */
import type { FactorCode } from '../../../domain/aml/rules.ts'
import { HOUR_MS } from '../windows/nodes.ts'

/** Transactions that a factor names at the most. */
export const TRANSACTIONS_NAMED_MAX = 100

export const WINDOW_24H_MS = 24 * HOUR_MS
export const WINDOW_48H_MS = 48 * HOUR_MS
export const WINDOW_7D_MS = 7 * 24 * HOUR_MS
export const WINDOW_30D_MS = 30 * 24 * HOUR_MS

export interface Found {
  code: FactorCode | 'COMBINATION'
  points: number
  /** Amounts in whole units of the currency. */
  numbers: Record<string, number>
  detail: string | null
  /** Length of the window that it was found in, up to the transaction; 0 where the transaction alone was looked at. */
  windowMs: number
  /** The transactions behind it besides the assessed one, the newest last. */
  transactionIds: readonly string[]
}
