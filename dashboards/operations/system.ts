/** Whether the system does well as a whole. */
import {
  BytesIEC,
  Milliseconds,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units'
import { graph, inAnHour, mean, NONE_WANTED, now, operationsDashboard, quantile, rate } from './common.ts'

const REQUESTS = 'stakestream_http_request_duration_seconds'

export const system = operationsDashboard({
  uid: 'stakestream-system',
  title: 'System',
  description:
    'The state of the whole: what is up, how fast it answers, how far it is behind, what it takes.',
  panels: [
    now('Services', 'Parts of the product that Prometheus reaches.', [['Up', 'sum(up{job="stakestream"})']], {
      width: 4,
    }),
    now(
      'Services away',
      'Parts of the product that Prometheus does not reach.',
      [['Away', 'count(up{job="stakestream"} == 0) or vector(0)']],
      { width: 4, steps: NONE_WANTED },
    ),
    now(
      'Differences',
      'What the last reconciliation of Kafka, PostgreSQL, ClickHouse and the files of game providers found, and currencies out of balance.',
      [
        ['Differences', 'sum(stakestream_reconciliation_differences)'],
        ["Differences of providers' files", 'sum(stakestream_reconciliation_file_differences)'],
        [
          "Providers' files that differ or were refused",
          'sum(stakestream_reconciliation_files{result!="same"})',
        ],
        ['Currencies out of balance', 'sum(stakestream_reconciliation_unbalanced_currencies)'],
      ],
      { width: 8, steps: NONE_WANTED },
    ),
    now(
      'Since the last reconciliation',
      'Time since the last one that could be done.',
      [['Since then', 'time() - max(stakestream_reconciliation_completed_timestamp_seconds)']],
      { width: 8, unit: Seconds },
    ),
    now(
      'Synthetic check',
      'A player who registers, deposits, bets, wins and withdraws every minute: passes that have failed since the last one that succeeded.',
      [['Failed in a row', 'max(stakestream_synthetic_failed_in_a_row)']],
      { width: 12, steps: NONE_WANTED },
    ),
    now(
      'Since the synthetic check succeeded',
      'Time since the last pass in which every step did.',
      [['Since then', 'time() - max(stakestream_synthetic_passed_timestamp_seconds)']],
      { width: 12, unit: Seconds },
    ),
    graph('Requests', 'By HTTP status.', [['{{status}}', rate(`${REQUESTS}_count`, 'status')]], {
      unit: RequestsPerSecond,
      stacked: true,
    }),
    graph(
      'Time to answer',
      'From the request to the end of its answer, over all routes.',
      [
        ['Half in', quantile(0.5, REQUESTS, '')],
        ['95 % in', quantile(0.95, REQUESTS, '')],
        ['99 % in', quantile(0.99, REQUESTS, '')],
      ],
      { unit: Seconds },
    ),
    graph('Behind the log', 'Records that are not yet processed or written.', [
      ['{{processor}}', 'sum by (processor) (stakestream_task_lag_records)'],
      ['{{sink}}', 'sum by (sink) (stakestream_sink_lag_records)'],
    ]),
    graph(
      'Disks',
      'How full the disks are that the databases and Kafka lie on.',
      [
        [
          '{{instance}} {{mountpoint}}',
          '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}',
        ],
      ],
      { unit: PercentUnit },
    ),
    graph(
      'Processors of the machine',
      'Time of the processors that each part takes; 1 is one core.',
      [['{{service}}', rate('process_cpu_seconds_total', 'service')]],
      { stacked: true },
    ),
    graph(
      'Memory',
      'Resident memory of each part.',
      [['{{service}}', 'sum by (service) (process_resident_memory_bytes)']],
      { unit: BytesIEC, stacked: true },
    ),
    graph('Webhooks kept', 'Deliveries by state; due ones are overdue.', [
      ['{{state}}', 'sum by (state) (stakestream_webhook_deliveries)'],
    ]),
    graph(
      'Reconciliation',
      'How long the last one took.',
      [['Took', 'max(stakestream_reconciliation_milliseconds)']],
      { unit: Milliseconds, width: 6 },
    ),
    graph(
      'Reconciled events',
      'Events of the log that the last reconciliation covered.',
      [['Events', 'max(stakestream_reconciliation_events)']],
      { width: 6 },
    ),
    graph(
      'Waiting for replies',
      'Commands of the API that have no reply yet, and how many go to Kafka at once.',
      [
        ['Waiting', 'sum(stakestream_api_pending_commands)'],
        ['In one send', mean('stakestream_api_send_batch_commands', 'job')],
      ],
    ),
    graph(
      'Time to the reply',
      'From the acceptance of a command to its reply: Kafka and the processor together.',
      [
        ['Half in', quantile(0.5, 'stakestream_api_reply_wait_seconds', '')],
        ['99 % in', quantile(0.99, 'stakestream_api_reply_wait_seconds', '')],
      ],
      { unit: Seconds },
    ),
    graph(
      'Synthetic check: time',
      'Of each step, as a partner sees it.',
      [['{{step}}', mean('stakestream_synthetic_step_milliseconds', 'step')]],
      { unit: Milliseconds },
    ),
    graph(
      'Synthetic check: passes',
      'In the last hour by result, and the failed ones by the step at which they did.',
      [
        ['{{result}}', inAnHour('stakestream_synthetic_passes_total', 'result')],
        ['failed at {{step}}', inAnHour('stakestream_synthetic_step_failures_total', 'step')],
      ],
    ),
  ],
})
