/** Sliding windows in Redis: a sorted set of the calls of the last minute per key, counted by one script (async-ratelimiter). */
import RateLimiter from 'async-ratelimiter'
import { Redis } from 'ioredis'
import type { Logger } from '../../service/logger.ts'
import { WINDOW_SECONDS } from './rate-limits.ts'
import type { WindowCounter } from './rate-limits.ts'

/** A call does not wait longer than this for Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 100
const CONNECT_TIMEOUT_MS = 1_000
/** Longest pause between two tries to connect, in milliseconds. */
const RECONNECT_MS_MAX = 1_000

export interface RedisWindows extends WindowCounter {
  close(): void
}

/** The connection opens in the background; while it is down nothing is counted. */
export function openRedisWindows(url: string, logger: Logger): RedisWindows {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Calls must not queue up behind a connection that is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: (tries) => Math.min(tries * 100, RECONNECT_MS_MAX),
    connectionName: 'stakestream-api',
  })
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'Redis is not reachable'))
  const limiter = new RateLimiter({
    db: redis,
    namespace: 'rate-limit',
    duration: WINDOW_SECONDS * 1_000,
  })
  return {
    count: async (key, perMinute) => {
      try {
        const { remaining, reset } = await limiter.get({ id: key, max: perMinute })
        // Whole seconds, rounded down: a second later there is room for sure.
        return { remaining, resetMs: (reset + 1) * 1_000 }
      } catch (error) {
        logger.debug({ err: error }, 'a call could not be counted')
        return undefined
      }
    },
    close: () => redis.disconnect(),
  }
}
