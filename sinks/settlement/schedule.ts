/** Which runs the partners' schedules ask for: pure. */
import { v5 } from 'uuid'
import type { SettlementTerms } from '../../avro/types.ts'
import { lastPeriod, nextPeriod } from '../../domain/settlement/calendar.ts'
import type { Period } from '../../domain/settlement/calendar.ts'
import type { SettlementBook } from './book.ts'

/** Namespace of UUIDv5; it must never change. */
const SCHEDULED = '8c2f4f3e-15f1-5c53-8a4b-b7b5b1d0d8c4'

export interface ScheduledRun extends Period {
  partnerId: string
  currency: string
}

/**
 * A period is asked for once: the command's id follows from it, and the processor decides an id once. A draft that was
 * canceled is therefore not made again by itself.
 */
export const scheduledIdOf = ({ partnerId, currency, from, to }: ScheduledRun): string =>
  v5([partnerId, currency, from, to].join('/'), SCHEDULED)

/** The period after the last confirmed run, or the first one: where the terms say, or the last that is over. */
function periodOf(
  terms: SettlementTerms,
  confirmedTo: string | undefined,
  nowMs: number,
): Period | undefined {
  const { schedule, time_zone: zone, schedule_from: first } = terms
  if (schedule === 'NONE') return undefined
  const from = confirmedTo ?? first
  return from === null ? lastPeriod(schedule, zone, nowMs) : nextPeriod(schedule, zone, from, nowMs)
}

/** While a run of the partner and currency is open, the next one waits for it: it begins where that one ends. */
export function dueRuns(book: SettlementBook, nowMs: number): ScheduledRun[] {
  return book.terms().flatMap((terms) =>
    terms.currencies.flatMap((currency) => {
      const { partner_id: partnerId } = terms
      if (book.hasOpen(partnerId, currency)) return []
      const period = periodOf(terms, book.lastConfirmed(partnerId, currency)?.period_to, nowMs)
      return period === undefined ? [] : [{ partnerId, currency, ...period }]
    }),
  )
}
