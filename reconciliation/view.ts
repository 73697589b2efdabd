/** What each store says, in one form, so that any two can be compared. Amounts are units of 1/10000. */
import { AMOUNT_SCALE } from '../domain/money.ts'

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
  /** Movements by day and bucket of wallets. */
  days: DayCells
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

/** What the movements of some wallets on one day come to. */
export interface Movements {
  count: number
  /** Sum of the changes of spendable balances. Of several currencies it says nothing by itself, but it must be the same everywhere. */
  units: bigint
}

/** Movements of one bucket of wallets on one day (of event time, in UTC), by "DAY/BUCKET". */
export type DayCells = Map<string, Movements>

/** A day, in days since 1970, and the last two digits of the wallets' ids. */
export interface DayCell {
  day: number
  digits: string
}

const DAY_MS = 86_400_000
const WALLET_DIGITS = 2

export const cellName = ({ day, digits }: DayCell): string => `${day}/${digits}`

export function cellFrom(name: string): DayCell {
  const [day = '', digits = ''] = name.split('/')
  return { day: Number(day), digits }
}

export const cellOf = (walletId: string, createdAtMs: number): DayCell => ({
  day: Math.floor(createdAtMs / DAY_MS),
  digits: walletId.slice(-WALLET_DIGITS),
})

/** "2026-11-24" */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

export function addMovements(cells: Map<string, Movements>, name: string, { count, units }: Movements): void {
  const cell = cells.get(name)
  if (cell === undefined) cells.set(name, { count, units })
  else {
    cell.count += count
    cell.units += units
  }
}

export const coordinates = (topic: string, partition: number, offset: number): string =>
  `topic ${topic}, partition ${partition}, offset ${offset}`
