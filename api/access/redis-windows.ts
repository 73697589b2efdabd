/** Sliding windows in Redis: a sorted set of the calls of the last minute per key, counted by one script (async-ratelimiter). */
import RateLimiter from 'async-ratelimiter'
import type { Logger } from '../../service/logger.ts'
import { openRedis } from '../../service/redis.ts'
import { WINDOW_SECONDS } from './rate-limits.ts'
import type { WindowCounter } from './rate-limits.ts'

export interface RedisWindows extends WindowCounter {
  close(): void
}

/** The connection opens in the background; while it is down nothing is counted. */
export function openRedisWindows(url: string, logger: Logger): RedisWindows {
  const redis = openRedis(url, 'stakestream-api', logger)
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
