/** When a delivery is tried again: pure. */
import { JITTER } from './limits.ts'

/**
 * When the next try is due, in epoch milliseconds, after so many that failed; undefined where there is none left. `random`
 * is a number from 0 to 1.
 */
export function nextTryMs(
  delaysMs: readonly number[],
  attempts: number,
  nowMs: number,
  random: number,
): number | undefined {
  const delayMs = delaysMs[attempts]
  return delayMs === undefined ? undefined : nowMs + Math.round(delayMs * (1 + JITTER * random))
}
