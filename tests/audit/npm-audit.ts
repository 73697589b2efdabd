/** What `npm audit` found, or why it could not look. */
import { z } from 'zod'

const report = z.object({
  metadata: z.object({
    vulnerabilities: z.object({ total: z.number() }),
    dependencies: z.object({ prod: z.number() }),
  }),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
})
/** What npm says in place of a report where it got none. */
const failure = z.object({
  message: z.string().optional(),
  statusCode: z.number().optional(),
  error: z.object({ summary: z.string().optional() }).optional(),
})

export interface AuditResult {
  /** For the log; the first line says the outcome. */
  lines: readonly string[]
  failed: boolean
}

const SERIOUS: ReadonlySet<string> = new Set(['high', 'critical'])

/** Statuses of a registry that knows no advisories. */
const NO_ENDPOINT: ReadonlySet<number> = new Set([400, 404, 405, 501])

function withoutReport({ message, statusCode = 0, error }: z.output<typeof failure>): AuditResult {
  if (NO_ENDPOINT.has(statusCode))
    return {
      lines: [`not scanned: the registry has no list of faults (it answers ${statusCode})`],
      failed: false,
    }
  const why = message ?? error?.summary ?? 'npm did not say why'
  return { lines: [`dependencies could not be scanned: ${why}`], failed: true }
}

/**
 * Reads what `npm audit --json` wrote. Failed where a dependency has a known fault of high or critical severity, and where
 * npm made no report for any other reason than that the registry has none to give.
 */
export function readAudit(stdout: string): AuditResult {
  const value = parseJson(stdout)
  const parsed = report.safeParse(value)
  if (!parsed.success) return withoutReport(failure.safeParse(value).data ?? {})
  const { metadata, vulnerabilities } = parsed.data
  const serious = Object.entries(vulnerabilities).filter(([, { severity }]) => SERIOUS.has(severity))
  const lesser = metadata.vulnerabilities.total - serious.length
  return {
    lines: [
      `${metadata.dependencies.prod} dependencies scanned: ${serious.length} with faults of high or critical severity, ` +
        `${lesser} with lesser ones`,
      ...serious.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`),
    ],
    failed: serious.length > 0,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
