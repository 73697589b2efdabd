/**
 * Tells the caches in Redis of what is about to change in PostgreSQL, by the events that tell of the change. They are told
 * before the rows are written, and of versions:
 *
 * 1. What is cached of an older version goes, and a tombstone of the new version keeps older ones out.
 * 2. The rows are written and committed. Until then a read finds no cached value, and what it reads is not kept.
 *
 * Where the process dies in between, or the write fails, the batch is written again, and told again; the caches are merely
 * empty meanwhile. After the commit there is nothing left to do that could be lost. Where Redis does not answer within 100 ms
 * the write goes on, it is counted, and what is cached may be older than its row until its time is up.
 */
import { Counter } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import type { Logger } from '../../service/logger.ts'
import { cacheKey, PARTNER_SETTING, PLAYER_PROFILE } from '../../service/version-cache.ts'
import type { Invalidation, VersionCache } from '../../service/version-cache.ts'
import type { Batch, SinkStore } from '../runtime/types.ts'
import type { PostgresSource } from './sources.ts'

export interface InvalidationOptions {
  cache: VersionCache
  registry: Registry
  logger: Logger
}

/** What a batch changes that may be cached: of each entry the newest version. */
export function invalidationsOf(batch: Batch<PostgresSource>): Invalidation[] {
  const newest = new Map<string, Invalidation>()
  const add = (change: Invalidation): void => {
    const key = cacheKey(change)
    if ((newest.get(key)?.version ?? 0) < change.version) newest.set(key, change)
  }
  for (const slice of batch)
    if (slice.source === 'partner.profile.updated')
      for (const { value } of slice.records)
        add({ cache: PARTNER_SETTING, ids: [value.data.partner_id], version: value.data.version })
    else if (slice.source === 'player.profile.updated')
      for (const { value } of slice.records) {
        const { partner_id: partnerId, player_id: playerId, version } = value.data
        add({ cache: PLAYER_PROFILE, ids: [partnerId, playerId], version })
      }
  return [...newest.values()]
}

/** How caches were told of changes. */
export const createInvalidationMetrics = (registry: Registry): Counter<'result'> =>
  new Counter({
    name: 'stakestream_cache_invalidations_total',
    help: 'Cached values that a change was told to: done, or error where Redis did not answer for all of a batch.',
    labelNames: ['result'],
    registers: [registry],
  })

/** The store, telling the caches of every batch before it writes it. Closes the caches' connection with the store. */
export function invalidating(
  store: SinkStore<PostgresSource>,
  { cache, registry, logger }: InvalidationOptions,
): SinkStore<PostgresSource> {
  const told = createInvalidationMetrics(registry)
  const tell = async (changes: readonly Invalidation[]): Promise<void> => {
    if (changes.length === 0) return
    try {
      await cache.invalidate(changes)
      told.inc({ result: 'done' }, changes.length)
    } catch (error) {
      told.inc({ result: 'error' }, changes.length)
      logger.warn({ err: error, changes: changes.length }, 'the caches could not be told of changes')
    }
  }
  return {
    ...store,
    write: async (batch, context) => {
      await tell(invalidationsOf(batch))
      await store.write(batch, context)
    },
    close: async () => {
      cache.close()
      await store.close()
    },
  }
}
