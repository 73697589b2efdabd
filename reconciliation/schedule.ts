/**
 * Reconciles again and again, each time from where the reading of Kafka stands. It keeps nothing on disk: after a restart the log is read from its
 * beginning.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../service/logger.ts'
import type { ReconciliationMetrics } from './metrics.ts'
import type { Reconciliation } from './result.ts'

/** Differences that are logged one by one; the rest only counts. */
const LOGGED_MAX = 100
/** After a reconciliation that could not be done the next one comes no later than this. */
const RETRY_MS_MAX = 60_000

export interface ScheduleOptions {
  reconcile: () => Promise<Reconciliation>
  /** From the end of one to the begin of the next. */
  intervalMs: number
  metrics: ReconciliationMetrics
  logger: Logger
  nowMs: () => number
}

export interface Schedule {
  /** What the last one came to; null until one has ended. */
  last: () => 'same' | 'different' | 'failed' | null
  /** Resolves when the one that is under way has ended. */
  stop: () => Promise<void>
}

export function startSchedule(options: ScheduleOptions): Schedule {
  const { intervalMs, metrics, nowMs } = options
  const stopping = new AbortController()
  let last: ReturnType<Schedule['last']> = null
  metrics.completedSeconds.set(nowMs() / 1_000)

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      last = await once(options)
      metrics.runs.inc({ result: last })
      const pauseMs = last === 'failed' ? Math.min(RETRY_MS_MAX, intervalMs) : intervalMs
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    last: () => last,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function once({ reconcile, metrics, logger, nowMs }: ScheduleOptions) {
  const startMs = nowMs()
  try {
    const result = await reconcile()
    const durationMs = nowMs() - startMs
    metrics.differences.set(result.differences.length)
    metrics.unbalanced.set(result.money.filter(({ same }) => !same).length)
    metrics.events.set(result.events)
    metrics.durationMs.set(durationMs)
    metrics.completedSeconds.set(nowMs() / 1_000)
    for (const { what, where } of result.differences.slice(0, LOGGED_MAX))
      logger.error({ what, where }, 'the stores differ')
    const { events, walletsMoved, differences } = result
    logger.info({ events, walletsMoved, differences: differences.length, durationMs }, 'reconciled')
    return result.ok ? 'same' : 'different'
  } catch (error) {
    logger.error({ err: error }, 'could not reconcile')
    return 'failed'
  }
}
