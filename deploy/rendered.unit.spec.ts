/** What helm makes of the chart. Without helm, on the PATH or in the cache (`make charts`), these tests are skipped. */
import { spawnSync } from 'node:child_process'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { beforeEach, describe, expect, test } from 'vitest'
import { apiConfig } from '../api/config.ts'
import { readConfig } from '../service/config.ts'
import { SHUTDOWN_DEADLINE_MS } from '../service/shutdown.ts'
import { stackFrom } from '../stack/stack.ts'
import { storesConfig } from '../reconciliation/stores.ts'
import { sinkConfig } from '../sinks/runtime/process.ts'
import { screeningConfig } from '../sinks/screening/config.ts'
import { webhooksConfig } from '../sinks/webhooks/config.ts'
import { processorConfig } from '../streams/runtime/process.ts'
import { unavailable } from '../tests/support/unavailable.ts'
import { chartServices, ENVIRONMENTS, templateArgs } from './chart.ts'
import type { Environment } from './chart.ts'
import { foundProgram, HELM } from './tools.ts'

const helm = foundProgram(stackFrom(process.env).cacheDir, HELM)

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: z.object({ name: z.string(), key: z.string(), optional: z.boolean().optional() }),
    })
    .optional(),
})
type Variable = z.output<typeof variable>
const containerSchema = z.object({
  command: z.array(z.string()),
  env: z.array(variable).default([]),
  resources: z.object({
    requests: z.record(z.string(), z.unknown()),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
  livenessProbe: z.unknown().optional(),
  readinessProbe: z.unknown().optional(),
})
const podSchema = z.object({
  automountServiceAccountToken: z.boolean(),
  securityContext: z.unknown(),
  terminationGracePeriodSeconds: z.number().optional(),
  containers: z.tuple([containerSchema]),
})
const resourceSchema = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z
    .object({
      replicas: z.number().optional(),
      strategy: z.object({ type: z.string() }).optional(),
      template: z.object({ spec: podSchema }).optional(),
      podSelector: z
        .object({
          matchLabels: z.record(z.string(), z.string()),
          matchExpressions: z.array(z.object({ key: z.string(), values: z.array(z.string()) })).default([]),
        })
        .optional(),
      policyTypes: z.array(z.string()).optional(),
      ingress: z.unknown().optional(),
      egress: z.unknown().optional(),
    })
    .loose()
    .default({}),
})
type Resource = z.output<typeof resourceSchema>

function template(environment: Environment, ...more: string[]): { status: number | null; output: string } {
  const args = [...templateArgs(environment), ...more]
  const { status, stdout, stderr } = spawnSync(helm ?? 'helm', args, { encoding: 'utf8' })
  return { status, output: status === 0 ? stdout : stderr }
}

const made = new Map<string, readonly Resource[]>()
function resources(environment: Environment, ...more: string[]): readonly Resource[] {
  const key = [environment, ...more].join(' ')
  const known = made.get(key)
  if (known !== undefined) return known
  const { status, output } = template(environment, ...more)
  if (status !== 0) throw new Error(output)
  const found = parseAllDocuments(output)
    .map((document): unknown => document.toJS())
    .filter((document) => document !== null)
    .map((document) => resourceSchema.parse(document))
  made.set(key, found)
  return found
}

const COMPONENT = 'app.kubernetes.io/component'
const componentOf = ({ metadata }: Resource): string => metadata.labels[COMPONENT] ?? ''
const ofKind = (kind: string, environment: Environment, ...more: string[]): readonly Resource[] =>
  resources(environment, ...more).filter((resource) => resource.kind === kind)
const WORKLOADS = ['Deployment', 'StatefulSet', 'Job']
const workloads = (environment: Environment, ...more: string[]): readonly Resource[] =>
  resources(environment, ...more).filter(({ kind }) => WORKLOADS.includes(kind))

function containerOf({ spec, metadata }: Resource): z.output<typeof containerSchema> {
  if (spec.template === undefined) throw new Error(`${metadata.name} has no pod`)
  return spec.template.spec.containers[0]
}
function workload(environment: Environment, component: string): Resource {
  const found = workloads(environment).find((resource) => componentOf(resource) === component)
  if (found === undefined) throw new Error(`there is no ${component}`)
  return found
}

