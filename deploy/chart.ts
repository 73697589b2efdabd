/** Where the chart is, and what it says of the product's processes. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { RULES_DIRECTORY, ruleFiles } from '../dashboards/metrics/rules.ts'

export const CHART = join(import.meta.dirname, 'helm/stakestream')
const CHART_RULES = join(CHART, 'files/rules')

/** The Kubernetes that the chart is held against. It allows older ones: what it uses has been there since 1.30. */
export const KUBERNETES_VERSION = '1.34.3'

export const ENVIRONMENTS = ['dev', 'staging', 'production'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** The file of values of an environment. */
export const valuesFile = (environment: Environment): string => join(CHART, `values-${environment}.yaml`)

/** What helm takes to make the chart's resources with the values of an environment. */
export const templateArgs = (environment: Environment): string[] => [
  'template',
  'stakestream',
  CHART,
  '--kube-version',
  KUBERNETES_VERSION,
  '--values',
  valuesFile(environment),
]

const factsSchema = z.strictObject({
  workload: z.enum(['Deployment', 'StatefulSet']),
  entry: z.string(),
  port: z.int(),
  portVariable: z.enum(['PORT', 'ADMIN_PORT']),
  partitions: z.enum(['players', 'one']).optional(),
  alone: z.literal(true).optional(),
  outside: z.literal(true).optional(),
  lag: z.strictObject({ metric: z.string(), label: z.string() }).optional(),
  needs: z
    .array(z.enum(['postgres', 'redis', 'clickhouse', 'keys', 'watchlists', 'internet', 'api']))
    .default([]),
  secrets: z.array(z.string()).default([]),
})
export type Facts = z.output<typeof factsSchema>

/** The processes that the chart knows, by their names. Throws where the file says anything else. */
export const chartServices = (): Readonly<Record<string, Facts>> =>
  z.record(z.string(), factsSchema).parse(parse(readFileSync(join(CHART, 'files/services.yaml'), 'utf8')))

/** The alert rules as the chart should have them: a chart is packed from its own folder alone, so they are copied. */
export const rulesForChart = (): Map<string, string> =>
  new Map(ruleFiles().map((name) => [name, readFileSync(join(RULES_DIRECTORY, name), 'utf8')]))

/** The alert rules as the chart has them. */
export const rulesInChart = (): Map<string, string> =>
  new Map(
    readdirSync(CHART_RULES)
      .sort()
      .map((name) => [name, readFileSync(join(CHART_RULES, name), 'utf8')]),
  )

/** Makes the chart's copies anew. */
export function writeRules(): void {
  for (const name of rulesInChart().keys()) rmSync(join(CHART_RULES, name))
  for (const [name, text] of rulesForChart()) writeFileSync(join(CHART_RULES, name), text)
}
