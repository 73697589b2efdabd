/** What the API measures. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import { measureProcess } from '../service/admin-server.ts'
import type { CacheResult } from './reads/cached.ts'

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 4_000]

export interface ApiMetrics {
  request(method: string, route: string, status: number, seconds: number): void
  /** Commands in one Kafka send. */
  sendBatch(records: number): void
  /** From a command's acceptance to its reply, in seconds. */
  replyWait(seconds: number): void
  replyTimeout(): void
  /** A call that a rate limit should have counted, and could not. */
  uncounted(limitClass: string): void
  /** A connection that was turned away: there are too many, or too many of its address. */
  refusedConnection(reason: 'connections' | 'address'): void
  /** A read through a cache. */
  cacheRequest(cache: string, result: CacheResult): void
  /** Asked at each scrape. */
  observePending(count: () => number): void
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry]
  measureProcess(registry)
  const requests = new Histogram({
    name: 'stakestream_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS_BUCKETS,
    registers,
  })
  const batches = new Histogram({
    name: 'stakestream_api_send_batch_commands',
    help: 'Commands in one Kafka send.',
    buckets: BATCH_BUCKETS,
    registers,
  })
  const waits = new Histogram({
    name: 'stakestream_api_reply_wait_seconds',
    help: 'Time from the acceptance of a command to its reply.',
    buckets: SECONDS_BUCKETS,
    registers,
  })
  const timeouts = new Counter({
    name: 'stakestream_api_reply_timeouts_total',
    help: 'Commands whose reply or acknowledgement did not come in time.',
    registers,
  })
  const uncounted = new Counter({
    name: 'stakestream_api_uncounted_calls_total',
    help: 'Calls that were not held against their rate limit, since Redis did not answer.',
    labelNames: ['class'] as const,
    registers,
  })
  const refused = new Counter({
    name: 'stakestream_http_refused_connections_total',
    help: 'Connections that were turned away, by the bound that they were over.',
    labelNames: ['reason'] as const,
    registers,
  })
  const cacheRequests = new Counter({
    name: 'stakestream_cache_requests_total',
    help: 'Reads through a cache: hit, miss, or error where Redis did not answer and the source did.',
    labelNames: ['cache', 'result'] as const,
    registers,
  })
  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    sendBatch: (records) => batches.observe(records),
    replyWait: (seconds) => waits.observe(seconds),
    replyTimeout: () => timeouts.inc(),
    refusedConnection: (reason) => refused.inc({ reason }),
    uncounted: (limitClass) => uncounted.inc({ class: limitClass }),
    cacheRequest: (cache, result) => cacheRequests.inc({ cache, result }),
    observePending: (count) => {
      new Gauge({
        name: 'stakestream_api_pending_commands',
        help: 'Commands that wait for their acknowledgement or reply.',
        registers,
        collect() {
          this.set(count())
        },
      })
    },
  }
}
