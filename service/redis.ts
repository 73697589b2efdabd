/** Connections to Redis for what goes on without it: a call that gets no answer soon fails, and nothing queues up. */
import { Redis } from 'ioredis'
import type { Logger } from './logger.ts'

/** A call does not wait longer than this for Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 100
const CONNECT_TIMEOUT_MS = 1_000
/** Longest pause between two tries to connect, in milliseconds. */
const RECONNECT_MS_MAX = 1_000

/**
 * The connection opens in the background; while it is down every call fails at once.
 * @param timeoutMs longest wait of a call
 */
export function openRedis(
  url: string,
  connectionName: string,
  logger: Logger,
  timeoutMs = COMMAND_TIMEOUT_MS,
): Redis {
  const redis = new Redis(url, {
    commandTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Calls must not queue up behind a connection that is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: (tries) => Math.min(tries * 100, RECONNECT_MS_MAX),
    connectionName,
  })
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'Redis is not reachable'))
  return redis
}
