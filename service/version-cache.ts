/**
 * Caches in Redis of what has a version that rises by one per change (seed 9.5). A key holds a hash: the version, and the
 * value as JSON. An older version never takes the place of a newer one, whatever comes in which order:
 *
 * - `invalidate` leaves a tombstone, a version without a value, before the source has that version.
 * - `put` is refused where a newer version is known, so a reader that has read the old row before the change and writes it
 *   after the invalidation writes nothing.
 *
 * Tombstones live as long as values do, which is far longer than a read and its `put` can take.
 */
import type { Logger } from './logger.ts'
import { openRedis } from './redis.ts'

/** What is cached under `<service>:<type>:<id>:<sub_id>`. */
export interface CacheDefinition {
  /** `<service>:<type>`. */
  name: string
  /** How long a value is served that no invalidation has reached, in milliseconds. */
  ttlMs: number
}

const MINUTE_MS = 60_000

/** A partner's settings, by partner id. */
export const PARTNER_SETTING = {
  name: 'partner:setting',
  ttlMs: 5 * MINUTE_MS,
} as const satisfies CacheDefinition

/** A player's profile, personal data sealed, by partner id and player id. */
export const PLAYER_PROFILE = {
  name: 'player:profile',
  ttlMs: 5 * MINUTE_MS,
} as const satisfies CacheDefinition

/** One value of a cache. */
export interface CacheEntry {
  cache: CacheDefinition
  /** All but the last are free of colons, so that no two entries share a key. */
  ids: readonly string[]
}

/** An entry that is about to have a version. */
export interface Invalidation extends CacheEntry {
  version: number
}

/** Every call rejects where Redis does not answer within 100 ms. */
export interface VersionCache {
  /** The value as it was put; undefined where there is none. */
  get(entry: CacheEntry): Promise<string | undefined>
  /** Keeps a value, unless a newer version is known. Answers whether it did. */
  put(entry: CacheEntry, version: number, json: string): Promise<boolean>
  /** From now on nothing older than these versions is answered or kept. Rejects where one of them was not told. */
  invalidate(changes: readonly Invalidation[]): Promise<void>
  close(): void
}

export const cacheKey = ({ cache, ids }: CacheEntry): string => [cache.name, ...ids].join(':')

const PUT = `
local known = redis.call('HGET', KEYS[1], 'version')
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'value', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

const INVALIDATE = `
local known = redis.call('HGET', KEYS[1], 'version')
if known and tonumber(known) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`

/** Invalidations that are sent together: few enough to be answered in the time of one call. */
const INVALIDATIONS_AT_ONCE = 100

/**
 * The connection opens in the background, see `openRedis`.
 * @param timeoutMs longest wait of a call, 100 ms where absent
 */
export function openVersionCache(
  url: string,
  connectionName: string,
  logger: Logger,
  timeoutMs?: number,
): VersionCache {
  const redis = openRedis(url, connectionName, logger, timeoutMs)
  const tell = ({ version, ...entry }: Invalidation): Promise<unknown> =>
    redis.eval(INVALIDATE, 1, cacheKey(entry), version, entry.cache.ttlMs)
  return {
    get: async (entry) => (await redis.hget(cacheKey(entry), 'value')) ?? undefined,
    put: async (entry, version, json) =>
      (await redis.eval(PUT, 1, cacheKey(entry), version, json, entry.cache.ttlMs)) === 1,
    invalidate: async (changes) => {
      for (let at = 0; at < changes.length; at += INVALIDATIONS_AT_ONCE)
        await Promise.all(changes.slice(at, at + INVALIDATIONS_AT_ONCE).map(tell))
    },
    close: () => redis.disconnect(),
  }
}
