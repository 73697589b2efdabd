/**
 * Finds the transactions behind a difference: a second reading of the log, for the buckets of ids in which a store
 * counts others than the log. In memory are only the ids of those buckets.
 */
import type { TransactionCreated } from '../../avro/types.ts'
import type { OnRecord } from './kafka.ts'
import { bucketOf, coordinates } from './view.ts'
import type { Difference } from './view.ts'

/** Buckets that are looked into; where more differ, the named ones are examples. */
export const BUCKETS_MAX = 32
const NAMED_MAX = 20

export interface Suspect {
  store: string
  bucket: number
}

/** Ids of a bucket, as a store has them. */
export type IdsOf = (suspect: Suspect) => Promise<string[]>

/** Reads the log once more, handing each event to `onRecord`. */
export type ReadLog = (onRecord: OnRecord<TransactionCreated>) => Promise<void>

export async function locate(
  suspects: readonly Suspect[],
  idsOf: IdsOf,
  readLog: ReadLog,
): Promise<Difference[]> {
  const looked = suspects.slice(0, BUCKETS_MAX)
  const stores = new Map<string, { buckets: Set<number>; left: Map<string, number> }>()
  for (const suspect of looked) {
    const entry = stores.get(suspect.store) ?? { buckets: new Set<number>(), left: new Map<string, number>() }
    entry.buckets.add(suspect.bucket)
    for (const id of await idsOf(suspect)) entry.left.set(id, (entry.left.get(id) ?? 0) + 1)
    stores.set(suspect.store, entry)
  }
  const found: Difference[] = []
  await readLog(({ event_type, data }, partition, offset) => {
    if (event_type !== 'transaction.created') return
    const bucket = bucketOf(data.transaction_id)
    for (const [store, { buckets, left }] of stores) {
      if (!buckets.has(bucket)) continue
      const copies = left.get(data.transaction_id) ?? 0
      if (copies > 0) left.set(data.transaction_id, copies - 1)
      else
        found.push({
          what: `transaction ${data.transaction_id} is missing in ${store}`,
          where: coordinates('wallet.transaction.created', partition, offset),
        })
    }
  })
  for (const [store, { left }] of stores)
    for (const [id, copies] of left)
      if (copies > 0) found.push({ what: `transaction ${id} is in ${store} without its event`, where: store })
  return found.slice(0, NAMED_MAX)
}
