/** The alert rules speak of metrics that there are. */
import { readFileSync } from 'node:fs'
import { Registry } from '@prometheus-io/client'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createReconciliationMetrics } from './metrics.ts'

const RULES = new URL('../dashboards/prometheus/reconciliation.rules.yml', import.meta.url)

const ruleFile = z.strictObject({
  groups: z.tuple([
    z.strictObject({
      name: z.literal('reconciliation'),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+m$/)
            .optional(),
          labels: z.strictObject({
            severity: z.enum(['warning', 'critical']),
            service: z.literal('reconciliation'),
          }),
          annotations: z.strictObject({
            runbook_url: z.string(),
            summary: z.string(),
            description: z.string(),
          }),
        }),
      ),
    }),
  ]),
})

const { rules } = ruleFile.parse(parse(readFileSync(RULES, 'utf8'))).groups[0]

it('tells differences, of files too, what has not been compared for long, and that nobody compares', () => {
  expect(rules.map(({ alert, labels }) => [alert, labels.severity])).toEqual([
    ['StoresDiffer', 'critical'],
    ['ReconciliationStale', 'warning'],
    ['ReconciliationAbsent', 'warning'],
    ['ProviderFileDiffers', 'critical'],
    ['ProviderFileRefused', 'warning'],
  ])
})

it.each(rules)('$alert asks for metrics that the service has', ({ expr }) => {
  const registry = new Registry()
  createReconciliationMetrics(registry)
  const asked = expr.match(/stakestream_\w+/g) ?? []
  expect(asked).not.toEqual([])
  for (const name of asked) expect(registry.getSingleMetric(name), name).toBeDefined()
})
