/** The transaction that is assessed, as the rules see it. */
import type { Transaction, TransactionType } from '../../avro/types.ts'
import { UNITS_PER_WHOLE } from '../../domain/money.ts'
import { seriesOf } from './windows/sums.ts'
import type { Series } from './windows/sums.ts'

/** A country and where it was said: of the request, of the account that money goes to or comes from, of the player's home. */
export interface CountryMention {
  source: 'ip' | 'account' | 'registration'
  code: string
}

export interface Subject {
  transactionId: string
  type: TransactionType
  currency: string
  units: bigint
  bonus: boolean
  series: Series
  /** Event time. */
  atMs: number
  countries: readonly CountryMention[]
}

/** What the player decided: wins, rollbacks and corrections follow from it or come from others. */
const ACTS: ReadonlySet<TransactionType> = new Set(['DEPOSIT', 'WITHDRAWAL', 'BET'])

export const isAct = ({ type }: Subject): boolean => ACTS.has(type)

/** Whole units of the currency, for the numbers of a factor. */
export const wholeOf = (units: bigint): number => Number(units) / Number(UNITS_PER_WHOLE)

/** A free round's bet, and any win that is no plain one, is the house's money. */
export function isBonus({ type, amount, campaign_id, win_type }: Transaction): boolean {
  if (type === 'BET') return amount === 0n && campaign_id !== null
  return type === 'WIN' && win_type !== null && win_type !== 'STANDARD'
}

const ACCOUNT_COUNTRY = 'account_country'
const COUNTRY_CODE = /^[A-Z]{2}$/

/** `account_country` of the partner's metadata: the country of the bank account or card. */
function accountCountry(metadata: string | null): string | undefined {
  if (metadata === null || !metadata.includes(ACCOUNT_COUNTRY)) return undefined
  try {
    const value: unknown = JSON.parse(metadata)
    if (typeof value !== 'object' || value === null || !(ACCOUNT_COUNTRY in value)) return undefined
    const code = value[ACCOUNT_COUNTRY]
    return typeof code === 'string' && COUNTRY_CODE.test(code) ? code : undefined
  } catch {
    return undefined
  }
}

function countriesOf({ country, player_country: home, metadata }: Transaction): CountryMention[] {
  const account = accountCountry(metadata)
  return [
    ...(country === null ? [] : [{ source: 'ip' as const, code: country }]),
    ...(home === null ? [] : [{ source: 'registration' as const, code: home }]),
    ...(account === undefined ? [] : [{ source: 'account' as const, code: account }]),
  ]
}

export function subjectOf(transaction: Transaction): Subject {
  const { transaction_id, type, currency, amount, created_at } = transaction
  const bonus = isBonus(transaction)
  return {
    transactionId: transaction_id,
    type,
    currency,
    units: amount,
    bonus,
    series: seriesOf(type, bonus, currency),
    atMs: created_at,
    countries: countriesOf(transaction),
  }
}
