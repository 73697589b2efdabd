/** JSON logs on stdout, one line per event. */
import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { currentLogFields } from './log-context.ts'
import { redactedFields, redactedLine } from './redaction.ts'

export type { Logger } from 'pino'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * The process's logger. `service` names the process in every line. A line that belongs to a request carries the request's ids;
 * personal data and secrets are taken out of every line.
 */
export function createLogger(
  service: string,
  level: LogLevel | 'silent',
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      mixin: currentLogFields,
      formatters: { level: (label) => ({ level: label }), log: redactedFields },
      // Errors are made readable where they are redacted.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: redactedLine },
    },
    destination,
  )
}
