/** What each store says, in one form, so that any two can be compared. Amounts are units of 1/10000. */

import { AMOUNT_SCALE } from '../../domain/money.ts'

export interface WalletFigures {
  currency: string
  balance: bigint
  held: bigint
  version: number
}

/** Units of a decimal with at most four places, of whatever size: sums may exceed what one wallet can hold. */
export function unitsOf(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text)
  if (match === null) throw new Error(`${text} is no decimal with at most four places`)
  const [, sign, whole = '', fraction = ''] = match
  const magnitude = BigInt(whole + fraction.padEnd(AMOUNT_SCALE, '0'))
  return sign === '-' ? -magnitude : magnitude
}

/** A number per name, such as "BET COMPLETED". */
export type Counts = Map<string, number>
/** An amount per name, such as "BET EUR". */
export type Sums = Map<string, bigint>

export const addCount = (counts: Counts, name: string, by = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

export const addSum = (sums: Sums, name: string, units: bigint): void => {
  sums.set(name, (sums.get(name) ?? 0n) + units)
}

/** What a store says of the transactions. */
export interface TransactionView {
  /** Transactions by "TYPE STATUS", each once, in its newest status. */
  counts: Counts
  /** What the transactions did to the players' spendable balances, by "TYPE CURRENCY". */
  balanceChanges: Sums
  /** Transactions by bucket of their ids: tells where to look for one that is missing. */
  buckets: Int32Array
}

export type WalletView = ReadonlyMap<string, WalletFigures>

/** Something that is not as it should be. */
export interface Difference {
  what: string
  /** Where it lies, as far as that is known: topic, partition and offset, or table and id. */
  where: string
}

const BUCKET_DIGITS = 3
export const BUCKET_COUNT = 16 ** BUCKET_DIGITS

/** Bucket of a transaction: the last digits of its id, which are random. The stores' queries cut the same digits. */
export const bucketOf = (transactionId: string): number =>
  Number.parseInt(transactionId.slice(-BUCKET_DIGITS), 16)

export const bucketDigits = (bucket: number): string => bucket.toString(16).padStart(BUCKET_DIGITS, '0')

export const coordinates = (topic: string, partition: number, offset: number): string =>
  `topic ${topic}, partition ${partition}, offset ${offset}`
