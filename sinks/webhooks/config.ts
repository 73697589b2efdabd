/** The configuration of sink-webhooks, from the environment. */
import { z } from 'zod'
import { encryptionConfig } from '../../service/key-ring.ts'
import { sinkConfig } from '../runtime/process.ts'
import { parseNetwork } from './addresses.ts'
import type { Network } from './addresses.ts'
import { RETRY_DELAYS_MS } from './limits.ts'

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** "127.0.0.0/8,::1" → networks. Empty: none. */
const networks = z.string().transform((text, context): Network[] =>
  parts(text).flatMap((part) => {
    try {
      return [parseNetwork(part)]
    } catch {
      context.addIssue({ code: 'custom', message: `"${part}" is no address and no network` })
      return []
    }
  }),
)

/** "0,5000,300000" → pauses in milliseconds, one per try. */
const delays = z.string().transform((text, context): number[] => {
  const numbers = parts(text).map(Number)
  if (numbers.length === 0 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
    context.addIssue({ code: 'custom', message: 'is not a list of milliseconds such as 0,5000,300000' })
  return numbers
})

export const webhooksConfig = sinkConfig.extend(encryptionConfig.shape).extend({
  DATABASE_URL: z.url().default('postgres://stakestream:stakestream@127.0.0.1:5432/stakestream'),
  /** Networks that endpoints may lie in though they are not of the internet, comma-separated. */
  WEBHOOK_ALLOW_PRIVATE: networks.default([]),
  /** Pauses before the tries of a delivery, in milliseconds, comma-separated. */
  WEBHOOK_RETRY_DELAYS_MS: delays.default([...RETRY_DELAYS_MS]),
})
