/** Compares what two stores say: pure. */
import { formatAmount } from '../domain/money.ts'
import { BUCKET_COUNT, cellFrom } from './view.ts'
import type { Counts, DayCell, DayCells, Difference, Sums, WalletView } from './view.ts'

/** Differences of one kind that are named one by one; the rest only counts. */
const NAMED_MAX = 10

const more = (count: number, kind: string): Difference[] =>
  count > NAMED_MAX ? [{ what: `${count - NAMED_MAX} more ${kind}`, where: 'not listed' }] : []

function compareMaps<T>(
  left: ReadonlyMap<string, T>,
  right: ReadonlyMap<string, T>,
  zero: T,
  describe: (name: string, left: T, right: T) => Difference,
): Difference[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].toSorted()
  return names.flatMap((name) => {
    const a = left.get(name) ?? zero
    const b = right.get(name) ?? zero
    return a === b ? [] : [describe(name, a, b)]
  })
}

/** Numbers by name; a name that is missing stands for 0. */
export const compareCounts = (left: Counts, right: Counts, store: string, kind: string): Difference[] =>
  compareMaps(left, right, 0, (name, a, b) => ({
    what: `${kind} ${name}: ${a} in the log, ${b} in ${store}`,
    where: store,
  }))

/** Amounts by name; a name that is missing stands for 0. */
export const compareSums = (left: Sums, right: Sums, store: string, kind: string): Difference[] =>
  compareMaps(left, right, 0n, (name, a, b) => ({
    what: `${kind} ${name}: ${formatAmount(a)} in the log, ${formatAmount(b)} in ${store}`,
    where: store,
  }))

export interface WalletComparison {
  /** Whether versions must be equal too; a log of transactions knows none of the changes of standing. */
  versions: boolean
  /** Where a wallet's newest figures lie in the reference. */
  whereOf: (walletId: string) => string
  store: string
  /** Wallets that have changed since; what is said of them is of different moments. */
  moved: ReadonlySet<string>
}

/** Every wallet of either side, by id. A wallet that is missing stands for one with no money and no version. */
export function compareWallets(
  reference: WalletView,
  other: WalletView,
  { versions, whereOf, store, moved }: WalletComparison,
): Difference[] {
  const differences: Difference[] = []
  let count = 0
  const note = (what: string, walletId: string): void => {
    count++
    if (differences.length < NAMED_MAX) differences.push({ what, where: whereOf(walletId) })
  }
  for (const [id, expected] of reference) {
    if (moved.has(id)) continue
    const found = other.get(id)
    if (found === undefined) note(`wallet ${id} is missing in ${store}`, id)
    else if (found.balance !== expected.balance || found.held !== expected.held)
      note(
        `wallet ${id}: ${formatAmount(expected.balance)} + ${formatAmount(expected.held)} held in Kafka, ` +
          `${formatAmount(found.balance)} + ${formatAmount(found.held)} held in ${store}`,
        id,
      )
    else if (versions && found.version !== expected.version)
      note(`wallet ${id}: version ${expected.version} in Kafka, ${found.version} in ${store}`, id)
  }
  for (const id of other.keys())
    if (!reference.has(id) && !moved.has(id)) note(`wallet ${id} is in ${store} alone`, id)
  return [...differences, ...more(count, 'wallets')]
}

/** Buckets in which two stores count different numbers of transactions. */
export function differingBuckets(left: Int32Array, right: Int32Array): number[] {
  const buckets: number[] = []
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++)
    if (left[bucket] !== right[bucket]) buckets.push(bucket)
  return buckets
}

/** Days and buckets of wallets in which two stores have different movements. */
export const differingCells = (left: DayCells, right: DayCells): DayCell[] =>
  [...new Set([...left.keys(), ...right.keys()])].toSorted().flatMap((name) => {
    const [a, b] = [left.get(name), right.get(name)]
    return a?.count === b?.count && a?.units === b?.units ? [] : [cellFrom(name)]
  })

/** Balances by currency: spendable and held funds together. */
export function fundsByCurrency(wallets: WalletView): Sums {
  const funds: Sums = new Map()
  for (const { currency, balance, held } of wallets.values())
    funds.set(currency, (funds.get(currency) ?? 0n) + balance + held)
  return funds
}
