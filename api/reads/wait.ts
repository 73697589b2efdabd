/** Reads that wait until the read side has caught up. */
import { setTimeout as pause } from 'node:timers/promises'
import { NOT_FOUND_WAIT_MS, READ_POLL_MS } from '../limits.ts'

/**
 * Reads until `enough` says so or the time is up, and answers the last value read.
 * @param waitMs 0 reads once
 * @param pollMs pause between two reads, in milliseconds
 */
export async function readUntil<T>(
  read: () => Promise<T>,
  enough: (value: T) => boolean,
  waitMs: number,
  pollMs = READ_POLL_MS,
): Promise<T> {
  const deadlineMs = Date.now() + waitMs
  for (;;) {
    const value = await read()
    if (enough(value) || Date.now() >= deadlineMs) return value
    await pause(pollMs)
  }
}

/**
 * Reads what has a version until it is there, and of at least `minVersion` where one is asked for; undefined where that does
 * not come about in time.
 */
export async function readVersion<T extends { version: number }>(
  read: () => Promise<T | undefined>,
  minVersion: number | undefined,
  { readWaitMs }: { readWaitMs: number },
): Promise<T | undefined> {
  const isThere = (found: T | undefined): boolean => found !== undefined && found.version >= (minVersion ?? 0)
  const found = await readUntil(read, isThere, minVersion === undefined ? NOT_FOUND_WAIT_MS : readWaitMs)
  return isThere(found) ? found : undefined
}
