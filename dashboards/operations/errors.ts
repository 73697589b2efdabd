/** What goes wrong, and where. */
import { PercentUnit } from '@grafana/grafana-foundation-sdk/units'
import { graph, inAnHour, NONE_WANTED, now, operationsDashboard, rate } from './common.ts'

const ANSWERS = 'stakestream_http_request_duration_seconds_count'

export const errors = operationsDashboard({
  uid: 'stakestream-errors',
  title: 'Errors',
  description: 'Answers that failed, records that were put aside, work that had to be done again.',
  panels: [
    now(
      'Put aside',
      'Records in dead-letter topics since the processes started: each wants a person.',
      [
        ['By processors', 'sum(stakestream_task_dead_letters_total) or vector(0)'],
        ['By sinks', 'sum(stakestream_sink_dead_letters_total) or vector(0)'],
      ],
      { width: 12, steps: NONE_WANTED },
    ),
    now(
      'Not at work',
      'Partitions that no task processes, sinks that can not write, lists whose files are refused.',
      [
        [
          'Partitions',
          'count(max by (processor, partition) (stakestream_task_state{state="running"}) == 0) or vector(0)',
        ],
        ['Sinks', 'count(stakestream_sink_available == 0) or vector(0)'],
        ['Lists', 'sum(stakestream_screening_list_refused) or vector(0)'],
      ],
      { width: 12, steps: NONE_WANTED },
    ),
    graph(
      'Answers of 5xx',
      'Their share of all answers.',
      [
        [
          '5xx',
          `sum(rate(${ANSWERS}{status=~"5.."}[$__rate_interval])) / sum(rate(${ANSWERS}[$__rate_interval]))`,
        ],
      ],
      { unit: PercentUnit },
    ),
    graph('Refused requests', 'Answers of 4xx, by status and route.', [
      ['{{status}} {{route}}', `topk(10, ${rate(`${ANSWERS}{status=~"4.."}`, 'status, route')})`],
    ]),
    graph('Failed answers by route', 'Answers of 5xx.', [
      ['{{status}} {{method}} {{route}}', rate(`${ANSWERS}{status=~"5.."}`, 'status, method, route')],
    ]),
    graph('No reply in time', 'Commands that were answered 202, within an hour.', [
      ['Commands', inAnHour('stakestream_api_reply_timeouts_total', 'job')],
    ]),
    graph('Put aside by processors', 'Dead letters within an hour.', [
      ['{{processor}} {{code}}', inAnHour('stakestream_task_dead_letters_total', 'processor, code')],
    ]),
    graph('Put aside by sinks', 'Dead letters within an hour.', [
      ['{{sink}} {{topic}} {{code}}', inAnHour('stakestream_sink_dead_letters_total', 'sink, topic, code')],
    ]),
    graph('Tasks that started anew', 'Within an hour, by the error that made them.', [
      ['{{processor}} {{reason}}', inAnHour('stakestream_task_restarts_total', 'processor, reason')],
    ]),
    graph('Work done again by sinks', 'Attempts that failed within an hour.', [
      ['{{sink}} {{step}}', inAnHour('stakestream_sink_retries_total', 'sink, step')],
    ]),
    graph(
      'Calls not counted',
      'Calls that no rate limit counted, since Redis did not answer, within an hour.',
      [['{{class}}', inAnHour('stakestream_api_uncounted_calls_total', 'class')]],
    ),
    graph('Connections turned away', 'Too many in all, or of one address, within an hour.', [
      ['{{reason}}', inAnHour('stakestream_http_refused_connections_total', 'reason')],
    ]),
    graph('Webhooks', 'Calls within an hour, by outcome.', [
      ['{{outcome}}', inAnHour('stakestream_webhook_tries_total', 'outcome')],
    ]),
    graph('Reconciliations', 'Within an hour, by result.', [
      ['{{result}}', inAnHour('stakestream_reconciliation_runs_total', 'result')],
    ]),
  ],
})
