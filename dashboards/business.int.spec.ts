/** Every query of the business dashboards on the real ClickHouse, and what it gives of play that was worked out by hand. */
import { describe, expect, it } from 'vitest'
import { readDashboardFiles } from './all.ts'
import { CLICKHOUSE } from './kit/clickhouse.ts'
import { dashboardSchema } from './testing/grafana.ts'
import type { DashboardFile } from './testing/grafana.ts'
import { ALPHA_ID, BETA_ID, usePanelResults } from './testing/panel-results.ts'

type Rows = readonly (readonly unknown[])[]
interface Expected {
  /** Default: one of the two. */
  partners?: readonly string[]
  panels: Readonly<Record<string, Rows>>
}

const ONE = '2026-11-01 00:00:00'
const TWO = '2026-11-02 00:00:00'

const HOURLY = [
  '2026-11-01 09:00:00',
  '2026-11-01 10:00:00',
  '2026-11-01 11:00:00',
  '2026-11-01 23:00:00',
  '2026-11-02 00:00:00',
  '2026-11-02 10:00:00',
  '2026-11-02 12:00:00',
  '2026-11-02 13:00:00',
  '2026-11-02 14:00:00',
]
const byHour = (...values: Rows): Rows => HOURLY.map((hour, at) => [hour, ...(values[at] ?? [0, 0])])

const volume: Expected = {
  panels: {
    'In the chosen time': [[5, 56, 2, 15.2, 150, 30]],
    'Turnover by hour': byHour([0], [50], [0], [5], [0], [1], [0], [0], [0]),
    'Bets by hour': byHour([0, 0], [3, 0], [0, 1], [1, 0], [0, 0], [1, 0]),
    'Active players by day': [
      [ONE, 2],
      [TWO, 1],
    ],
    'Deposits and withdrawals by day': [
      [ONE, 150, 0],
      [TWO, 0, 30],
    ],
    'By hour of the day': [
      [10, 4, 51],
      [23, 1, 5],
    ],
    'Players who stake most': [
      ['Alpha', 'ben', 2, 41, 41],
      ['Alpha', 'anna', 3, 15, -14.5],
    ],
  },
}

const ggr: Expected = {
  panels: {
    'In the chosen time': [[26.5, 16.5, 10, 47.3214]],
    'Out of balance': [[0]],
    'GGR and NGR by day': [
      [ONE, 50.5, 43.5],
      [TWO, -24, -27],
    ],
    'Hold by day': [
      [ONE, 91.8181],
      [TWO, -2400],
    ],
    'Bonus cost by day and kind': [
      [ONE, 'FREE_ROUND', 7],
      [TWO, 'PROMOTIONAL', 3],
    ],
    'Top wins': [
      ['2026-11-02 00:00:00.000', 'Alpha', 'anna', 'game-a', 'STANDARD', 25],
      ['2026-11-01 11:01:00.000', 'Alpha', 'anna', 'game-a', 'FREE_ROUND', 7],
      ['2026-11-01 10:01:00.000', 'Alpha', 'anna', 'game-a', 'STANDARD', 4.5],
      ['2026-11-02 13:30:00.000', 'Alpha', 'anna', '', 'PROMOTIONAL', 3],
    ],
    'Trial balance': [
      ['ADJUSTMENT', 0, 2, -2],
      ['BONUS', 0, 10, -10],
      ['CASH', 30, 150, -120],
      ['HOUSE', 76.0001, 49.5001, 26.5],
      ['PLAYER', 226.5001, 121.0001, 105.5],
      ['PLAYER_HELD', 45, 45, 0],
    ],
  },
}

const partners: Expected = {
  partners: [ALPHA_ID, BETA_ID],
  panels: {
    'Partners now': [[1, 0, 1]],
    'In the chosen time': [
      ['Beta', 1, 1, 7770, 7770, 7770, 100, 7777, 0],
      ['Alpha', 2, 5, 56, 26.5, 16.5, 47.3214, 150, 30],
    ],
    'GGR by day': [
      [ONE, 'Alpha', 50.5],
      [ONE, 'Beta', 7770],
      [TWO, 'Alpha', -24],
    ],
    'Active players by day': [
      [ONE, 'Alpha', 2],
      [ONE, 'Beta', 1],
      [TWO, 'Alpha', 1],
    ],
    'Commission rates': [
      ['Alpha', 'operator', 'active', 0.1, '2026-01-01 00:00:00.000', '2026-11-02 00:00:00.000'],
      ['Alpha', 'operator', 'active', 0.2, '2026-11-02 00:00:00.000', null],
      ['Beta', 'aggregator', 'suspended', 0.15, '2026-06-01 00:00:00.000', null],
    ],
    'GGR at the rate of its moment': [
      ['Alpha', 0.1, 50.5, 5.05],
      ['Alpha', 0.2, -24, -4.8],
      ['Beta', 0.15, 7770, 1165.5],
    ],
  },
}

