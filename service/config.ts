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

/** Names and passwords for SCRAM: it would have to normalise other characters (SASLprep), which the client doesn't. */
export const printableText = z.string().regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
const filePath = z.string().min(1)

/** Where Kafka is, and who the process is to it; `kafkaConnection` makes one thing of it. */
const kafkaConfig = z.object({
  /** Comma-separated host:port list. */
  KAFKA_BROKERS: z
    .string()
    .default('127.0.0.1:9092')
    .transform((text) => text.split(',').map((broker) => broker.trim())),
  KAFKA_SECURITY_PROTOCOL: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).default('PLAINTEXT'),
  /** Absent: SCRAM-SHA-512. */
  KAFKA_SASL_MECHANISM: z.enum(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']).optional(),
  KAFKA_USERNAME: printableText.optional(),
  KAFKA_PASSWORD: printableText.optional(),
  /** A file that holds the password; a line break at its end is not part of it. */
  KAFKA_PASSWORD_FILE: filePath.optional(),
  /** PEM of the authorities that have to have signed the brokers' certificates. Absent: those that Node trusts. */
  KAFKA_SSL_CA_FILE: filePath.optional(),
  /** PEM of a certificate of this process, and of its key, for brokers that ask for one. */
  KAFKA_SSL_CERT_FILE: filePath.optional(),
  KAFKA_SSL_KEY_FILE: filePath.optional(),
})
export type KafkaConfig = z.output<typeof kafkaConfig>

/** What every process needs. */
export const commonConfig = z.object({
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  ...kafkaConfig.shape,
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

export const invalidConfig = (faults: readonly string[]): ConfigError =>
  new ConfigError(`The configuration is not valid.\n${faults.map((fault) => `  ${fault}`).join('\n')}`)

/** Parses the environment by a schema. Throws `ConfigError`. */
export function readConfig<T extends z.ZodType>(
  schema: T,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<T> {
  const parsed = schema.safeParse(environment)
  if (parsed.success) return parsed.data
  throw invalidConfig(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
}