beforeEach((context) => {
  if (helm === undefined)
    unavailable(context, 'there is no helm on the PATH or in the cache (make charts builds it)')
})

describe.each(ENVIRONMENTS)('with the values of %s', (environment) => {
  test('every process has its workload, which runs its file, and one that prepares', () => {
    const left = environment === 'production' ? ['game-sandbox'] : []
    const expected = Object.entries(chartServices())
      .filter(([name]) => !left.includes(name))
      .map(([name, { entry }]) => [name, entry])
    const found = workloads(environment).map((resource) => [
      componentOf(resource),
      containerOf(resource).command[1],
    ])
    expect(Object.fromEntries(found)).toEqual({
      ...Object.fromEntries(expected),
      init: 'stack/compose/init.ts',
    })
  })

  test('nobody is root, writes to the root file system, has rights or a token', () => {
    for (const resource of workloads(environment)) {
      const pod = resource.spec.template?.spec
      expect(pod?.automountServiceAccountToken).toBe(false)
      expect(pod?.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(containerOf(resource).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  test('everything asks for processor time and memory, and has a bound of memory', () => {
    for (const resource of workloads(environment)) {
      const { requests, limits } = containerOf(resource).resources
      expect([componentOf(resource), Object.keys(requests).sort()]).toEqual([
        componentOf(resource),
        ['cpu', 'memory'],
      ])
      expect(limits.memory).toMatch(/^\d+(Mi|Gi)$/)
    }
  })

  test('every process is probed, and has the time to stop', () => {
    for (const resource of workloads(environment).filter(({ kind }) => kind !== 'Job')) {
      const { livenessProbe, readinessProbe } = containerOf(resource)
      expect(livenessProbe).toMatchObject({ httpGet: { path: '/health/live', port: 'http' } })
      expect(readinessProbe).toMatchObject({ httpGet: { path: '/health/ready', port: 'http' } })
      const seconds = resource.spec.template?.spec.terminationGracePeriodSeconds ?? 0
      expect(seconds * 1_000).toBeGreaterThan(SHUTDOWN_DEADLINE_MS)
    }
  })

  test('who has to be alone is replaced, not joined, by the next one', () => {
    for (const [name, { alone }] of Object.entries(chartServices())) {
      if (alone === undefined) continue
      const found = workloads(environment).find((resource) => componentOf(resource) === name)
      if (found === undefined) continue
      expect([name, found.spec.replicas, found.spec.strategy?.type]).toEqual([name, 1, 'Recreate'])
    }
  })

  test('there is a budget of disruptions for all that there are several of, and for nothing else', () => {
    const several = new Set<string>()
    for (const resource of workloads(environment))
      if (resource.kind !== 'Job' && (resource.spec.replicas ?? 2) > 1) several.add(componentOf(resource))
    const budgets = ofKind('PodDisruptionBudget', environment).map(componentOf)
    expect(budgets.sort()).toEqual([...several].sort())
  })
})

/** The environment of a process, with a value of the right form for each that comes from a Secret. */
function environmentOf(component: string): Record<string, string> {
  const KEY = Buffer.alloc(32, 7).toString('base64')
  const secrets: Record<string, string> = {
    DATABASE_URL: 'postgres://stakestream@postgres:5432/stakestream',
    REDIS_URL: 'redis://redis:6379',
    CLICKHOUSE_URL: 'http://clickhouse:8123',
    API_KEY_PEPPER: KEY,
    ENCRYPTION_KEY: KEY,
    STAKESTREAM_PARTNER_ID: '0198c2a0-0000-7000-8000-000000000001',
    STAKESTREAM_PARTNER_KEY: 'sk_live_of_a_test_that_is_long',
    STAKESTREAM_ADMIN_KEY: 'sk_admin_of_a_test_that_is_long',
    password: 'a-password',
  }
  const valueOf = ({ name, value, valueFrom }: Variable): [string, string][] => {
    if (value !== undefined) return [[name, value]]
    const { key = '', optional } = valueFrom?.secretKeyRef ?? {}
    const secret = secrets[key]
    if (secret === undefined && optional !== true) throw new Error(`${component} asks the secret for ${key}`)
    return secret === undefined ? [] : [[name, secret]]
  }
  return Object.fromEntries(containerOf(workload('production', component)).env.flatMap(valueOf))
}

describe('the environment of a process', () => {
  const SINKS = ['sink-postgres', 'sink-clickhouse', 'settlement-worker', 'games-worker'] as const
  const PROCESSORS = ['wallet', 'partners', 'aml', 'aml-alerts', 'settlement', 'games'] as const
  test.each([
    ['api', apiConfig],
    ...PROCESSORS.map((name) => [name, processorConfig] as const),
    ...SINKS.map((name) => [name, sinkConfig] as const),
    ['sink-webhooks', webhooksConfig],
    ['screening', screeningConfig],
    ['reconciliation', storesConfig],
  ] as const)('of %s is one that it takes', (name, schema) => {
    const environment = environmentOf(name)
    expect(() => readConfig(schema, environment)).not.toThrow()
    expect(environment).toMatchObject({ KAFKA_USERNAME: name, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' })
  })

  test('of a processor names the folder that its volume is mounted at', () => {
    const { env, volumeMounts } = containerOf(workload('production', 'wallet'))
    const stateDir = env.find(({ name }) => name === 'STATE_DIR')?.value
    expect(volumeMounts).toContainEqual({ name: 'state', mountPath: stateDir })
  })

  test('holds no more of the secret than it reads', () => {
    const secretsOf = (component: string): string[] =>
      containerOf(workload('production', component)).env.flatMap(({ name, valueFrom }) =>
        valueFrom?.secretKeyRef.name === 'stakestream' ? [name] : [],
      )
    expect(secretsOf('wallet')).toEqual([])
    expect(secretsOf('sink-clickhouse')).toEqual(['CLICKHOUSE_URL'])
    expect(secretsOf('init').sort()).toEqual(['CLICKHOUSE_URL', 'DATABASE_URL'])
  })

  test('has the registry out of the secret where no value says where it is', () => {
    const found = workloads('production', '--set', 'schemaRegistry.url=').map((resource) =>
      containerOf(resource).env.find(({ name }) => name === 'SCHEMA_REGISTRY_URL'),
    )
    for (const each of found) expect(each?.valueFrom?.secretKeyRef.name).toBe('stakestream')
  })

  test('has what was set for all, and over it what was set for the process', () => {
    const more = ['--set', 'env.LOG_LEVEL=info', '--set', 'services.wallet.env.LOG_LEVEL=trace']
    const levelOf = (component: string): string | undefined => {
      const found = workloads('dev', ...more).find((resource) => componentOf(resource) === component)
      if (found === undefined) throw new Error(`there is no ${component}`)
      return containerOf(found).env.find(({ name }) => name === 'LOG_LEVEL')?.value
    }
    expect([levelOf('wallet'), levelOf('aml')]).toEqual(['trace', 'info'])
  })
})

describe('refused are', () => {
  test.each([
    ['more replicas than partitions', ['services.wallet.replicas=25'], /wallet: 25 replicas.*partition.*24/],
    ['a second replica on a single partition', ['services.partners.replicas=2'], /partners: 2 replicas.*: 1/],
    [
      'scaling beyond the partitions',
      ['services.sink-clickhouse.autoscaling.max=25'],
      /sink-clickhouse: 25 replicas/,
    ],
    ['a second one of what has to be alone', ['services.reconciliation.replicas=2'], /has to be alone/],
    [
      'scaling by a load that nothing tells',
      ['services.games-worker.autoscaling.enabled=true'],
      /nothing tells/,
    ],
    ['a standby of what keeps no state', ['services.sink-postgres.standby=true'], /keeps no state/],
    [
      'a setting that there is not',
      ['services.wallet.replica=2'],
      /replica.* not allowed|additional properties/i,
    ],
    [
      'a process that there is not',
      ['services.walet.replicas=2'],
      /walet.* not allowed|additional properties/i,
    ],
    [
      'less time than it takes to stop',
      ['defaults.terminationGracePeriodSeconds=20'],
      /minimum|greater than/i,
    ],
    ['no secret', ['existingSecret='], /existingSecret/],
    ['no brokers', ['kafka.brokers='], /kafka\.brokers/],
  ])('%s', (_, sets, message) => {
    const { status, output } = template('production', ...sets.flatMap((set) => ['--set', set]))
    expect(status).not.toBe(0)
    expect(output).toMatch(message)
  })

  test('but as many as there are partitions are not', () => {
    expect(template('production', '--set', 'services.wallet.replicas=24').status).toBe(0)
  })
})

test('a 0 and a false take the place of what holds for every process', () => {
  const more = ['--set', 'services.screening.replicas=0', '--set', 'services.sink-webhooks.enabled=false']
  const found = workloads('dev', ...more)
  expect(found.find((resource) => componentOf(resource) === 'screening')?.spec.replicas).toBe(0)
  expect(found.map(componentOf)).not.toContain('sink-webhooks')
})

describe('the network', () => {
  const policies = (): readonly Resource[] => ofKind('NetworkPolicy', 'production')
  const selects = ({ spec }: Resource, component: string): boolean => {
    const { matchLabels = {}, matchExpressions = [] } = spec.podSelector ?? {}
    const named = matchLabels[COMPONENT]
    return (
      (named === undefined || named === component) &&
      matchExpressions.every(({ key, values }) => key === COMPONENT && values.includes(component))
    )
  }
  const waysOf = (component: string): string[] =>
    policies()
      .filter((policy) => selects(policy, component) && policy.spec.policyTypes?.includes('Egress'))
      .map(({ metadata }) => metadata.name.replace(/^stakestream-/, ''))
      .sort()

  test('lets nothing in or out that is not named', () => {
    const deny = policies().find(({ metadata }) => metadata.name === 'stakestream-deny')
    expect(deny?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
    expect([deny?.spec.ingress, deny?.spec.egress]).toEqual([undefined, undefined])
    for (const name of [...Object.keys(chartServices()), 'init', 'test'])
      expect([name, deny !== undefined && selects(deny, name)]).toEqual([name, true])
  })

  test.each([
    ['wallet', ['deny', 'to-dns', 'to-kafka', 'to-registry']],
    ['sink-postgres', ['deny', 'to-dns', 'to-kafka', 'to-postgres', 'to-redis', 'to-registry']],
    ['sink-webhooks', ['deny', 'to-dns', 'to-internet', 'to-kafka', 'to-postgres', 'to-registry']],
    ['init', ['deny', 'to-clickhouse', 'to-dns', 'to-kafka', 'to-postgres', 'to-registry']],
    ['test', ['deny', 'to-api', 'to-dns']],
  ])('lets %s go where it has to, and nowhere else', (component, ways) => {
    expect(waysOf(component)).toEqual(ways)
  })

  test('has no way from a private network to a private network by the one to the internet', () => {
    const internet = policies().find(({ metadata }) => metadata.name === 'stakestream-to-internet')
    expect(JSON.stringify(internet?.spec.egress)).toContain('"except":["10.0.0.0/8"')
  })

  test('leads nobody in where nobody is named', () => {
    const closed = ofKind('NetworkPolicy', 'production', '--set-json', 'networkPolicy.monitoringFrom=[]')
    const monitoring = closed.find(({ metadata }) => metadata.name === 'stakestream-from-monitoring')
    expect(monitoring?.spec.ingress).toBeUndefined()
  })
})

describe('scaling', () => {
  test('the API by processor time, what has a lag by that', () => {
    const [api] = ofKind('HorizontalPodAutoscaler', 'production')
    expect(api?.spec).toMatchObject({ minReplicas: 3, maxReplicas: 12 })
    const [sink] = ofKind('ScaledObject', 'production')
    expect(sink?.spec).toMatchObject({
      minReplicaCount: 2,
      triggers: [
        {
          type: 'prometheus',
          metadata: {
            query: 'sum(stakestream_sink_lag_records{namespace="default",sink="sink-clickhouse"})',
            threshold: '20000',
          },
        },
      ],
    })
    for (const component of ['api', 'sink-clickhouse'])
      expect(workload('production', component).spec.replicas).toBeUndefined()
  })
})

test('Prometheus knows the processes by the labels of the rules', () => {
  const [monitor] = ofKind('ServiceMonitor', 'production')
  expect(monitor?.spec).toMatchObject({
    endpoints: [
      {
        relabelings: [
          { targetLabel: 'job', replacement: 'stakestream' },
          {
            sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'],
            targetLabel: 'service',
          },
        ],
      },
    ],
  })
  const [rules] = ofKind('PrometheusRule', 'production')
  expect(JSON.stringify(rules?.spec)).toContain('{{ $labels.processor }} is behind its commands.')
})
