/** What the chart knows of the processes, held against docker-compose.yml, the local stack and the code. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { testRoutes } from '../api/testing/app.ts'
import { catalogue } from '../dashboards/metrics/catalogue.ts'
import { SHUTDOWN_DEADLINE_MS } from '../service/shutdown.ts'
import { envOf } from '../stack/env-file.ts'
import { appServices } from '../stack/services/app.ts'
import { stackFrom } from '../stack/stack.ts'
import { PRODUCTION_SIZES, topicDefinition, TOPIC_NAMES } from '../topics/catalogue.ts'
import { CHART, chartServices, rulesForChart, rulesInChart } from './chart.ts'

const ROOT = join(import.meta.dirname, '..')
const readYaml = (...path: string[]): unknown =>
  parse(readFileSync(join(ROOT, ...path), 'utf8'), { merge: true })

const services = chartServices()
const names = Object.keys(services)

const compose = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        build: z.string().optional(),
        command: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        environment: z.record(z.string(), z.string()).default({}),
      }),
    ),
  })
  .parse(readYaml('docker-compose.yml')).services
/** Those that run the product's image, but for the one that ends when all is prepared. */
const composed = Object.entries(compose).filter(([name, { build }]) => build !== undefined && name !== 'init')

describe('files/services.yaml and docker-compose.yml', () => {
  test('have the same processes', () => {
    expect([...names].sort()).toEqual(composed.map(([name]) => name).sort())
  })

  test.each(composed)('%s runs the same file on the same port', (name, { command, environment }) => {
    const { entry, port, portVariable } = services[name] ?? {}
    expect(command).toEqual(['node', entry])
    expect(environment[portVariable ?? '']).toBe(String(port))
  })

  test('those with a volume for their state are StatefulSets, and no others', () => {
    const withState = composed
      .filter(([, { volumes }]) => volumes.some((volume) => volume.endsWith(':/data/state')))
      .map(([name]) => name)
    const stateful = names.filter((name) => services[name]?.workload === 'StatefulSet')
    expect(stateful.sort()).toEqual(withState.sort())
  })

  test('prepare topics, schemas and tables by the same file', () => {
    const job = readFileSync(join(CHART, 'templates/init-job.yaml'), 'utf8')
    expect(job).toContain(`command: [${compose['init']?.command.join(', ')}]`)
  })
})

test('the ports are those of the local stack', () => {
  const ports = appServices(stackFrom({})).map(({ name, ports: [port] }) => [name, port])
  expect(Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, port]))).toEqual(
    Object.fromEntries(ports),
  )
})

/** Every file that one runs, and every package that they import. */
function runBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const go = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    const text = readFileSync(join(ROOT, file), 'utf8')
    for (const [, from = ''] of text.matchAll(
      /^(?:import|export)\s+(?!type\b)[^'"]*?from '([^']+)'|^import '[^']+'/gm,
    )) {
      const target = join(dirname(file), from)
      if (!from.startsWith('.')) packages.add(from)
      else if (existsSync(join(ROOT, target))) go(target)
    }
  }
  go(entry)
  return { files, packages }
}

describe('what a process needs follows from what it runs', () => {
  test.each(Object.entries(services))('%s', (_, { entry, needs, outside }) => {
    const { files, packages } = runBy(entry)
    const found = [
      ...(packages.has('pg') ? ['postgres'] : []),
      ...(packages.has('ioredis') ? ['redis'] : []),
      ...(files.has('service/clickhouse.ts') ? ['clickhouse'] : []),
      ...(files.has('service/key-ring.ts') ? ['keys'] : []),
      ...(files.has('screening/lists/config.ts') ? ['watchlists'] : []),
      ...(files.has('games/providers.ts') || files.has('sinks/webhooks/caller.ts') ? ['internet'] : []),
      ...(packages.has('kafkajs') ? [] : ['api']),
    ]
    expect([...needs].sort()).toEqual(found.sort())
    expect(packages.has('kafkajs')).toBe(outside !== true)
  })

  test('of those inside, the API alone reads more of the secret, and all that it must have', () => {
    const config = readFileSync(join(ROOT, 'api/config.ts'), 'utf8')
    for (const name of services['api']?.secrets ?? []) expect(config).toContain(`  ${name}: `)
    const reading = Object.entries(services).filter(
      ([, { secrets, outside }]) => secrets.length > 0 && outside !== true,
    )
    expect(reading.map(([name]) => name)).toEqual(['api'])
  })

  test('every value of the local stack has its way to a process', () => {
    const templates = readFileSync(join(CHART, 'templates/_pod.tpl'), 'utf8')
    const secrets = Object.values(services).flatMap((facts) => facts.secrets)
    /** Settings that have their default, or are one of `env` where an installation wants another one. */
    const settings = ['API_KEY_MODE', 'WEBHOOK_ALLOW_HTTP', 'WEBHOOK_ALLOW_PRIVATE']
    /** Of the local profile of topics, and of what plays with the sandbox from outside. */
    const local = ['KAFKA_REPLICATION', 'SANDBOX_URL']
    const lost = Object.keys(envOf(stackFrom({}), {})).filter(
      (name) =>
        !templates.includes(name) && ![...secrets, ...settings, ...local].some((known) => known === name),
    )
    expect(lost).toEqual([])
  })
})

