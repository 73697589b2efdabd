/** The catalogue of metrics, the rules, the dashboards and the document speak of the same things. */
import { describe, expect, it } from 'vitest'
import { instrumentation, readDashboardFiles, readInstrumentation } from '../all.ts'
import { PROMETHEUS } from '../kit/prometheus.ts'
import { dashboardSchema } from '../testing/grafana.ts'
import { expandPromql, readPromql } from '../testing/promql.ts'
import { catalogue, FROM_ELSEWHERE, TARGET_LABELS } from './catalogue.ts'
import { alertRules } from './rules.ts'

const metrics = catalogue()
const known = [...metrics, ...FROM_ELSEWHERE]

/** Series by the metric that they are of. */
const series = new Map(
  known.flatMap((metric) =>
    metric.type === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((end) => [`${metric.name}${end}`, metric] as const)
      : [[metric.name, metric] as const],
  ),
)

const panels = [...readDashboardFiles().values()]
  .map((text) => dashboardSchema.parse(JSON.parse(text)))
  .flatMap((dashboard) => dashboard.panels.map((panel) => ({ dashboard, panel })))
const onDashboards = panels.flatMap(({ dashboard, panel }) =>
  panel.targets
    .filter(({ datasource }) => datasource.uid === PROMETHEUS.uid)
    .map(({ expr, refId, legendFormat }) => ({
      where: `${dashboard.title}: ${panel.title}: ${refId}`,
      expression: expandPromql(expr ?? '', ['api', 'wallet']),
      shown: [...(legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
    })),
)
const inRules = alertRules().map(({ alert, expr, labels, annotations }) => ({
  where: alert,
  expression: expr,
  shown: [
    ...Object.values({ ...labels, ...annotations })
      .join()
      .matchAll(/\$labels\.(\w+)/g),
  ].map(([, label = '']) => label),
}))

describe('the catalogue', () => {
  it('ends the names of counters, and of them alone, in _total, and says what every metric is', () => {
    const own = metrics.filter(({ name }) => name.startsWith('stakestream_'))
    expect(own.length).toBeGreaterThan(35)
    for (const { name, type, help } of own) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
      expect([name, help]).toEqual([name, expect.stringMatching(/^.{10,}\.$/)])
    }
  })

  it('has every metric of the product on a dashboard', () => {
    const shown = new Set(onDashboards.flatMap(({ expression }) => readPromql(expression).metrics))
    const hidden = metrics.filter(
      ({ name, type }) =>
        name.startsWith('stakestream_') &&
        !shown.has(name) &&
        !(type === 'histogram' && shown.has(`${name}_count`)) &&
        !shown.has(`${name}_bucket`),
    )
    expect(hidden.map(({ name }) => name)).toEqual([])
  })
})

describe.each([
  ['dashboards', onDashboards],
  ['alerts', inRules],
])('the expressions of %s', (_, expressions) => {
  it.each(expressions)('$where asks for what there is', ({ expression, shown }) => {
    const asked = readPromql(expression)
    expect(asked.metrics).not.toEqual([])
    const found = asked.metrics.map((name) => series.get(name) ?? name)
    expect(found.filter((metric) => typeof metric === 'string')).toEqual([])
    const labels = new Set([
      ...TARGET_LABELS,
      'le',
      ...found.flatMap((metric) => (typeof metric === 'string' ? [] : metric.labels)),
    ])
    expect([...asked.labels, ...shown].filter((label) => !labels.has(label))).toEqual([])
  })
})

describe('the alerts', () => {
  it('are each one of a kind', () => {
    const names = alertRules().map(({ alert }) => alert)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    ['SlowRequests', '5m', '> 1'],
    ['ServerErrors', '1m', '> 0.01'],
    ['LagOfProcessor', '10m', '>= 1000'],
    ['LagOfSink', '10m', '>= 1000'],
    ['DatabaseDiskFull', '5m', '> 0.85'],
  ])('%s fires as was asked for', (alert, lasting, bound) => {
    expect(alertRules().find((rule) => rule.alert === alert)).toMatchObject({
      for: lasting,
      expr: expect.stringMatching(new RegExp(`${bound}$`)),
    })
  })
})

describe('docs/instrumentation.md', () => {
  it('is what is generated (npm run generate:dashboards)', () => {
    expect(readInstrumentation() === instrumentation()).toBe(true)
  })
})

describe('reading an expression', () => {
  it('finds metrics and labels', () => {
    expect(readPromql('sum by (a) (rate(x_total{b="1", c!~"2"}[5m])) / on (d) y')).toEqual({
      metrics: ['x_total', 'y'],
      labels: ['a', 'b', 'c', 'd'],
    })
  })

  it.each(['sum by (a (x)', 'rate(x[5m]', 'x{a=}', 'x y'])('refuses %s', (expression) => {
    expect(() => readPromql(expression)).toThrow('no expression')
  })

  it('knows no other variables than those in use', () => {
    expect(() => expandPromql('rate(x[$__interval])', [])).toThrow('known')
  })
})
