/** Waits until the sinks have written all that Kafka holds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperationalError } from '../topics/errors.ts'
import { BALANCES, LOG } from './kafka.ts'
import type { Cut } from './kafka.ts'
import type { ShowProgress } from './progress.ts'

/** A store that says how far it is. */
export interface Follower {
  name: string
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<ReadonlyMap<string, number>>
}

export interface CatchUpOptions {
  ends: Cut
  followers: readonly Follower[]
  /** No progress for this long is a failure, in milliseconds. */
  silenceMsMax: number
  showProgress: ShowProgress
}

const LOOK_INTERVAL_MS = 250

/** Offsets that a follower has still to write. */
export function lagOf({ log, balances }: Cut, positions: ReadonlyMap<string, number>): number {
  let lag = 0
  for (const [topic, partitions] of [
    [LOG, log],
    [BALANCES, balances],
  ] as const)
    partitions.forEach((end, partition) => {
      lag += Math.max(0, end - (positions.get(`${topic}/${partition}`) ?? 0))
    })
  return lag
}

/**
 * Resolves when every follower is at the ends. A store that is away is asked again; throws `OperationalError` where the lags
 * don't shrink for too long.
 */
export async function waitForSinks({
  ends,
  followers,
  silenceMsMax,
  showProgress,
}: CatchUpOptions): Promise<void> {
  const lags = new Map<string, number>()
  const look = async ({ name, positions }: Follower): Promise<void> => {
    try {
      lags.set(name, lagOf(ends, await positions()))
    } catch {
      lags.set(name, Infinity)
    }
  }
  const sum = (): number =>
    [...lags.values()].reduce((total, lag) => total + (Number.isFinite(lag) ? lag : 0), 0)
  const behind = (): string[] =>
    [...lags]
      .filter(([, lag]) => lag > 0)
      .map(([name, lag]) => `${name} ${Number.isFinite(lag) ? lag : 'away'}`)

  await Promise.all(followers.map(look))
  if (behind().length === 0) return
  const start = sum()
  const progress = showProgress({
    unit: 'records for the sinks',
    total: start,
    read: () => ({ done: Math.max(0, start - sum()), remark: behind().join(', ') }),
  })
  let best = Infinity
  let bestMs = Date.now()
  try {
    while (behind().length > 0) {
      const lag =
        sum() + [...lags.values()].filter((one) => !Number.isFinite(one)).length * Number.MAX_SAFE_INTEGER
      if (lag < best) {
        best = lag
        bestMs = Date.now()
      } else if (Date.now() - bestMs > silenceMsMax)
        throw new OperationalError(
          'unreachable',
          'SINKS_BEHIND',
          `the sinks have made no progress for ${Math.round(silenceMsMax / 1_000)} s (records behind: ${behind().join(', ')})`,
          'see `make status` and the logs of the sinks under .local/log',
        )
      await sleep(LOOK_INTERVAL_MS)
      await Promise.all(followers.map(look))
    }
  } finally {
    progress.stop()
  }
}
