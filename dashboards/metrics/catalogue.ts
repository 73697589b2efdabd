/** Every metric of every part of the product, read off the registries that the parts serve. */
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { createApiMetrics } from '../../api/metrics.ts'
import { createProviderMetrics } from '../../games/resilience/metrics.ts'
import { createReconciliationMetrics } from '../../reconciliation/metrics.ts'
import { measureProcess } from '../../service/admin-server.ts'
import { createInvalidationMetrics } from '../../sinks/postgres/invalidation.ts'
import { createSinkMetrics } from '../../sinks/runtime/metrics.ts'
import { createScreeningMetrics } from '../../sinks/screening/metrics.ts'
import { createWebhookMetrics } from '../../sinks/webhooks/metrics.ts'
import type { PortName } from '../../stack/ports.ts'
import { createRuntimeMetrics } from '../../streams/runtime/metrics.ts'
import { createSyntheticMetrics } from '../../synthetic/metrics.ts'

export interface Metric {
  name: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  help: string
  labels: readonly string[]
  /** The services that have it. */
  services: readonly string[]
}

interface Measured {
  /** Where it serves /metrics on the local stack. */
  port: PortName
  measure(registry: Registry): void
  /** Labels that it puts on all of its metrics. */
  labels?: readonly string[]
}

const processor = (port: PortName): Measured => ({
  port,
  measure: (registry) => {
    measureProcess(registry)
    createRuntimeMetrics(registry)
  },
})

const sink = (port: PortName, more: (registry: Registry) => void = () => undefined): Measured => ({
  port,
  measure: (registry) => {
    measureProcess(registry)
    createSinkMetrics(registry, port)
    more(registry)
  },
  labels: ['sink'],
})

/** The services under the names that Prometheus knows them by. */
export const SERVICES: Readonly<Record<string, Measured>> = {
  api: {
    port: 'api',
    measure: (registry) => {
      createApiMetrics(registry).observePending(() => 0)
      createProviderMetrics(registry)
    },
  },
  wallet: processor('walletAdmin'),
  partners: processor('partnersAdmin'),
  aml: processor('amlAdmin'),
  'aml-alerts': processor('amlAlertsAdmin'),
  games: processor('gamesAdmin'),
  'games-worker': {
    port: 'gamesWorkerAdmin',
    measure: (registry) => {
      measureProcess(registry)
      createProviderMetrics(registry)
    },
  },
  settlement: processor('settlementAdmin'),
  'settlement-worker': { port: 'settlementWorkerAdmin', measure: measureProcess },
  reconciliation: {
    port: 'reconciliationAdmin',
    measure: (registry) => {
      measureProcess(registry)
      createReconciliationMetrics(registry)
    },
  },
  'sink-postgres': sink('sinkPostgresAdmin', createInvalidationMetrics),
  'sink-clickhouse': sink('sinkClickhouseAdmin'),
  'sink-webhooks': sink('sinkWebhooksAdmin', createWebhookMetrics),
  screening: sink('screeningAdmin', createScreeningMetrics),
  synthetic: {
    port: 'syntheticAdmin',
    measure: (registry) => {
      measureProcess(registry)
      createSyntheticMetrics(registry)
    },
  },
}

const readMetric = z.object({
  name: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
  help: z.string(),
  labelNames: z.array(z.string()).default([]),
})

/** The metrics of one service. */
export function metricsOf(service: string): Metric[] {
  const measured = SERVICES[service]
  if (measured === undefined) throw new Error(`there is no service ${service}`)
  const registry = new Registry()
  measured.measure(registry)
  return registry.getMetricsAsArray().map((metric) => {
    const { name, type, help, labelNames } = readMetric.parse(metric)
    return { name, type, help, labels: [...labelNames, ...(measured.labels ?? [])], services: [service] }
  })
}

/** All of them, each once. Throws where two services mean different things by one name. */
export function catalogue(): Metric[] {
  const all = new Map<string, Metric>()
  for (const metric of Object.keys(SERVICES).flatMap(metricsOf)) {
    const known = all.get(metric.name)
    if (known !== undefined && (known.type !== metric.type || known.help !== metric.help))
      throw new Error(`${metric.name} means two things`)
    all.set(metric.name, {
      ...metric,
      labels: [...new Set([...(known?.labels ?? []), ...metric.labels])],
      services: [...(known?.services ?? []), ...metric.services],
    })
  }
  return [...all.values()]
}

/** What Prometheus itself, and the exporters that stand in `docker-compose.yml`, bring besides. */
export const FROM_ELSEWHERE: readonly Metric[] = [
  {
    name: 'up',
    type: 'gauge',
    help: '1 where Prometheus reaches the service, else 0. Of Prometheus itself.',
    labels: [],
    services: ['prometheus'],
  },
  {
    name: 'node_filesystem_avail_bytes',
    type: 'gauge',
    help: 'Free bytes of a file system. Of the node exporter on the machines of the databases and of Kafka.',
    labels: ['device', 'fstype', 'mountpoint'],
    services: ['node-exporter'],
  },
  {
    name: 'node_filesystem_size_bytes',
    type: 'gauge',
    help: 'Size of a file system. Likewise.',
    labels: ['device', 'fstype', 'mountpoint'],
    services: ['node-exporter'],
  },
]

/** Labels that Prometheus puts on everything it scrapes, as `dashboards/prometheus/prometheus.yml` has them. */
export const TARGET_LABELS: readonly string[] = ['job', 'instance', 'service']
