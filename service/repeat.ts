/** Work that is done again and again, one at a time, until the process ends. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Repetition {
  /** Resolves when the work that is under way has ended. */
  stop: () => Promise<void>
}

/** @param once answers how long to pause before the next time, in milliseconds; where it rejects, the process has a fault and ends */
export function repeat(once: () => Promise<number>): Repetition {
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const pauseMs = await once()
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
