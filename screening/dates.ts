/** Dates of birth as lists write them, and how well two agree. */
import type { DateOfBirth } from './types.ts'

const ISO_DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/
const SPOKEN_DATE = /^(?:(?:(\d{1,2}) )?([A-Z][a-z]{2}) )?(\d{4})$/
const CIRCA = /^(?:circa|c\.|about) /i
const RANGE = /^(.+?)(?: to |-)(.+)$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTHS_MAX = MONTHS.length
/** "About" a year is it, or one next to it. */
const CIRCA_YEARS = 1

const padded = (value: number): string => String(value).padStart(2, '0')

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function dateOf(year: number, month?: number, day?: number): DateOfBirth | undefined {
  const years = { firstYear: year, lastYear: year }
  if (month === undefined) return { text: String(year), ...years }
  if (month < 1 || month > MONTHS_MAX) return undefined
  const text = `${year}-${padded(month)}`
  if (day === undefined) return { text, ...years, month }
  return isDay(year, month, day) ? { text: `${text}-${padded(day)}`, ...years, month, day } : undefined
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text)

/** YYYY, YYYY-MM or YYYY-MM-DD; undefined for anything else, and for days that no calendar has. */
export function parseIsoDate(text: string): DateOfBirth | undefined {
  const [, year, month, day] = ISO_DATE.exec(text) ?? []
  return year === undefined ? undefined : dateOf(Number(year), numberOf(month), numberOf(day))
}

function parseSpoken(text: string): DateOfBirth | undefined {
  const [, day, month, year] = SPOKEN_DATE.exec(text) ?? []
  if (year === undefined) return undefined
  return dateOf(Number(year), month === undefined ? undefined : MONTHS.indexOf(month) + 1, numberOf(day))
}

function parseRange(text: string): DateOfBirth | undefined {
  const [, from, to] = RANGE.exec(text) ?? []
  const first = from === undefined ? undefined : parseSpoken(from)
  const last = to === undefined ? undefined : parseSpoken(to)
  if (first === undefined || last === undefined || last.lastYear < first.firstYear) return undefined
  return { text: `${first.text}/${last.text}`, firstYear: first.firstYear, lastYear: last.lastYear }
}

function about(date: DateOfBirth): DateOfBirth {
  const { text, firstYear, lastYear } = date
  return { text: `~${text}`, firstYear: firstYear - CIRCA_YEARS, lastYear: lastYear + CIRCA_YEARS }
}

/** OFAC's forms: 12 May 1958; May 1958; 1958; circa 1958; 1955 to 1960. Undefined for anything else. */
export function parseOfacDate(text: string): DateOfBirth | undefined {
  const plain = text.replace(CIRCA, '')
  const date = parseSpoken(plain) ?? parseRange(plain)
  return date === undefined || plain === text ? date : about(date)
}

/** How well two dates of birth agree: the values of the sub-score. */
export const DATE_AGREEMENT = {
  /** The same day. */
  EXACT: 100,
  /** The same as far as the less exact one says. */
  CONSISTENT: 90,
  /** Day and month swapped, the same year with another day, or a year apart. */
  NEAR: 60,
  CONTRADICTION: 0,
} as const
export type DateAgreement = (typeof DATE_AGREEMENT)[keyof typeof DATE_AGREEMENT]

const NEAR_YEARS = 1

const isSame = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b

/** A range holds a date, or the other way round, as `CONSISTENT`: it says nothing that the date contradicts. */
export function compareDates(a: DateOfBirth, b: DateOfBirth): DateAgreement {
  const yearsApart = Math.max(0, a.firstYear - b.lastYear, b.firstYear - a.lastYear)
  if (yearsApart > NEAR_YEARS) return DATE_AGREEMENT.CONTRADICTION
  if (yearsApart > 0 || !isSame(a.month, b.month) || !isSame(a.day, b.day)) return DATE_AGREEMENT.NEAR
  return a.day !== undefined && b.day !== undefined ? DATE_AGREEMENT.EXACT : DATE_AGREEMENT.CONSISTENT
}
