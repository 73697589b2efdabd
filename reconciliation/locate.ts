/**
 * Finds the records behind a difference: a second reading of the log, for the buckets of ids and the days of wallets in which a
 * store counts others than the log. In memory is only what lies in those.
 */
import type { TransactionCreated } from '../avro/types.ts'
import { formatAmount } from '../domain/money.ts'
import type { OnRecord } from '../streams/runtime/read-log.ts'
import { LOG } from './kafka.ts'
import { addMovements, bucketOf, cellName, cellOf, coordinates, dateOf } from './view.ts'
import type { DayCell, Difference, Movements } from './view.ts'

/** Buckets and days that are looked into; where more differ, the named ones are examples. */
export const SUSPECTS_MAX = 32
const NAMED_MAX = 20

export type StoreName = 'PostgreSQL' | 'ClickHouse'

export interface Suspects {
  /** Buckets of transaction ids. */
  buckets: readonly { store: StoreName; bucket: number }[]
  /** Days of buckets of wallets. */
  cells: readonly { store: StoreName; cell: DayCell }[]
}

/** What a store has in a place that is suspect. */
export interface Contents {
  idsOfBucket: (store: StoreName, bucket: number) => Promise<string[]>
  walletsOfCell: (store: StoreName, cell: DayCell) => Promise<Map<string, Movements>>
}

/** Reads the log once more, handing each event to `onRecord`. */
export type ReadLog = (onRecord: OnRecord<TransactionCreated>) => Promise<void>

/** Sees every event of the second reading, then says what differs. */
interface Search {
  see: OnRecord<TransactionCreated>
  found: () => Difference[]
}

export async function locate(
  suspects: Suspects,
  contents: Contents,
  readLog: ReadLog,
): Promise<Difference[]> {
  const searches = await Promise.all([
    ...suspects.buckets
      .slice(0, SUSPECTS_MAX)
      .map(async ({ store, bucket }) =>
        searchBucket(store, bucket, await contents.idsOfBucket(store, bucket)),
      ),
    ...suspects.cells
      .slice(0, SUSPECTS_MAX)
      .map(async ({ store, cell }) => searchCell(store, cell, await contents.walletsOfCell(store, cell))),
  ])
  if (searches.length === 0) return []
  await readLog((event, partition, offset) => {
    for (const search of searches) search.see(event, partition, offset)
  })
  return searches.flatMap((search) => search.found()).slice(0, NAMED_MAX)
}

/** Transactions that the store lacks, and those that it made up. */
function searchBucket(store: StoreName, bucket: number, ids: readonly string[]): Search {
  const left = new Map<string, number>()
  for (const id of ids) left.set(id, (left.get(id) ?? 0) + 1)
  const missing: Difference[] = []
  return {
    see: ({ event_type, data }, partition, offset) => {
      if (event_type !== 'transaction.created' || bucketOf(data.transaction_id) !== bucket) return
      const copies = left.get(data.transaction_id) ?? 0
      if (copies > 0) left.set(data.transaction_id, copies - 1)
      else
        missing.push({
          what: `transaction ${data.transaction_id} is missing in ${store}`,
          where: coordinates(LOG, partition, offset),
        })
    },
    found: () => [
      ...missing,
      ...[...left]
        .filter(([, copies]) => copies > 0)
        .map(([id]) => ({ what: `transaction ${id} is in ${store} without its event`, where: store })),
    ],
  }
}

/** Wallets whose movements of a day come to something else in the store. */
function searchCell(store: StoreName, cell: DayCell, inStore: ReadonlyMap<string, Movements>): Search {
  const name = cellName(cell)
  const inLog = new Map<string, Movements>()
  const places = new Map<string, string>()
  return {
    see: ({ data }, partition, offset) => {
      if (data.balance_before === null || data.balance_after === null) return
      if (cellName(cellOf(data.wallet_id, data.created_at)) !== name) return
      addMovements(inLog, data.wallet_id, { count: 1, units: data.balance_after - data.balance_before })
      places.set(data.wallet_id, coordinates(LOG, partition, offset))
    },
    found: () => {
      const none: Movements = { count: 0, units: 0n }
      const tell = ({ count, units }: Movements): string => `${count} of ${formatAmount(units)} in all`
      return [...new Set([...inLog.keys(), ...inStore.keys()])].toSorted().flatMap((wallet) => {
        const [log, other] = [inLog.get(wallet) ?? none, inStore.get(wallet) ?? none]
        if (log.count === other.count && log.units === other.units) return []
        const what = `movements of wallet ${wallet} on ${dateOf(cell.day)}: ${tell(log)} in the log, ${tell(other)} in ${store}`
        return [{ what, where: places.get(wallet) ?? store }]
      })
    },
  }
}
