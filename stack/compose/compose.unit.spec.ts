import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { envOf } from '../env-file.ts'
import { DEFAULT_PORTS, type PortName } from '../ports.ts'
import { KAFKA_VERSION, kafkaSettings } from '../services/kafka.ts'
import { REGISTRY_VERSION } from '../services/registry.ts'
import { stackFrom } from '../stack.ts'

const serviceSchema = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
})
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
})

const rootDir = join(import.meta.dirname, '../..')
const compose = composeSchema.parse(
  parse(readFileSync(join(rootDir, 'docker-compose.yml'), 'utf8'), { merge: true }),
)

function service(name: string): z.output<typeof serviceSchema> {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`no service ${name}`)
  return found
}

const PRODUCT: Readonly<Record<string, PortName>> = {
  api: 'api',
  wallet: 'walletAdmin',
  aml: 'amlAdmin',
  partners: 'partnersAdmin',
  'aml-alerts': 'amlAlertsAdmin',
  'sink-postgres': 'sinkPostgresAdmin',
  'sink-clickhouse': 'sinkClickhouseAdmin',
  'sink-webhooks': 'sinkWebhooksAdmin',
  screening: 'screeningAdmin',
  settlement: 'settlementAdmin',
  'settlement-worker': 'settlementWorkerAdmin',
  games: 'gamesAdmin',
  'games-worker': 'gamesWorkerAdmin',
  reconciliation: 'reconciliationAdmin',
  synthetic: 'syntheticAdmin',
  'game-sandbox': 'gameProvider',
}

/** What serves others; the rest listens for probes and metrics alone. */
const SERVERS: ReadonlySet<string> = new Set(['api', 'game-sandbox'])

describe('docker-compose.yml', () => {
  test.each([
    ['kafka', 'kafka', undefined],
    ['registry', 'registry', 8080],
    ['postgres', 'postgres', undefined],
    ['redis', 'redis', undefined],
    ['clickhouse', 'clickhouse', undefined],
    ['prometheus', 'prometheus', undefined],
    ['alertmanager', 'alertmanager', 9093],
    ['grafana', 'grafana', undefined],
    ...Object.entries(PRODUCT).map(([name, port]): [string, PortName, undefined] => [name, port, undefined]),
  ] as const)(
    '%s is published on the port of the local stack, on the loopback alone',
    (name, port, inside) => {
      const outside = DEFAULT_PORTS[port]
      expect(service(name).ports).toEqual([`127.0.0.1:${outside}:${inside ?? outside}`])
    },
  )

  test('the components are those of the local stack', () => {
    expect(service('kafka').image).toBe(`apache/kafka:${KAFKA_VERSION}`)
    expect(service('registry').image).toBe(`apicurio/apicurio-registry:${REGISTRY_VERSION}`)
    expect(service('postgres').image).toMatch(/^postgres:18-/)
  })

  test("ClickHouse has the analysts' account, and its password from the environment", () => {
    const { volumes, environment } = service('clickhouse')
    expect(volumes).toContain('./stack/compose/analyst.xml:/etc/clickhouse-server/users.d/analyst.xml:ro')
    const account = readFileSync(join(rootDir, 'stack/compose/analyst.xml'), 'utf8')
    const [, variable = ''] = /<password from_env="(\w+)"\/>/.exec(account) ?? []
    expect(environment[variable]).toBeDefined()
    expect(account).toContain(`GRANT SELECT ON ${environment['CLICKHOUSE_DB']}.*`)
  })

  test("Kafka's settings are those of the local stack, but for where it listens and stores", () => {
    const node = { id: 1, name: 'kafka', port: 9092, controllerPort: 9093 }
    const ofPlace = /listener|log\.dirs|quorum|^node\.id|^process\.roles|^num\.|^controlled/
    const settings = Object.entries(kafkaSettings(node, [node], '/')).filter(([key]) => !ofPlace.test(key))
    expect(settings.length).toBeGreaterThan(15)
    for (const [key, value] of settings) {
      const name = `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`
      expect([name, service('kafka').environment[name]]).toEqual([name, value])
    }
  })

  test.each(['init', ...Object.keys(PRODUCT)])('%s gets every value that .local/env has', (name) => {
    const names = Object.keys(envOf(stackFrom({}), {}))
    expect(Object.keys(service(name).environment)).toEqual(expect.arrayContaining(names))
  })

  test.each(Object.entries(PRODUCT))(
    '%s listens on its port, is probed there, and waits for init',
    (name, port) => {
      const { environment, healthcheck, depends_on: dependsOn } = service(name)
      const number = String(DEFAULT_PORTS[port])
      expect(environment[SERVERS.has(name) ? 'PORT' : 'ADMIN_PORT']).toBe(number)
      expect(healthcheck?.test).toEqual(['CMD', 'node', 'stack/compose/healthy.ts', number])
      expect(dependsOn).toEqual({ init: { condition: 'service_completed_successfully' } })
    },
  )

  test('everything but init is probed, and every volume is declared and used', () => {
    const unprobed = Object.keys(compose.services).filter((name) => service(name).healthcheck === undefined)
    expect(unprobed).toEqual(['init'])
    const mounted = Object.values(compose.services).flatMap(({ volumes }) => volumes)
    const named = mounted
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => !/^[./]/.test(source))
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort())
  })

  test.each(['ENCRYPTION_KEY', 'API_KEY_PEPPER'])('%s has 32 bytes', (name) => {
    const key = /:-(.*)\}$/.exec(service('api').environment[name] ?? '')?.[1] ?? ''
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
  })
})

