/**
 * Configuration comes from environment variables, read once at start and checked by a schema; a wrong value ends the
 * process with one line per fault.
 */
import { z } from 'zod'
import { LOG_LEVELS } from './logger.ts'

/** One trace in a hundred shows what is usual, and costs little. */
const TRACES_RATIO = 0.01

export const portNumber = z.coerce.number().int().min(1).max(65_535)
export const positiveInt = z.coerce.number().int().positive()

/** What every process needs. */
export const commonConfig = z.object({
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** Comma-separated host:port list. */
  KAFKA_BROKERS: z
    .string()
    .default('127.0.0.1:9092')
    .transform((text) => text.split(',').map((broker) => broker.trim())),
  SCHEMA_REGISTRY_URL: z.url().default('http://127.0.0.1:8081/apis/ccompat/v7'),
  /** Port of /metrics and /health of this process. */
  ADMIN_PORT: portNumber.optional(),
  /** Where traces go by OTLP over HTTP: the base address, such as http://collector:4318. Absent or empty: there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .union([z.literal(''), z.url()])
    .optional()
    .transform((text) => text || undefined),
  /** The share of HTTP requests whose traces are followed, from 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(TRACES_RATIO),
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
