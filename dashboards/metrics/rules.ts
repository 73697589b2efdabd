/** The files of alert rules. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export const RULES_DIRECTORY = join(import.meta.dirname, '../prometheus')

const ruleSchema = z.strictObject({
  alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[mh]$/)
    .default('0m'),
  labels: z.strictObject({
    severity: z.enum(['warning', 'critical']),
    /** The part of the product that it is about: groups and mutes go by it. */
    service: z.string().optional(),
  }),
  annotations: z.strictObject({
    /** From the root of the project. */
    runbook_url: z.string(),
    summary: z.string(),
    description: z.string(),
  }),
})
export type AlertRule = z.output<typeof ruleSchema>

const fileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema).min(1) })),
})

export const ruleFiles = (): string[] =>
  readdirSync(RULES_DIRECTORY)
    .filter((name) => name.endsWith('.rules.yml'))
    .sort()

/** Every alert of the files, by default of all. Throws where one lacks a severity or what it says. */
export const alertRules = (files: readonly string[] = ruleFiles()): AlertRule[] =>
  files.flatMap((name) =>
    fileSchema
      .parse(parse(readFileSync(join(RULES_DIRECTORY, name), 'utf8')))
      .groups.flatMap(({ rules }) => rules),
  )
