/** JSON logs on stdout, one line per event. */
import { pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger } from 'pino'

/** Keys whose values never reach a log. */
const REDACTED = ['*.api_key', '*.authorization', 'req.headers["x-api-key"]', '*.password', '*.ip_address']

/** The process's logger. `service` names the process in every line. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  })
}