describe('Grafana', () => {
  const { volumes, environment } = service('grafana')
  const mounted = new Map(volumes.map((volume) => [volume.split(':')[0], volume.split(':')[1] ?? '']))
  const provisioned = (file: string): unknown =>
    parse(readFileSync(join(rootDir, 'dashboards/provisioning', file), 'utf8'))

  test('is given the data sources and the files of the dashboards, where its provider looks for them', () => {
    const folder = '/etc/grafana/provisioning'
    expect(mounted.get('./dashboards/provisioning/datasources.yml')).toMatch(`${folder}/datasources/`)
    expect(mounted.get('./dashboards/provisioning/dashboards.yml')).toMatch(`${folder}/dashboards/`)
    const providers = z.object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
    const [provider] = providers.parse(provisioned('dashboards.yml')).providers
    expect(provider?.options.path).toBe(mounted.get('./dashboards/grafana'))
  })

  test("asks ClickHouse as an analyst, with the analysts' password and database, and Prometheus where it is", () => {
    const { datasources } = z
      .object({
        datasources: z.array(
          z.object({
            type: z.string(),
            url: z.string().optional(),
            jsonData: z.record(z.string(), z.unknown()),
            secureJsonData: z.record(z.string(), z.string()).default({}),
          }),
        ),
      })
      .parse(provisioned('datasources.yml'))
    const [clickhouse, prometheus] = datasources
    expect(clickhouse).toMatchObject({
      jsonData: {
        host: 'clickhouse',
        port: DEFAULT_PORTS.clickhouse,
        protocol: 'http',
        username: 'analyst',
        defaultDatabase: service('clickhouse').environment['CLICKHOUSE_DB'],
      },
      secureJsonData: { password: '$CLICKHOUSE_ANALYST_PASSWORD' },
    })
    const password = 'CLICKHOUSE_ANALYST_PASSWORD'
    expect(environment[password]).toBe(service('clickhouse').environment[password])
    expect(environment['GF_PLUGINS_PREINSTALL_SYNC']).toMatch(`${clickhouse?.type}@`)
    expect(prometheus?.url).toBe(`http://prometheus:${DEFAULT_PORTS.prometheus}`)
  })
})

describe('Prometheus', () => {
  const config = z
    .object({
      rule_files: z.array(z.string()),
      alerting: z.object({
        alertmanagers: z.array(
          z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
        ),
      }),
      scrape_configs: z.array(
        z.object({
          job_name: z.string(),
          static_configs: z.array(
            z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }),
          ),
        }),
      ),
    })
    .parse(parse(readFileSync(join(rootDir, 'dashboards/prometheus/prometheus.yml'), 'utf8')))

  test('scrapes every part of the product, under its name, and the disks', () => {
    const [product, disks] = config.scrape_configs.map(({ static_configs: targets }) => targets)
    // The sandbox stands for a game provider: it is no part of the product, and has no metrics.
    const parts = Object.entries(PRODUCT).filter(([name]) => name !== 'game-sandbox')
    const expected = parts.map(([name, port]) => ({
      targets: [`${name}:${DEFAULT_PORTS[port]}`],
      labels: { service: name },
    }))
    expect(product?.toSorted((a, b) => String(a.targets).localeCompare(String(b.targets)))).toEqual(
      expected.toSorted((a, b) => String(a.targets).localeCompare(String(b.targets))),
    )
    expect(disks).toEqual([{ targets: ['node-exporter:9100'], labels: {} }])
  })

  test('has its settings and every file of rules laid beside each other', () => {
    expect(service('prometheus').volumes).toContain('./dashboards/prometheus:/etc/prometheus:ro')
    expect(config.rule_files).toEqual(['*.rules.yml'])
  })

  test('tells Alertmanager, which has its settings, and a place for the files that they name', () => {
    const [inside] = service('alertmanager').ports.map((port) => port.split(':').at(-1))
    expect(config.alerting.alertmanagers).toEqual([
      { static_configs: [{ targets: [`alertmanager:${inside}`] }] },
    ])
    const settings = 'alertmanager/alertmanager.yml'
    const mounted = service('alertmanager').volumes
    expect(mounted).toContain(`./dashboards/${settings}:/etc/${settings}:ro`)
    const files = readFileSync(join(rootDir, 'dashboards', settings), 'utf8').matchAll(/_file: (\S+)\//g)
    const folders = new Set(Array.from(files, ([, folder]) => folder))
    expect([...folders].map((folder) => mounted.some((volume) => volume.endsWith(`:${folder}:ro`)))).toEqual([
      true,
    ])
  })
})

test('the sample of a watchlist is the one that the local stack screens against', () => {
  const sample = 'stack/watchlists/sample-sanctions.csv'
  expect(service('screening').environment['WATCHLISTS']).toContain(`:/app/${sample}}`)
  expect(readFileSync(join(rootDir, sample), 'utf8')).toContain('invented')
})

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(rootDir, 'Dockerfile'), 'utf8')

  test('the last stage runs on Node 24 as an ordinary user', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toMatch(/^FROM node:24-/)
    expect(last).toMatch(/\nUSER 1000:1000\n/)
  })

  test('no folder that it copies is left out of what Docker gets to see', () => {
    const ignored = readFileSync(join(rootDir, '.dockerignore'), 'utf8').split('\n')
    const copied = [...dockerfile.matchAll(/^COPY (\w+) \.\/\1$/gm)].map(([, folder]) => folder)
    expect(copied.length).toBeGreaterThan(8)
    for (const folder of copied) expect(ignored).toContain(`!${folder}`)
  })

  test('it holds every folder that the processes are run from', () => {
    for (const name of ['init', ...Object.keys(PRODUCT)]) {
      const [folder] = (service(name).command[1] ?? '').split('/')
      expect(dockerfile).toContain(`COPY ${folder} ./${folder}\n`)
    }
  })
})
