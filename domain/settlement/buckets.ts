/**
 * Sums by quarter hours of UTC, in which every time zone of today begins its days: what the log, or a database that knows no
 * partner's calendar, can add up before anyone says which day a moment belongs to.
 */
import { dateAt, dayStartMs } from './calendar.ts'
import type { Cover } from './coverage.ts'
import { NO_FIGURES, sumOf, withEntries } from './figures.ts'
import type { EntrySum, Figures } from './figures.ts'

/** Width of a bucket, in milliseconds. */
export const BUCKET_MS = 900_000

/** Number of the bucket that a moment (epoch milliseconds) lies in. */
export const bucketOf = (atMs: number): number => Math.floor(atMs / BUCKET_MS)

/** A commission rate (units of 1/10000) and from when on it is in force, epoch milliseconds. */
export interface Rate {
  rate: bigint
  effectiveFromMs: number
}

/** The figures of one day of the partner's calendar. */
export interface DayFigures extends Figures {
  date: string
  late: boolean
  /** The rate in force at the first moment of the day. */
  rate: bigint
}

/** The rate in force at a moment: the last one that had begun, 0 where none had. */
export function rateAt(rates: readonly Rate[], atMs: number): bigint {
  let found = 0n
  for (const { rate, effectiveFromMs } of rates) if (effectiveFromMs <= atMs) found = rate
  return found
}

export class Buckets {
  readonly #sums = new Map<string, { bucket: number; cover: Cover; figures: Figures }>()

  add(bucket: number, cover: Cover, entries: EntrySum): void {
    const key = `${bucket} ${cover}`
    const { figures } = this.#sums.get(key) ?? { figures: NO_FIGURES }
    this.#sums.set(key, { bucket, cover, figures: withEntries(figures, entries) })
  }

  /** The days on which something moved, in order; those of earlier periods first. */
  days(timeZone: string, rates: readonly Rate[]): DayFigures[] {
    const days = new Map<string, DayFigures>()
    for (const { bucket, cover, figures } of this.#sums.values()) {
      const date = dateAt(bucket * BUCKET_MS, timeZone)
      const day = days.get(date)
      const head = day ?? {
        date,
        late: cover === 'LATE',
        rate: rateAt(rates, dayStartMs(date, timeZone)),
      }
      days.set(date, { ...head, ...sumOf(day ?? NO_FIGURES, figures) })
    }
    return [...days.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1))
  }
}
