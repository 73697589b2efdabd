/**
 * Reconciles again and again, each time from where the reading of Kafka stands. It keeps nothing on disk: after a restart the log is read from its
 * beginning.
 */
import type { Logger } from '../service/logger.ts'
import { repeat } from '../service/repeat.ts'
import type { Repetition } from '../service/repeat.ts'
import type { ReconciliationMetrics } from './metrics.ts'
import type { Reconciliation } from './result.ts'
import type { FileResult } from './rounds/folder.ts'

/** Differences that are logged one by one; the rest only counts. */
const LOGGED_MAX = 100
/** After a reconciliation that could not be done the next one comes no later than this. */
const RETRY_MS_MAX = 60_000

export interface ScheduleOptions {
  reconcile: () => Promise<Reconciliation>
  /** Compares the provider files that there are, after the stores. */
  compareFiles: () => Promise<readonly FileResult[]>
  /** From the end of one to the begin of the next. */
  intervalMs: number
  metrics: ReconciliationMetrics
  logger: Logger
  nowMs: () => number
}

export interface Schedule extends Repetition {
  /** What the last one came to; null until one has ended. */
  last: () => 'same' | 'different' | 'failed' | null
}

export function startSchedule(options: ScheduleOptions): Schedule {
  const { intervalMs, metrics, nowMs } = options
  let last: ReturnType<Schedule['last']> = null
  metrics.completedSeconds.set(nowMs() / 1_000)

  const reconciliations = repeat(async () => {
    last = await once(options)
    metrics.runs.inc({ result: last })
    return last === 'failed' ? Math.min(RETRY_MS_MAX, intervalMs) : intervalMs
  })
  return { last: () => last, stop: reconciliations.stop }
}

async function once(options: ScheduleOptions): Promise<'same' | 'different' | 'failed'> {
  const { metrics, logger, nowMs } = options
  const startMs = nowMs()
  try {
    const stores = await stored(options)
    const files = await filed(options)
    metrics.durationMs.set(nowMs() - startMs)
    metrics.completedSeconds.set(nowMs() / 1_000)
    return stores && files ? 'same' : 'different'
  } catch (error) {
    logger.error({ err: error }, 'could not reconcile')
    return 'failed'
  }
}

/** Whether the stores hold the same. */
async function stored({ reconcile, metrics, logger }: ScheduleOptions): Promise<boolean> {
  const { ok, events, walletsMoved, differences, money } = await reconcile()
  metrics.differences.set(differences.length)
  metrics.unbalanced.set(money.filter(({ same }) => !same).length)
  metrics.events.set(events)
  for (const { what, where } of differences.slice(0, LOGGED_MAX))
    logger.error({ what, where }, 'the stores differ')
  logger.info({ events, walletsMoved, differences: differences.length }, 'reconciled')
  return ok
}

/** Whether the files of providers say the same. */
async function filed({ compareFiles, metrics, logger }: ScheduleOptions): Promise<boolean> {
  const files = await compareFiles()
  const sum = files.reduce((total, { differenceCount }) => total + differenceCount, 0)
  metrics.fileDifferences.set(sum)
  for (const result of ['same', 'different', 'refused'] as const)
    metrics.files.set({ result }, files.filter((file) => file.result === result).length)
  for (const { file, result, reason, differences } of files) {
    if (reason !== null) logger.error({ file, reason }, 'a provider file is refused')
    for (const { what, where } of differences.slice(0, LOGGED_MAX))
      logger.error({ file, what, where }, 'a provider file differs')
    logger.info({ file, result }, 'provider file compared')
  }
  return files.every(({ result }) => result === 'same')
}
