/**
 * The partner's calendar: dates and months of its IANA time zone as moments. A day begins at its first moment there, which
 * on the day of a change to summer time need not be midnight, and lasts 23, 24 or 25 hours.
 */
import { Temporal } from 'temporal-polyfill'

/** How often a partner is settled by itself. */
export const SCHEDULES = ['NONE', 'DAILY', 'WEEKLY', 'MONTHLY'] as const
export type Schedule = (typeof SCHEDULES)[number]

/** Dates as YYYY-MM-DD; `to` is the first date that is not in it. */
export interface Period {
  from: string
  to: string
}

/** Longest period, in days: what a run says of its days has to fit into one record. */
export const PERIOD_DAYS_MAX = 366

const ZONE_CHARS_MAX = 64
/** A region of the database, or UTC: a bare offset has no summer time, and an abbreviation no meaning. */
// oxlint-disable-next-line security/detect-unsafe-regex -- words parted by slashes: linear
const ZONE = /^(?:UTC|[A-Z][A-Za-z_]+(?:\/[A-Za-z0-9_+-]+){1,2})$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** True for a time zone of the IANA database that is known here. */
export function isTimeZone(text: string): boolean {
  if (text.length > ZONE_CHARS_MAX || !ZONE.test(text)) return false
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text)
    return true
  } catch {
    return false
  }
}

/** True for a date that is in the calendar. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false
  try {
    Temporal.PlainDate.from(text)
    return true
  } catch {
    return false
  }
}

/** The first moment of a date in a time zone, epoch milliseconds. */
export const dayStartMs = (date: string, timeZone: string): number =>
  Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds

/** The date that a moment (epoch milliseconds) has in a time zone. */
export const dateAt = (atMs: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).toPlainDate().toString()

export const daysIn = ({ from, to }: Period): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days

/** The first date of the day, week (it begins on Monday) or month that a date lies in. */
function startOf(date: Temporal.PlainDate, schedule: Exclude<Schedule, 'NONE'>): Temporal.PlainDate {
  switch (schedule) {
    case 'DAILY':
      return date
    case 'WEEKLY':
      return date.subtract({ days: date.dayOfWeek - 1 })
    case 'MONTHLY':
      return date.with({ day: 1 })
  }
}

const STEPS = { DAILY: { days: 1 }, WEEKLY: { days: 7 }, MONTHLY: { months: 1 } } as const

/** The last period of a schedule that is over at a moment (epoch milliseconds). */
export function lastPeriod(schedule: Exclude<Schedule, 'NONE'>, timeZone: string, atMs: number): Period {
  const to = startOf(Temporal.PlainDate.from(dateAt(atMs, timeZone)), schedule)
  return { from: to.subtract(STEPS[schedule]).toString(), to: to.toString() }
}

/**
 * The first period of a schedule that begins at a date and is over at a moment, or undefined where none is. One that begins
 * amid a week or a month ends with it.
 */
export function nextPeriod(
  schedule: Exclude<Schedule, 'NONE'>,
  timeZone: string,
  from: string,
  atMs: number,
): Period | undefined {
  const to = startOf(Temporal.PlainDate.from(from), schedule).add(STEPS[schedule]).toString()
  return dayStartMs(to, timeZone) <= atMs ? { from, to } : undefined
}
