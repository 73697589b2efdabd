/** Each part by itself: what it takes, and what it does. */
import {
  BytesIEC,
  Milliseconds,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units'
import { graph, mean, operationsDashboard, quantile, rate, services } from './common.ts'

const CHOSEN = '{service=~"${service:regex}"}'

export const perService = operationsDashboard({
  uid: 'stakestream-services',
  title: 'Services',
  description: 'What the chosen parts take, and below it what each kind of part does.',
  variables: [services()],
  panels: [
    graph('Processors of the machine', '1 is one core; JavaScript itself can take no more than that.', [
      ['{{service}}', rate(`process_cpu_seconds_total${CHOSEN}`, 'service')],
    ]),
    graph(
      'Event loop',
      'Delay of the event loop that 99 % of its turns stay under.',
      [['{{service}}', `max by (service) (nodejs_eventloop_lag_p99_seconds${CHOSEN})`]],
      { unit: Seconds },
    ),
    graph(
      'Memory',
      'Resident memory, and what of it is the heap of JavaScript.',
      [
        ['{{service}}', `sum by (service) (process_resident_memory_bytes${CHOSEN})`],
        ['{{service}} heap', `sum by (service) (nodejs_heap_size_used_bytes${CHOSEN})`],
      ],
      { unit: BytesIEC },
    ),
    graph(
      'Garbage collection',
      'Share of the time.',
      [['{{service}}', rate(`nodejs_gc_duration_seconds_sum${CHOSEN}`, 'service')]],
      { unit: PercentUnit },
    ),
    graph('Open files', 'Connections included.', [
      ['{{service}}', `sum by (service) (process_open_fds${CHOSEN})`],
    ]),
    graph(
      'API: requests by route',
      'The ten that are called most.',
      [
        [
          '{{method}} {{route}}',
          `topk(10, ${rate('stakestream_http_request_duration_seconds_count', 'method, route')})`,
        ],
      ],
      { unit: RequestsPerSecond },
    ),
    graph(
      'API: slowest routes',
      'What 99 % of the answers took, the ten slowest.',
      [
        [
          '{{method}} {{route}}',
          `topk(10, ${quantile(0.99, 'stakestream_http_request_duration_seconds', 'method, route')})`,
        ],
      ],
      { unit: Seconds },
    ),
    graph('API: caches', 'Reads through caches, by result.', [
      ['{{cache}} {{result}}', rate('stakestream_cache_requests_total', 'cache, result')],
    ]),
    graph('Processors: records', 'Input records in a second.', [
      ['{{processor}}', rate('stakestream_task_records_total', 'processor')],
    ]),
    graph('Processors: outcomes', 'What the records came to, in the words of each processor.', [
      ['{{processor}} {{outcome}}', rate('stakestream_task_outcomes_total', 'processor, outcome')],
    ]),
    graph('Processors: records in one transaction', 'On average.', [
      ['{{processor}}', mean('stakestream_task_batch_records', 'processor')],
    ]),
    graph(
      'Processors: transactions',
      'What 99 % of the transactions of Kafka took, and the work on their records.',
      [
        ['{{processor}} commit', quantile(0.99, 'stakestream_task_commit_milliseconds', 'processor')],
        ['{{processor}} work', quantile(0.99, 'stakestream_task_apply_milliseconds', 'processor')],
      ],
      { unit: Milliseconds },
    ),
    graph('Processors: local stores', 'Entries.', [
      ['{{processor}}', 'sum by (processor) (stakestream_task_store_entries)'],
    ]),
    graph('Sinks: records', 'Written in a second.', [
      ['{{sink}} {{topic}}', rate('stakestream_sink_records_written_total', 'sink, topic')],
    ]),
    graph(
      'Sinks: writes',
      'What 99 % of the writes took.',
      [['{{sink}}', quantile(0.99, 'stakestream_sink_write_milliseconds', 'sink')]],
      { unit: Milliseconds },
    ),
    graph('Sinks: records in one write', 'On average.', [
      ['{{sink}}', mean('stakestream_sink_batch_records', 'sink')],
    ]),
    graph('PostgreSQL: caches told of changes', 'Before they are written.', [
      ['{{result}}', rate('stakestream_cache_invalidations_total', 'result')],
    ]),
    graph(
      'Webhooks: calls',
      'What 99 % of the calls took, and from an event to its delivery.',
      [
        ['Call', quantile(0.99, 'stakestream_webhook_call_milliseconds', '')],
        ['From the event on', quantile(0.99, 'stakestream_webhook_delay_milliseconds', '')],
      ],
      { unit: Milliseconds },
    ),
    graph('Game providers: calls', 'By how they ended.', [
      ['{{provider}} {{outcome}}', rate('stakestream_game_provider_calls_total', 'provider, outcome')],
    ]),
    graph(
      'Game providers: time',
      'What 99 % of the calls took, waiting and repetitions included.',
      [['{{provider}}', quantile(0.99, 'stakestream_game_provider_call_seconds', 'provider')]],
      { unit: Seconds },
    ),
    graph('Game providers: repeated and turned away', 'Attempts in a second.', [
      ['{{provider}} repeated', rate('stakestream_game_provider_retries_total', 'provider')],
      ['{{provider}} {{why}}', rate('stakestream_game_provider_turned_away_total', 'provider, why')],
    ]),
    graph('Game providers: circuits', '0 closed, 1 half open, 2 open: nothing is sent.', [
      ['{{provider}}', 'max by (provider) (stakestream_game_provider_circuit_state)'],
    ]),
    graph('Game providers: calls under way', 'Sent, or waiting for a connection.', [
      ['{{provider}} {{state}}', 'sum by (provider, state) (stakestream_game_provider_calls_under_way)'],
    ]),
    graph('Screening: players', 'Profiles read, by result.', [
      ['{{result}}', rate('stakestream_screening_players_total', 'result')],
    ]),
    graph(
      'Screening: time',
      'What 99 % of the screenings against all lists took.',
      [['99 % in', quantile(0.99, 'stakestream_screening_milliseconds', '')]],
      { unit: Milliseconds },
    ),
    graph('Screening: lists', 'Entries of the lists in force.', [
      ['{{list}}', 'sum by (list) (stakestream_screening_list_entries)'],
    ]),
  ],
})
