/** What a sink counts and times. One object per process; every name starts with stakestream_sink_. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'

const PARTITION = ['topic', 'partition'] as const

export type SinkMetrics = ReturnType<typeof createSinkMetrics>

export function createSinkMetrics(registry: Registry, sink: string) {
  registry.setDefaultLabels({ sink })
  const registers = [registry]
  return {
    written: new Counter({
      name: 'stakestream_sink_records_written_total',
      help: 'Records written to the store.',
      labelNames: ['topic'],
      registers,
    }),
    batchRecords: new Histogram({
      name: 'stakestream_sink_batch_records',
      help: 'Records in one write.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
      registers,
    }),
    writeMs: new Histogram({
      name: 'stakestream_sink_write_milliseconds',
      help: 'Time of one write that succeeded, positions included, in milliseconds.',
      buckets: [2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000],
      registers,
    }),
    lag: new Gauge({
      name: 'stakestream_sink_lag_records',
      help: 'Offsets of a partition that are not yet written.',
      labelNames: PARTITION,
      registers,
    }),
    retries: new Counter({
      name: 'stakestream_sink_retries_total',
      help: 'Attempts that failed and were made again, by what failed.',
      labelNames: ['step'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'stakestream_sink_dead_letters_total',
      help: 'Records that could never be written and went to the dead-letter topic.',
      labelNames: ['topic', 'code'],
      registers,
    }),
    available: new Gauge({
      name: 'stakestream_sink_available',
      help: '1 while the last attempt to write or to find the position succeeded, 0 while attempts fail.',
      registers,
    }),
  }
}
