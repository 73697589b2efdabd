/** What the reconciliation on a schedule says of itself. */
import { Counter, Gauge } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'

export type ReconciliationMetrics = ReturnType<typeof createReconciliationMetrics>

export function createReconciliationMetrics(registry: Registry) {
  const registers = [registry]
  return {
    differences: new Gauge({
      name: 'stakestream_reconciliation_differences',
      help: 'Differences between Kafka, PostgreSQL and ClickHouse that the last reconciliation found.',
      registers,
    }),
    fileDifferences: new Gauge({
      name: 'stakestream_reconciliation_file_differences',
      help: 'Differences between the files of game providers and the platform that the last reconciliation found.',
      registers,
    }),
    files: new Gauge({
      name: 'stakestream_reconciliation_files',
      help: 'Files of game providers by what the last reconciliation made of them: same, different, refused.',
      labelNames: ['result'],
      registers,
    }),
    runs: new Counter({
      name: 'stakestream_reconciliation_runs_total',
      help: 'Reconciliations by result: same, different, failed (it could not be done).',
      labelNames: ['result'],
      registers,
    }),
    completedSeconds: new Gauge({
      name: 'stakestream_reconciliation_completed_timestamp_seconds',
      help: 'When the last reconciliation that could be done ended, in seconds since 1970; the start of the process until then.',
      registers,
    }),
    durationMs: new Gauge({
      name: 'stakestream_reconciliation_milliseconds',
      help: 'How long the last reconciliation took, in milliseconds.',
      registers,
    }),
    events: new Gauge({
      name: 'stakestream_reconciliation_events',
      help: 'Events of the log of transactions that the last reconciliation covered.',
      registers,
    }),
  }
}
