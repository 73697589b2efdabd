import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks `condition` every `everyMs` until it holds (true) or `limitMs` has passed (false). A condition that throws ends
 * the wait with that error.
 */
export async function waitUntil(
  condition: () => Promise<boolean> | boolean,
  limitMs: number,
  everyMs = 50,
): Promise<boolean> {
  const deadline = performance.now() + limitMs
  for (;;) {
    if (await condition()) return true
    if (performance.now() >= deadline) return false
    await sleep(everyMs)
  }
}