const games: Expected = {
  panels: {
    'Games of the chosen time': [
      ['game-a', 2, 3, 55, 25.5, 18.5, 46.3636, 18.3333],
      ['game-b', 2, 2, 1, 1, 1, 100, 10.5],
    ],
    'Turnover by day, the ten most played': [
      [ONE, 'game-a', 55],
      [ONE, 'game-b', 0],
      [TWO, 'game-a', 0],
      [TWO, 'game-b', 1],
    ],
    'GGR, the ten most played': [
      ['game-a', 25.5],
      ['game-b', 1],
    ],
    'Bets by day, the ten most played': [
      [ONE, 'game-a', 3],
      [ONE, 'game-b', 1],
      [TWO, 'game-a', 0],
      [TWO, 'game-b', 1],
    ],
    'Rounds left open': [
      ['2026-11-01 10:16:00.000', 'Alpha', 'ben', 'game-a', 'round-5', 40],
      ['2026-11-02 10:00:00.000', 'Alpha', 'ben', 'game-b', 'round-6', 1],
    ],
  },
}

const aml: Expected = {
  panels: {
    'Open now': [[1, 1, 1, 1]],
    'Raised in the chosen time': [[3, 1, 0]],
    'Raised by day and type': [
      [ONE, 'STRUCTURING', 1],
      [ONE, 'THRESHOLD', 1],
      [TWO, 'PATTERN', 1],
    ],
    'Raised by day and severity': [
      [ONE, 'HIGH', 1],
      [ONE, 'MEDIUM', 1],
      [TWO, 'LOW', 1],
    ],
    'Open, the gravest first': [
      [
        ...['HIGH', 'THRESHOLD', 'NEW', 'Alpha', 'anna', 75, 1, '2026-11-01 10:00:00.000', null],
        expect.any(String),
      ],
      [
        ...[
          'MEDIUM',
          'STRUCTURING',
          'INVESTIGATING',
          'Alpha',
          'ben',
          40,
          3,
          '2026-11-01 12:00:00.000',
          'ann',
        ],
        expect.any(String),
      ],
    ],
    'How work ended': [
      ['CLOSED', 'EXPLAINED', 1, 3.5],
      ['REPORTED', '', 1, 72],
    ],
    'What was found': [
      ['LARGE_TRANSACTION', 2, 2],
      ['NEAR_THRESHOLD', 1, 1],
      ['NEW_HOURS', 1, 1],
    ],
  },
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  'stakestream-volume': volume,
  'stakestream-ggr': ggr,
  'stakestream-partners': partners,
  'stakestream-games': games,
  'stakestream-aml': aml,
}

const dashboards = [...readDashboardFiles().values()]
  .map((text) => dashboardSchema.parse(JSON.parse(text)))
  .filter(({ panels }) => panels.some(({ targets }) => targets[0]?.datasource.uid === CLICKHOUSE.uid))
const cases = dashboards.flatMap(({ uid, title, panels }) =>
  panels.map((panel) => ({ uid, name: `${title}: ${panel.title}`, panel })),
)

const ask = usePanelResults()
const sqlOf = ({ targets: [target] }: DashboardFile['panels'][number]): string => target?.rawSql ?? ''

describe('the business dashboards', () => {
  it('have results for every panel, worked out by hand', () => {
    const laid = dashboards.map(({ uid, panels }) => [uid, panels.map(({ title }) => title)])
    const expected = Object.entries(EXPECTED).map(([uid, { panels }]) => [uid, Object.keys(panels)])
    expect(Object.fromEntries(laid)).toEqual(Object.fromEntries(expected))
  })

  it.each(cases)('$name', async ({ uid, panel }) => {
    const expected = EXPECTED[uid]
    const { meta, data } = await ask(sqlOf(panel), expected?.partners ?? [ALPHA_ID])
    expect(data).toEqual(expected?.panels[panel.title])
    // Grafana makes a series of every text beside the time, and wants the points in order.
    if (panel.type === 'timeseries') {
      expect(meta[0]).toMatchObject({ name: 'time', type: expect.stringMatching(/^DateTime/) })
      const times = data.map(([time]) => String(time))
      expect(times).toEqual(times.toSorted())
    }
    const named = panel.fieldConfig.overrides.map(({ matcher }) => matcher.options)
    expect(meta.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
    const [, label] =
      /^\$\{__field\.labels\.(\w+)\}$/.exec(panel.fieldConfig.defaults.displayName ?? '') ?? []
    if (label !== undefined)
      expect(meta[1]).toMatchObject({ name: label, type: expect.stringMatching(/String/) })
  })

  it('let partners be chosen by name, and a currency', async () => {
    for (const { templating } of dashboards)
      for (const { name, query } of templating.list) {
        const { data } = await ask(query, [])
        expect([name, data]).toEqual(
          name === 'partner'
            ? [
                name,
                [
                  [ALPHA_ID, 'Alpha'],
                  [BETA_ID, 'Beta'],
                ],
              ]
            : [name, [['EUR'], ['USD']]],
        )
      }
  })
})
