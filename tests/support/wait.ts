/** Waiting for a condition instead of for a time. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** After this long the wait fails, in milliseconds. */
  timeoutMs?: number
  /** Pause between two looks, in milliseconds. */
  intervalMs?: number
  /** What is waited for; part of the error. */
  what?: string
}

const TIMEOUT_MS = 30_000
const INTERVAL_MS = 25

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>

const isTruthy = <T>(value: T): value is Truthy<T> => Boolean(value)

/**
 * Asks until the condition gives something truthy, and returns that. A condition that throws counts as not yet; the
 * last error is the cause of the failure.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS, intervalMs = INTERVAL_MS, what = 'the condition' }: WaitOptions = {},
): Promise<Truthy<T>> {
  const untilMs = Date.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const result = await condition()
      if (isTruthy(result)) return result
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (Date.now() >= untilMs) throw new Error(`${what} did not come about within ${timeoutMs} ms`, { cause })
    await sleep(intervalMs)
  }
}
