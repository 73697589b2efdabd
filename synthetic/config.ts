/** Whom the check calls, and how often, from the environment. */
import { z } from 'zod'
import { isCurrency } from '../domain/currencies.ts'
import { commonConfig, ConfigError, positiveInt } from '../service/config.ts'
import type { Caller } from './caller.ts'

const MINUTE_MS = 60_000

export const syntheticConfig = commonConfig.pick({ LOG_LEVEL: true, ADMIN_PORT: true }).extend({
  STAKESTREAM_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8080'),
  /** Of a partner of its own, with the scopes wallet:read and wallet:write, so that no report of a real one shows the check. */
  SYNTHETIC_API_KEY: z.string().default(''),
  /** Of the partner to try things with; stands in where the check has no partner of its own. */
  STAKESTREAM_PARTNER_KEY: z.string().default(''),
  SYNTHETIC_CURRENCY: z.string().refine(isCurrency, 'is no ISO 4217 code').default('EUR'),
  /** From the begin of one pass to the begin of the next. */
  SYNTHETIC_INTERVAL_MS: positiveInt.default(MINUTE_MS),
})

/** Throws `ConfigError` where there is no key. */
export function callerOf(config: z.output<typeof syntheticConfig>): Caller {
  const key = config.SYNTHETIC_API_KEY || config.STAKESTREAM_PARTNER_KEY
  if (key === '') throw new ConfigError('SYNTHETIC_API_KEY is not set: the check needs a key of a partner.')
  return { url: config.STAKESTREAM_URL.replace(/\/+$/, ''), key, currency: config.SYNTHETIC_CURRENCY }
}
