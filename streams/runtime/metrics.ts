/** What the runtime counts and times. One object per process; every name starts with stakestream_task_. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'

/** States of a task; the gauge is 1 for the present one. */
export const TASK_STATES = ['standby', 'restoring', 'running', 'failed'] as const
export type TaskState = (typeof TASK_STATES)[number]

const TASK = ['processor', 'partition'] as const
const MS_BUCKETS = [1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1_000, 5_000]

export type RuntimeMetrics = ReturnType<typeof createRuntimeMetrics>

export function createRuntimeMetrics(registry: Registry) {
  const registers = [registry]
  return {
    state: new Gauge({
      name: 'stakestream_task_state',
      help: 'Present state of a task (1) among its possible states (0).',
      labelNames: [...TASK, 'state'],
      registers,
    }),
    lag: new Gauge({
      name: 'stakestream_task_lag_records',
      help: 'Input records that are not yet processed.',
      labelNames: TASK,
      registers,
    }),
    restoreRemaining: new Gauge({
      name: 'stakestream_task_restore_remaining_records',
      help: 'Changelog records that a restore or a standby still has to read.',
      labelNames: TASK,
      registers,
    }),
    restoreMs: new Histogram({
      name: 'stakestream_task_restore_milliseconds',
      help: 'Time from the assignment of a task to its first record, in milliseconds.',
      labelNames: TASK,
      buckets: [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000],
      registers,
    }),
    batchRecords: new Histogram({
      name: 'stakestream_task_batch_records',
      help: 'Input records in one transaction.',
      labelNames: TASK,
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
      registers,
    }),
    applyMs: new Histogram({
      name: 'stakestream_task_apply_milliseconds',
      help: 'Time to apply the records of one batch, in milliseconds.',
      labelNames: TASK,
      buckets: MS_BUCKETS,
      registers,
    }),
    commitMs: new Histogram({
      name: 'stakestream_task_commit_milliseconds',
      help: 'Time from the begin of a Kafka transaction to the end of its commit, in milliseconds.',
      labelNames: TASK,
      buckets: MS_BUCKETS,
      registers,
    }),
    records: new Counter({
      name: 'stakestream_task_records_total',
      help: 'Input records processed.',
      labelNames: TASK,
      registers,
    }),
    outcomes: new Counter({
      name: 'stakestream_task_outcomes_total',
      help: 'What committed records came to, in the words of the processor.',
      labelNames: [...TASK, 'outcome'],
      registers,
    }),
    skipped: new Counter({
      name: 'stakestream_task_skipped_records_total',
      help: 'Input records below the stored position, skipped.',
      labelNames: TASK,
      registers,
    }),
    deadLetters: new Counter({
      name: 'stakestream_task_dead_letters_total',
      help: 'Records sent to the dead-letter topic.',
      labelNames: [...TASK, 'code'],
      registers,
    }),
    restarts: new Counter({
      name: 'stakestream_task_restarts_total',
      help: 'Times that a task had to start anew, by the error that made it.',
      labelNames: [...TASK, 'reason'],
      registers,
    }),
    storeEntries: new Gauge({
      name: 'stakestream_task_store_entries',
      help: 'Entries in the local store of a task.',
      labelNames: TASK,
      registers,
    }),
  }
}

/**
 * Forgets what was measured of a partition that another process has by now: a lag that nobody works off any more would stand
 * there, and alert, for as long as this process lives.
 */
export function forgetPartition(metrics: RuntimeMetrics, processor: string, partition: number): void {
  const { lag, storeEntries, restoreRemaining, state } = metrics
  for (const gauge of [lag, storeEntries, restoreRemaining]) gauge.remove({ processor, partition })
  for (const name of TASK_STATES) state.remove({ processor, partition, state: name })
}
