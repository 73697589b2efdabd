/** Passes again and again, one at a time. */
import type { Logger } from '../service/logger.ts'
import { repeat } from '../service/repeat.ts'
import type { Repetition } from '../service/repeat.ts'
import type { SyntheticMetrics } from './metrics.ts'
import type { PassResult } from './pass.ts'

export interface ScheduleOptions {
  pass: () => Promise<PassResult>
  /** From the begin of one pass to the begin of the next; one that takes longer is followed at once. */
  intervalMs: number
  metrics: SyntheticMetrics
  logger: Logger
  nowMs: () => number
}

export interface Schedule extends Repetition {
  /** What the last pass came to; null until one has ended. */
  last: () => 'passed' | 'failed' | null
}

export function startSchedule(options: ScheduleOptions): Schedule {
  const { intervalMs, metrics, nowMs } = options
  let last: ReturnType<Schedule['last']> = null
  metrics.passedSeconds.set(nowMs() / 1_000)

  const passes = repeat(async () => {
    const startMs = nowMs()
    last = await once(options)
    return Math.max(0, startMs + intervalMs - nowMs())
  })
  return { last: () => last, stop: passes.stop }
}

async function once({ pass, metrics, logger, nowMs }: ScheduleOptions): Promise<'passed' | 'failed'> {
  const { playerId, steps, failed } = await pass()
  for (const { step, durationMs } of steps) metrics.stepMs.observe({ step }, durationMs)
  const result = failed === null ? 'passed' : 'failed'
  metrics.passes.inc({ result })
  if (failed === null) {
    metrics.failedInARow.set(0)
    metrics.passedSeconds.set(nowMs() / 1_000)
    logger.debug({ player: playerId, steps }, 'passed')
  } else {
    metrics.failedInARow.inc()
    metrics.failures.inc({ step: failed.step })
    // Money may be left in the wallet of this player. He is nobody: under `player_id` he would be taken out of the line as a person is.
    logger.error({ player: playerId, ...failed }, 'failed')
  }
  return result
}
