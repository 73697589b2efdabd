/** The files of the dashboards, without a database behind them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { dashboardFiles, readDashboardFiles } from './all.ts'
import { CLICKHOUSE } from './kit/clickhouse.ts'
import { FULL_WIDTH } from './kit/panels.ts'
import { dashboardSchema, expand } from './testing/grafana.ts'

const files = readDashboardFiles()
const dashboards = [...files.values()].map((text) => dashboardSchema.parse(JSON.parse(text)))
const panels = dashboards.flatMap((dashboard) => dashboard.panels.map((panel) => ({ dashboard, panel })))

const datasources = z
  .object({ datasources: z.array(z.object({ uid: z.string(), type: z.string() })) })
  .parse(parse(readFileSync(join(import.meta.dirname, 'provisioning/datasources.yml'), 'utf8'))).datasources

describe('the files of the dashboards', () => {
  it('are what is generated (npm run generate:dashboards)', () => {
    const expected = dashboardFiles()
    expect([...files.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [name, text] of expected) expect([name, files.get(name) === text]).toEqual([name, true])
  })

  it('are named as their dashboards, each once', () => {
    expect(dashboards.map(({ uid }) => `${uid}.json`)).toEqual([...files.keys()])
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length)
  })

  it('ask data sources that are provisioned', () => {
    const known = datasources.map(({ uid, type }) => `${type} ${uid}`)
    const asked = panels.flatMap(({ panel }) => panel.targets.map(({ datasource }) => datasource))
    for (const { uid, type } of asked) expect(known).toContain(`${type} ${uid}`)
    const ofVariables = dashboards.flatMap(({ templating }) => templating.list)
    for (const { datasource } of ofVariables)
      expect(datasources.map(({ uid }) => uid)).toContain(datasource.uid)
  })

  it('lay no panel over another or beyond the grid', () => {
    for (const { uid, panels: laid } of dashboards) {
      const cells = laid.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
      )
      expect([uid, new Set(cells).size]).toEqual([uid, cells.length])
      for (const { gridPos } of laid) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(FULL_WIDTH)
    }
  })

  it('name each panel once, and number it', () => {
    for (const { uid, panels: named } of dashboards) {
      expect([uid, new Set(named.map(({ title }) => title)).size]).toEqual([uid, named.length])
      expect(named.map(({ id }) => id)).toEqual(named.map((_, at) => at + 1))
    }
  })

  it('use the variables that they have, and have none that they do not use', () => {
    for (const { uid, panels: using, templating } of dashboards) {
      const text = JSON.stringify(using)
      const used = new Set([...text.matchAll(/\$\{(?!__)(\w+)[:}]/g)].map(([, name = '']) => name))
      expect([uid, [...used].sort()]).toEqual([uid, templating.list.map(({ name }) => name).sort()])
    }
  })

  it('name columns in overrides that their queries give', () => {
    for (const { panel } of panels)
      for (const { matcher } of panel.fieldConfig.overrides) {
        expect(matcher.id).toBe('byName')
        expect(panel.targets[0]?.rawSql).toContain(`AS "${matcher.options}"`)
      }
  })

  it('read points where they draw over time, and rows elsewhere', () => {
    const ofClickhouse = panels.filter(({ panel }) => panel.targets[0]?.datasource.uid === CLICKHOUSE.uid)
    expect(ofClickhouse.length).toBeGreaterThan(25)
    for (const { panel } of ofClickhouse) {
      expect([panel.title, panel.targets.map(({ format }) => format)]).toEqual([
        panel.title,
        [panel.type === 'timeseries' ? 0 : 1],
      ])
    }
  })
})

describe("Grafana's part in a query, in the tests", () => {
  const choice = {
    fromMs: 1_793_000_000_500,
    toMs: 1_793_000_001_500,
    variables: { partner: ['a', "b'c"], currency: 'EUR' },
  }

  it('puts values and times in', () => {
    expect(expand('x IN (${partner:sqlstring}) AND y = ${currency:sqlstring}', choice)).toBe(
      "x IN ('a','b''c') AND y = 'EUR'",
    )
    expect(expand('$__fromTime $__toTime_ms', choice)).toBe(
      'toDateTime(1793000000) fromUnixTimestamp64Milli(1793000001500)',
    )
    expect(expand('$__timeFilter_ms(t.x)', choice)).toBe(
      't.x >= fromUnixTimestamp64Milli(1793000000500) AND t.x <= fromUnixTimestamp64Milli(1793000001500)',
    )
  })

  it.each([
    '$__timeInterval(x)',
    '$__timeFilter_ms',
    '$__fromTime(x)',
    '${game:sqlstring}',
    '${partner:csv}',
    '$partner',
    '${partner}',
  ])('refuses what it does not know: %s', (sql) => {
    expect(() => expand(sql, choice)).toThrow(/known|takes|no variable/)
  })
})
