/** Reads that wait until the read side has caught up. */
import { setTimeout as pause } from 'node:timers/promises'
import { READ_POLL_MS } from '../limits.ts'

/**
 * Reads until `enough` says so or the time is up, and answers the last value read.
 * @param waitMs 0 reads once
 */
export async function readUntil<T>(
  read: () => Promise<T>,
  enough: (value: T) => boolean,
  waitMs: number,
): Promise<T> {
  const deadlineMs = Date.now() + waitMs
  for (;;) {
    const value = await read()
    if (enough(value) || Date.now() >= deadlineMs) return value
    await pause(READ_POLL_MS)
  }
}
