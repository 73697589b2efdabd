/** A real Prometheus that scrapes the running stack, for as long as a test needs it. */
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { stackFrom } from '../../stack/stack.ts'
import { SERVICES } from '../metrics/catalogue.ts'
import { ruleFiles, RULES_DIRECTORY } from '../metrics/rules.ts'
import { startServer } from './server.ts'

const { ports } = stackFrom(process.env)

/** Where a service of the running stack serves what it measures. */
export const addressOf = (service: string): string => {
  const measured = SERVICES[service]
  if (measured === undefined) throw new Error(`there is no service ${service}`)
  return `127.0.0.1:${ports[measured.port]}`
}

export interface PrometheusOptions {
  /** What is scraped: addresses by the label `service`. */
  targets: Readonly<Record<string, string>>
  /** Files of rules, with their paths. */
  ruleFiles: readonly string[]
  /** Whom it tells of alerts: host and port. */
  alertmanager?: string
}

/** Every service of the running stack, and every rule. */
const wholeStack = (): PrometheusOptions => ({
  targets: Object.fromEntries(Object.keys(SERVICES).map((service) => [service, addressOf(service)])),
  ruleFiles: ruleFiles().map((name) => join(RULES_DIRECTORY, name)),
})

const configuration = (options: PrometheusOptions): string =>
  stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: options.ruleFiles,
    alerting: {
      alertmanagers:
        options.alertmanager === undefined ? [] : [{ static_configs: [{ targets: [options.alertmanager] }] }],
    },
    scrape_configs: [
      {
        job_name: 'stakestream',
        static_configs: Object.entries(options.targets).map(([service, address]) => ({
          targets: [address],
          labels: { service },
        })),
      },
    ],
  })

const labels = z.record(z.string(), z.string())
const sample = z.object({ metric: labels, value: z.tuple([z.number(), z.string()]) })
const answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.object({ result: z.array(sample) }) }),
  z.object({ status: z.literal('error'), error: z.string() }),
])
const rulesAnswer = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
  }),
})
const alertsAnswer = z.object({
  data: z.object({ alerts: z.array(z.object({ labels, state: z.enum(['pending', 'firing']) })) }),
})

export interface RunningPrometheus {
  /** What an expression gives now. Rejects where it can't be evaluated. */
  query(expression: string): Promise<z.output<typeof sample>[]>
  /** The alerts that were evaluated, and whether they could be. */
  rules(): Promise<{ name: string; health: string }[]>
  /** The labels of the alerts that fire now. */
  firing(): Promise<z.output<typeof labels>[]>
  stop(): Promise<void>
}

/** Starts it, by default over the whole stack; resolves when it can be asked. */
export async function startPrometheus(
  program: string,
  options: PrometheusOptions = wholeStack(),
): Promise<RunningPrometheus> {
  const { get, stop } = await startServer({
    what: 'Prometheus',
    program,
    configuration: configuration(options),
    args: ({ file, folder, address }) => [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
  })
  return {
    query: async (expression) => {
      const found = answer.parse(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`))
      if (found.status === 'error') throw new Error(`${found.error}: ${expression}`)
      return found.data.result
    },
    rules: async () =>
      rulesAnswer.parse(await get('/api/v1/rules')).data.groups.flatMap(({ rules }) => rules),
    firing: async () =>
      alertsAnswer
        .parse(await get('/api/v1/alerts'))
        .data.alerts.filter(({ state }) => state === 'firing')
        .map((alert) => alert.labels),
    stop,
  }
}
