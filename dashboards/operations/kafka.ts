/** How far processors and sinks are behind the log, and what their tasks do. */
import { Milliseconds } from '@grafana/grafana-foundation-sdk/units'
import { graph, operationsDashboard, quantile, rate } from './common.ts'

export const kafka = operationsDashboard({
  uid: 'stakestream-kafka',
  title: 'Kafka and lag',
  description:
    "Lag as the product itself counts it. A consumer group's lag in Kafka is no measure here: the markers of transactions leave it at 1 for ever.",
  panels: [
    graph('Behind: processors', 'Input records that are not yet processed.', [
      ['{{processor}}', 'sum by (processor) (stakestream_task_lag_records)'],
    ]),
    graph('Behind: sinks', 'Offsets that are not yet written.', [
      ['{{sink}} {{topic}}', 'sum by (sink, topic) (stakestream_sink_lag_records)'],
    ]),
    graph('Behind: partitions of processors', 'The ten that are furthest behind.', [
      [
        '{{processor}} {{partition}}',
        'topk(10, sum by (processor, partition) (stakestream_task_lag_records))',
      ],
    ]),
    graph('Behind: partitions of sinks', 'The ten that are furthest behind.', [
      [
        '{{sink}} {{topic}} {{partition}}',
        'topk(10, sum by (sink, topic, partition) (stakestream_sink_lag_records))',
      ],
    ]),
    graph(
      'Tasks by state',
      'A partition has one task that runs, and maybe a standby.',
      [['{{processor}} {{state}}', 'sum by (processor, state) (stakestream_task_state)']],
      { stacked: true },
    ),
    graph('Still to restore', 'Records of changelogs that restores and standbys still have to read.', [
      ['{{processor}}', 'sum by (processor) (stakestream_task_restore_remaining_records)'],
    ]),
    graph(
      'Restores',
      'What 99 % of the restores took, from the assignment of a task to its first record.',
      [['{{processor}}', quantile(0.99, 'stakestream_task_restore_milliseconds', 'processor')]],
      { unit: Milliseconds },
    ),
    graph('Records in and out', 'Processed and written in a second.', [
      ['{{processor}}', rate('stakestream_task_records_total', 'processor')],
      ['{{sink}}', rate('stakestream_sink_records_written_total', 'sink')],
    ]),
    graph(
      'Skipped',
      'Input records below the stored position, in a second: some after a restart, else none.',
      [['{{processor}}', rate('stakestream_task_skipped_records_total', 'processor')]],
    ),
    graph(
      'Transactions of Kafka',
      'From the begin of one to the end of its commit.',
      [
        ['{{processor}} half in', quantile(0.5, 'stakestream_task_commit_milliseconds', 'processor')],
        ['{{processor}} 99 % in', quantile(0.99, 'stakestream_task_commit_milliseconds', 'processor')],
      ],
      { unit: Milliseconds },
    ),
  ],
})
