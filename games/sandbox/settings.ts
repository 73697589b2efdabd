/** What can be changed of a running sandbox. */
import { z } from 'zod'
import * as limits from './limits.ts'

/** A day: longer no test waits. */
const MS_MAX = 86_400_000
const ms = z.number().int().min(0).max(MS_MAX)

export const settingsSchema = z.strictObject({
  result_delay_ms: ms,
  hang_ms: ms,
  slow_ms: ms,
  late_callback_ms: ms,
  /** Where OCasino's callbacks go. */
  callback_url: z.url({ protocol: /^https?$/ }),
  /** Where the wallet of the platform, or of a partner, is called by the seamless side. */
  wallet_url: z.url({ protocol: /^https?$/ }),
})
export const settingsChange = settingsSchema.partial()

export type Settings = z.output<typeof settingsSchema>

export const defaultSettings = (urls: Pick<Settings, 'callback_url' | 'wallet_url'>): Settings => ({
  result_delay_ms: limits.RESULT_DELAY_MS,
  hang_ms: limits.HANG_MS,
  slow_ms: limits.SLOW_MS,
  late_callback_ms: limits.LATE_CALLBACK_MS,
  ...urls,
})
