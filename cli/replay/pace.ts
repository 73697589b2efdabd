/** When a row is due: at once, or at its place in the file's own time, sped up. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Times as fast as the events happened; `flat` is as fast as the system takes them. */
export type Speed = 'flat' | number

export interface Pace {
  /** Resolves when a row of this event time is due, or when the signal aborts. */
  due(createdAtMs: number, signal: AbortSignal): Promise<void> | undefined
}

/** Waits shorter than this are not worth a timer, in milliseconds. */
const WAIT_MS_MIN = 2

export function createPace(speed: Speed, nowMs: () => number = Date.now): Pace {
  if (speed === 'flat') return { due: () => undefined }
  let start: { eventMs: number; wallMs: number } | undefined
  return {
    due: (createdAtMs, signal) => {
      start ??= { eventMs: createdAtMs, wallMs: nowMs() }
      const waitMs = start.wallMs + (createdAtMs - start.eventMs) / speed - nowMs()
      if (waitMs < WAIT_MS_MIN) return undefined
      return sleep(waitMs, undefined, { signal }).catch(() => undefined)
    },
  }
}
