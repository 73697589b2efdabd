/** What the metrics say of passes that succeed and fail, and that they follow each other. */
import { Registry } from '@prometheus-io/client'
import { expect, it } from 'vitest'
import { createLogger } from '../service/logger.ts'
import { waitFor } from '../tests/support/wait.ts'
import { createSyntheticMetrics } from './metrics.ts'
import type { PassResult } from './pass.ts'
import { startSchedule } from './schedule.ts'

const passed: PassResult = { playerId: 'p', steps: [{ step: 'register', durationMs: 3 }], failed: null }
const failed: PassResult = {
  playerId: 'p',
  steps: [],
  failed: { step: 'deposit', reason: 'was answered 503' },
}

/** Plays the passes in turn, the last one again and again, and answers what `/metrics` and the log say once `count` have ended. */
async function after(
  results: readonly PassResult[],
  count: number,
): Promise<{ metrics: string[]; log: string[] }> {
  const log: string[] = []
  const registry = new Registry()
  let played = 0
  const schedule = startSchedule({
    pass: () => {
      const result = results[Math.min(played, results.length - 1)] ?? passed
      played++
      // After the last that is wanted none ends any more.
      return played > count ? new Promise(() => undefined) : Promise.resolve(result)
    },
    intervalMs: 1,
    metrics: createSyntheticMetrics(registry),
    logger: createLogger('synthetic', 'info', { write: (line) => void log.push(line) }),
    nowMs: () => 1_000_000 + played * 1_000,
  })
  await waitFor(() => played > count)
  expect(schedule.last()).toBe(results.at(-1)?.failed === null ? 'passed' : 'failed')
  const metrics = (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#'))
  return { metrics, log }
}

const metricsAfter = async (results: readonly PassResult[], count: number): Promise<string[]> =>
  (await after(results, count)).metrics

it('counts passes that fail in a row, by their step, and keeps when one succeeded last', async () => {
  expect(await metricsAfter([passed, failed], 3)).toEqual(
    expect.arrayContaining([
      'stakestream_synthetic_passes_total{result="passed"} 1',
      'stakestream_synthetic_passes_total{result="failed"} 2',
      'stakestream_synthetic_step_failures_total{step="deposit"} 2',
      'stakestream_synthetic_step_failures_total{step="bet"} 0',
      'stakestream_synthetic_failed_in_a_row 2',
      'stakestream_synthetic_passed_timestamp_seconds 1001',
      'stakestream_synthetic_step_milliseconds_count{step="register"} 1',
    ]),
  )
})

it('begins to count anew with a pass that succeeds', async () => {
  expect(await metricsAfter([failed, failed, passed], 3)).toEqual(
    expect.arrayContaining([
      'stakestream_synthetic_failed_in_a_row 0',
      'stakestream_synthetic_passed_timestamp_seconds 1003',
    ]),
  )
})

it('says from the beginning when it began, so that one which never succeeds gets stale, too', async () => {
  expect(await metricsAfter([failed], 1)).toContain('stakestream_synthetic_passed_timestamp_seconds 1000')
})

it('names in the log the step, the reason and the player of a pass that fails', async () => {
  const { log } = await after([failed], 1)
  expect(log.map((line): unknown => JSON.parse(line))).toMatchObject([
    { level: 'error', msg: 'failed', player: 'p', step: 'deposit', reason: 'was answered 503' },
  ])
})
