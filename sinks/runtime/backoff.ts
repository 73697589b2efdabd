/** Trying again for ever, with growing pauses, until it works or is called off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ExponentialBackoff } from 'cockatiel'
import { RETRY_INITIAL_MS, RETRY_MAX_MS } from './limits.ts'
import { SupersededError } from './types.ts'

export interface Patience {
  /** Calls the waiting off; an attempt that runs is let finish. */
  signal: AbortSignal
  /** True for errors that no further attempt can mend: they are thrown at once. */
  isFinal(error: unknown): boolean
  /** Told of every failure that will be tried again, with the pause before that. */
  onFailure(error: unknown, pauseMs: number): void
}

/**
 * Runs `attempt` until it succeeds. The pauses grow exponentially with decorrelated jitter (cockatiel's default), so
 * that instances which failed together don't come back together. Throws what `isFinal` names, or `SupersededError`
 * when the signal was raised.
 */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const backoff = new ExponentialBackoff({ initialDelay: RETRY_INITIAL_MS, maxDelay: RETRY_MAX_MS })
  for (let pause = backoff.next(); ; pause = pause.next(undefined)) {
    if (patience.signal.aborted) throw new SupersededError('called off')
    try {
      return await attempt()
    } catch (error) {
      if (patience.isFinal(error)) throw error
      patience.onFailure(error, pause.duration)
    }
    await sleep(pause.duration, undefined, { signal: patience.signal }).catch(() => undefined)
  }
}
