/**
 * Configuration comes from environment variables, read once at start and checked by a schema; a wrong value ends the
 * process with one line per fault.
 */
import { z } from 'zod'

export const portNumber = z.coerce.number().int().min(1).max(65_535)
export const positiveInt = z.coerce.number().int().positive()

/** What every process needs. */
export const commonConfig = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  /** Comma-separated host:port list. */
  KAFKA_BROKERS: z
    .string()
    .default('127.0.0.1:9092')
    .transform((text) => text.split(',').map((broker) => broker.trim())),
  SCHEMA_REGISTRY_URL: z.url().default('http://127.0.0.1:8081/apis/ccompat/v7'),
  /** Port of /metrics and /health of this process. */
  ADMIN_PORT: portNumber.optional(),
})

/** A configuration that can't be used, with a line per fault. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Parses the environment by a schema. Throws `ConfigError`. */
export function readConfig<T extends z.ZodType>(
  schema: T,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<T> {
  const parsed = schema.safeParse(environment)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ConfigError(`The configuration is not valid.\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
}
