/**
 * Gathers the slices of several partitions into one write: all that came while the last write was going on, within the
 * limits. One write runs at a time.
 */
import { countThatFit } from './batches.ts'
import type { BatchLimits } from './batches.ts'
import type { AnySourceName, RawSlice } from './types.ts'

interface Work<N extends AnySourceName> {
  slice: RawSlice<N>
  done: PromiseWithResolvers<void>
}

export interface Gatherer<N extends AnySourceName> {
  /** Resolves when the slice is written, rejects with the error of its write or of `drop`. */
  add(slice: RawSlice<N>): Promise<void>
  /** Rejects what waits; a write that runs goes on. */
  drop(error: Error): void
  /** Resolves when no write runs. */
  idle(): Promise<void>
}

export function createGatherer<N extends AnySourceName>(
  limits: BatchLimits,
  write: (slices: readonly RawSlice<N>[]) => Promise<void>,
): Gatherer<N> {
  const queue: Work<N>[] = []
  let running: Promise<void> | undefined

  const drain = async (): Promise<void> => {
    // One turn later, so that the handlers of one fetch, which all start in this turn, are gathered.
    await Promise.resolve()
    while (queue.length > 0) {
      const fitting = countThatFit(
        queue.map(({ slice }) => slice),
        limits,
      )
      const works = queue.splice(0, fitting)
      try {
        await write(works.map(({ slice }) => slice))
        for (const { done } of works) done.resolve()
      } catch (error) {
        for (const { done } of works) done.reject(error)
      }
    }
    running = undefined
  }

  return {
    add: (slice) => {
      const done = Promise.withResolvers<void>()
      queue.push({ slice, done })
      running ??= drain()
      return done.promise
    },
    drop: (error) => {
      for (const { done } of queue.splice(0)) done.reject(error)
    },
    idle: async () => {
      await running
    },
  }
}
