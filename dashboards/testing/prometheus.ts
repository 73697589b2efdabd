/** A real Prometheus that scrapes the running stack, for as long as a test needs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { stackFrom } from '../../stack/stack.ts'
import { freePort } from '../../tests/support/free-port.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { SERVICES } from '../metrics/catalogue.ts'
import { ruleFiles, RULES_DIRECTORY } from '../metrics/rules.ts'

const { ports } = stackFrom(process.env)

/** Where a service of the running stack serves what it measures. */
export const addressOf = (service: string): string => {
  const measured = SERVICES[service]
  if (measured === undefined) throw new Error(`there is no service ${service}`)
  return `127.0.0.1:${ports[measured.port]}`
}

const configuration = (): string =>
  stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles().map((name) => join(RULES_DIRECTORY, name)),
    scrape_configs: [
      {
        job_name: 'stakestream',
        static_configs: Object.keys(SERVICES).map((service) => ({
          targets: [addressOf(service)],
          labels: { service },
        })),
      },
    ],
  })

const sample = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([z.number(), z.string()]),
})
const answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.object({ result: z.array(sample) }) }),
  z.object({ status: z.literal('error'), error: z.string() }),
])
const rulesAnswer = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
  }),
})

export interface RunningPrometheus {
  /** What an expression gives now. Rejects where it can't be evaluated. */
  query(expression: string): Promise<z.output<typeof sample>[]>
  /** The alerts that were evaluated, and whether they could be. */
  rules(): Promise<{ name: string; health: string }[]>
  stop(): Promise<void>
}

/** Starts it; resolves when it can be asked. */
export async function startPrometheus(program: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'stakestream-prometheus-'))
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, configuration())
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const get = async (path: string): Promise<unknown> => (await fetch(`http://${address}${path}`)).json()
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitFor(async () => (await fetch(`http://${address}/-/ready`)).ok, { what: 'Prometheus' })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    query: async (expression) => {
      const found = answer.parse(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`))
      if (found.status === 'error') throw new Error(`${found.error}: ${expression}`)
      return found.data.result
    },
    rules: async () =>
      rulesAnswer.parse(await get('/api/v1/rules')).data.groups.flatMap(({ rules }) => rules),
    stop,
  }
}
