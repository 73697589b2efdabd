/** What the synthetic check says of the system. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import { STEPS } from './pass.ts'

export type SyntheticMetrics = ReturnType<typeof createSyntheticMetrics>

/** Every step and result is there from the beginning: a counter that comes into being at 1 has not increased. */
export function createSyntheticMetrics(registry: Registry) {
  const registers = [registry]
  const passes = new Counter({
    name: 'stakestream_synthetic_passes_total',
    help: 'Passes of the synthetic check by result: passed, failed.',
    labelNames: ['result'],
    registers,
  })
  const failures = new Counter({
    name: 'stakestream_synthetic_step_failures_total',
    help: 'Passes that failed, by the step at which they did.',
    labelNames: ['step'],
    registers,
  })
  const stepMs = new Histogram({
    name: 'stakestream_synthetic_step_milliseconds',
    help: 'Time of a step that succeeded, as a partner sees it, in milliseconds.',
    labelNames: ['step'],
    buckets: [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    registers,
  })
  for (const result of ['passed', 'failed']) passes.inc({ result }, 0)
  for (const step of STEPS) {
    failures.inc({ step }, 0)
    stepMs.zero({ step })
  }
  return {
    passes,
    failures,
    failedInARow: new Gauge({
      name: 'stakestream_synthetic_failed_in_a_row',
      help: 'Passes that have failed since the last one that succeeded.',
      registers,
    }),
    stepMs,
    passedSeconds: new Gauge({
      name: 'stakestream_synthetic_passed_timestamp_seconds',
      help: 'When the last pass that succeeded ended, in seconds since 1970; the start of the process until then.',
      registers,
    }),
  }
}
