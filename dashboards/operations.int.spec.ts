/** Metrics, alerts and the dashboards of operations on the running services, promtool and a real Prometheus. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { prometheusPrograms } from '../stack/prometheus.ts'
import type { PrometheusPrograms } from '../stack/prometheus.ts'
import { startService, stopService } from '../tests/support/stack.ts'
import { unavailable } from '../tests/support/unavailable.ts'
import { waitFor } from '../tests/support/wait.ts'
import { readDashboardFiles } from './all.ts'
import { PROMETHEUS } from './kit/prometheus.ts'
import { metricsOf, SERVICES } from './metrics/catalogue.ts'
import { alertRules, ruleFiles, RULES_DIRECTORY } from './metrics/rules.ts'
import { dashboardSchema } from './testing/grafana.ts'
import { DOWNLOAD_TIMEOUT_MS, hadOrMissing } from './testing/programs.ts'
import type { Had } from './testing/programs.ts'
import { addressOf, startPrometheus } from './testing/prometheus.ts'
import type { RunningPrometheus } from './testing/prometheus.ts'
import { expandPromql } from './testing/promql.ts'

/** All cases of a file of tests, of which promtool needs a second, on a machine that does other things too. */
const PROMTOOL_TIMEOUT_MS = 180_000

const run = promisify(execFile)
const services = Object.keys(SERVICES)
/** Started by its name alone. */
const OPTIONAL = 'synthetic'

beforeAll(() => startService(OPTIONAL))
afterAll(() => stopService(OPTIONAL))

describe('every service', () => {
  it.each(services)('%s serves the metrics of the catalogue, and no others', async (service) => {
    const text = await (await fetch(`http://${addressOf(service)}/metrics`)).text()
    const served = new Map(
      [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \1 (\S+)$/gm)].map(([, name = '', help, type]) => [
        name,
        [type, help],
      ]),
    )
    const expected = new Map(metricsOf(service).map(({ name, type, help }) => [name, [type, help]]))
    expect(served).toEqual(expected)
    const labels = new Set(['le', 'quantile', ...metricsOf(service).flatMap((metric) => metric.labels)])
    const found = [...text.matchAll(/[{,](\w+)="/g)].map(([, label = '']) => label)
    expect(found.filter((label) => !labels.has(label))).toEqual([])
  })
})

let had: Had<PrometheusPrograms> = { missing: 'not looked for' }

beforeAll(async () => {
  had = await hadOrMissing(prometheusPrograms)
}, DOWNLOAD_TIMEOUT_MS)

describe('promtool', () => {
  const testFiles = readdirSync(join(RULES_DIRECTORY, 'tests'))

  it('takes the configuration and every file of rules', async (context) => {
    if (had.programs === undefined) return unavailable(context, had.missing)
    const { stdout } = await run(had.programs.promtool, [
      'check',
      'config',
      join(RULES_DIRECTORY, 'prometheus.yml'),
    ])
    for (const name of ruleFiles()) expect(stdout).toContain(name)
    const files = ruleFiles().map((name) => join(RULES_DIRECTORY, name))
    await run(had.programs.promtool, ['check', 'rules', ...files])
  })

  it.for(testFiles)(
    'finds that alerts fire and clear as %s says',
    { timeout: PROMTOOL_TIMEOUT_MS },
    async (name, context) => {
      if (had.programs === undefined) return unavailable(context, had.missing)
      await run(had.programs.promtool, ['test', 'rules', join(RULES_DIRECTORY, 'tests', name)])
    },
  )

  it.each(['stakestream', 'synthetic'])('is given a test of each alert of %s', (name) => {
    const file = readFileSync(join(RULES_DIRECTORY, `tests/${name}.test.yml`), 'utf8')
    const cases = z
      .object({
        tests: z.array(
          z.object({
            promql_expr_test: z.array(z.object({ exp_samples: z.array(z.object({ labels: z.string() })) })),
          }),
        ),
      })
      .parse(parse(file)).tests
    const fired = new Set(
      cases.flatMap(({ promql_expr_test: looks }) =>
        looks.flatMap(({ exp_samples: samples }) => samples.map(({ labels }) => labels)),
      ),
    )
    const alerts = alertRules([`${name}.rules.yml`]).map(({ alert }) => `{alertname="${alert}"}`)
    expect([...fired].sort()).toEqual(alerts.sort())
  })
})

/** Panels that may well be empty on a stack that does well and has just been started. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  'System: Disks',
  'Services: PostgreSQL: caches told of changes',
  'Services: Screening: players',
  'Services: Game providers: calls',
  'Services: Game providers: time',
  'Services: Game providers: repeated and turned away',
  'Services: Game providers: circuits',
  'Services: Game providers: calls under way',
  'Errors: Put aside by processors',
  'Errors: Put aside by sinks',
  'Errors: Tasks that started anew',
  'Errors: Work done again by sinks',
  'Errors: Calls not counted',
  'Errors: Connections turned away',
  'Errors: Webhooks',
  'Errors: Refused requests',
  'Errors: Failed answers by route',
  'Services: API: caches',
])

const targets = [...readDashboardFiles().values()]
  .map((text) => dashboardSchema.parse(JSON.parse(text)))
  .flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.targets
        .filter(({ datasource }) => datasource.uid === PROMETHEUS.uid)
        .map(({ expr, refId }) => ({ name: `${title}: ${panel.title}`, refId, expr: expr ?? '' })),
    ),
  )

describe('a real Prometheus', () => {
  let prometheus: RunningPrometheus | undefined
  beforeAll(async () => {
    if (had.programs === undefined) return
    const started = await startPrometheus(had.programs.prometheus)
    prometheus = started
    // Rates need several scrapes of everything.
    const scraped = `count(count_over_time(up[1m]) >= 3) == ${services.length}`
    await waitFor(async () => (await started.query(scraped)).length === 1, { what: 'three scrapes of all' })
  })
  afterAll(() => prometheus?.stop())

  it('reaches every service', async (context) => {
    if (prometheus === undefined) return unavailable(context, had.missing ?? '')
    const up = await prometheus.query('up == 1')
    expect(up.map(({ metric }) => metric['service'] ?? '').sort()).toEqual(services.toSorted())
  })

  it('evaluates every alert', async (context) => {
    if (prometheus === undefined) return unavailable(context, had.missing ?? '')
    const rules = await prometheus.rules()
    expect(rules.map(({ name }) => name).sort()).toEqual(
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    )
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  it.for(targets)('gives $name ($refId)', async ({ name, expr }, context) => {
    if (prometheus === undefined) return unavailable(context, had.missing ?? '')
    const found = await prometheus.query(expandPromql(expr, services))
    if (!MAY_BE_EMPTY.has(name)) expect(found).not.toEqual([])
  })
})