describe('how many there can be', () => {
  test('a processor whose position is a topic of one partition is one, the others share those of the players', () => {
    const positions = TOPIC_NAMES.map(topicDefinition).filter(({ key }) => key === 'task')
    const expected = positions.map(({ writtenBy: [processor = ''], partitions }) => [
      processor,
      partitions === 1 ? 'one' : 'players',
    ])
    const processors = names.filter((name) => services[name]?.workload === 'StatefulSet')
    expect(Object.fromEntries(processors.map((name) => [name, services[name]?.partitions]))).toEqual(
      Object.fromEntries(expected),
    )
  })

  test('everything either shares partitions or is alone', () => {
    for (const [name, { partitions, alone }] of Object.entries(services))
      expect([name, partitions === undefined]).toEqual([name, alone === true])
  })

  test('there are as many partitions as the profile of production has', () => {
    const { topics } = z
      .object({ topics: z.object({ profile: z.string(), partitions: z.int() }) })
      .parse(readYaml('deploy/helm/stakestream/values.yaml'))
    expect(topics).toEqual({ profile: 'production', partitions: PRODUCTION_SIZES.partitions })
  })
})

test('the lag that a process is scaled by is one that it measures, under the label that names it', () => {
  const metrics = catalogue()
  const scaled = Object.entries(services).filter(([, { lag }]) => lag !== undefined)
  expect(scaled.length).toBeGreaterThan(9)
  for (const [name, { lag }] of scaled) {
    const found = metrics.find((metric) => metric.name === lag?.metric && metric.services.includes(name))
    expect([name, found?.labels]).toEqual([name, expect.arrayContaining([lag?.label])])
  }
})

describe('values', () => {
  const values = z
    .object({
      services: z.record(z.string(), z.unknown()),
      defaults: z.object({ terminationGracePeriodSeconds: z.int() }),
      ingress: z.object({ paths: z.array(z.string()) }),
    })
    .parse(readYaml('deploy/helm/stakestream/values.yaml'))
  const schema = z
    .object({
      definitions: z.object({
        settings: z.object({
          properties: z.object({ terminationGracePeriodSeconds: z.object({ minimum: z.int() }) }),
        }),
      }),
      properties: z.object({ services: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
    })
    .parse(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')))

  test('name every process, and the schema no other', () => {
    expect(Object.keys(values.services).sort()).toEqual([...names].sort())
    expect(Object.keys(schema.properties.services.properties).sort()).toEqual([...names].sort())
  })

  test('give a process the time that it takes to stop', () => {
    const least = schema.definitions.settings.properties.terminationGracePeriodSeconds.minimum
    expect(least * 1_000).toBeGreaterThan(SHUTDOWN_DEADLINE_MS)
    expect(values.defaults.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(least)
  })

  test('lead every route of the API through the ingress, but for metrics and health', () => {
    const firsts = testRoutes().map(({ path }) => /^\/[^/]+/.exec(path)?.[0] ?? path)
    const outside = new Set(firsts.filter((first) => first !== '/metrics' && first !== '/health'))
    expect(values.ingress.paths).toEqual([...outside].sort())
  })
})

test('the alert rules are those of dashboards/prometheus (npm run generate:chart)', () => {
  expect([...rulesInChart()]).toEqual([...rulesForChart()])
})

describe('the image', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  const copied = [...dockerfile.matchAll(/^COPY (\w+) \.\//gm)].map(([, folder]) => folder)
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => /^[\w*]/.test(line) && line !== '*')
  const isIgnored = (file: string): boolean =>
    ignored.some((pattern) => {
      const expression = pattern
        .replaceAll('.', '\\.')
        .replaceAll('**/', '(?:.*/)?')
        .replaceAll(/\*(?!\/|\))/g, '[^/]*')
      return new RegExp(`^${expression}(?:/|$)`).test(file)
    })

  test.each([
    ...names.map((name) => services[name]?.entry ?? ''),
    'stack/compose/init.ts',
    'stack/compose/healthy.ts',
    'cli/main.ts',
  ])('has every file that %s runs, and every package among the ones of production', (entry) => {
    const { files, packages } = runBy(entry)
    const missing = [...files].filter((file) => !copied.includes(file.split('/')[0]) || isIgnored(file))
    expect(missing).toEqual([])
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
    const foreign = [...packages].filter((name) => name !== '' && !name.startsWith('node:'))
    const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/')
    expect(foreign.map(packageOf).filter((name) => dependencies[name] === undefined)).toEqual([])
  })

  test.each([
    'api/api.int.spec.ts',
    'api/testing/app.ts',
    'stack/clickhouse-front/main.ts',
    'avro/history/wallet.command/1.avsc',
    'avro/history.ts',
  ])('leaves out %s, which is for development', (file) => {
    expect([existsSync(join(ROOT, file)), isIgnored(file)]).toEqual([true, true])
  })

  test('runs as a user with a number other than 0, which the chart names too', () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(dockerfile) ?? []
    const pod = readFileSync(join(CHART, 'templates/_pod.tpl'), 'utf8')
    expect(Number(user)).toBeGreaterThan(0)
    expect(pod).toContain(`runAsUser: ${user}\n`)
  })
})
