/**
 * Which movements of money a run covers. A run is sealed: of each partition of the log it takes what lies below its seal, the
 * next offset at the time. Runs of a partner and currency follow each other without a gap, and seals never go back, so a run
 * covers what happened in its period, and of the periods before it what lies at or above the seals of the run before.
 */

/** Next offset by partition of the log. A partition that is not named is sealed at 0. */
export type Seals = ReadonlyMap<number, number>

export interface Coverage {
  /** When the first run of the partner and currency begins: nothing before is ever settled. Epoch milliseconds. */
  chainStartMs: number
  fromMs: number
  toMs: number
  seals: Seals
  /** Of the confirmed run before; empty for the first. */
  previousSeals: Seals
}

/** Where a movement lies in the log, and when it happened (epoch milliseconds). */
export interface Position {
  partition: number
  offset: number
  createdAtMs: number
}

/** LATE: of a period that was settled before the movement was in the log. */
export type Cover = 'IN_PERIOD' | 'LATE'

/** How a run covers a movement; undefined where it doesn't. */
export function coverOf(coverage: Coverage, { partition, offset, createdAtMs }: Position): Cover | undefined {
  const { chainStartMs, fromMs, toMs, seals, previousSeals } = coverage
  if (offset >= (seals.get(partition) ?? 0) || createdAtMs >= toMs) return undefined
  if (createdAtMs >= fromMs) return 'IN_PERIOD'
  return createdAtMs >= chainStartMs && offset >= (previousSeals.get(partition) ?? 0) ? 'LATE' : undefined
}

/** True where no seal lies before the one that it follows. */
export const followsSeals = (seals: Seals, previous: Seals): boolean =>
  [...previous].every(([partition, offset]) => (seals.get(partition) ?? 0) >= offset)
