/** What a field must be for every store to take it: each check answers what is held against a value, or undefined. */
import { isUuid } from '../../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { isDate } from '../../../domain/settlement/calendar.ts'

export const CURRENCY_CHARS = 3

export const ERROR_CODE_CHARS_MAX = 64

/** The largest INTEGER of PostgreSQL. */
const VERSION_MAX = 2 ** 31 - 1

/** Times outside these years are mistakes, and beyond what ClickHouse's DateTime64 holds. */
const TIME_MS_MIN = Date.UTC(1970, 0, 1)
const TIME_MS_MAX = Date.UTC(2200, 0, 1)

/** What partner management decides may lie as far ahead as dates have four digits ("never"); ClickHouse shows the end of 2299 then. */
const MOMENT_MS_MAX = Date.UTC(10_000, 0, 1)

/** A JSON escape of the NUL character, which no text of PostgreSQL holds; an escaped backslash before it doesn't count. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/
export type Check = string | undefined

export const text = (name: string, value: string | null, charsMax: number): Check => {
  if (value === null) return undefined
  if (value.length > charsMax) return `${name} is longer than ${charsMax} characters`
  return value.includes('\0') ? `${name} holds a NUL character` : undefined
}

export const uuid = (name: string, value: string | null): Check =>
  value === null || isUuid(value) ? undefined : `${name} is not a UUID`

export const time = (name: string, value: number | null): Check =>
  value === null || (value >= TIME_MS_MIN && value < TIME_MS_MAX)
    ? undefined
    : `${name} is not a time from 1970 to 2199`

export const moment = (name: string, value: number | null): Check =>
  value === null || (value >= TIME_MS_MIN && value < MOMENT_MS_MAX)
    ? undefined
    : `${name} is not a time from 1970 to 9999`

export const amount = (name: string, value: bigint | null, min: bigint = 0n): Check => {
  if (value === null) return undefined
  return value >= min && value <= AMOUNT_UNITS_MAX
    ? undefined
    : `${name} is outside what NUMERIC(19,4) may hold there`
}

export const date = (name: string, value: string): Check =>
  isDate(value) ? undefined : `${name} is not a date`

export const count = (name: string, value: number): Check =>
  Number.isSafeInteger(value) && value >= 0 ? undefined : `${name} is not a count`

/** Of a partner, a key or a player. They begin with 1: a row of version 0 is one that a sink has laid down for want of the record. */
export const version = (value: number): Check =>
  Number.isInteger(value) && value > 0 && value <= VERSION_MAX ? undefined : 'version is not one from 1 on'

export function json(name: string, value: string | null): Check {
  if (value === null) return undefined
  try {
    JSON.parse(value)
  } catch {
    return `${name} is not JSON`
  }
  return ESCAPED_NUL.test(value) ? `${name} holds a NUL character` : undefined
}

/** The first objection to any of several. */
export function each<T>(items: readonly T[], objection: (item: T) => Check): Check {
  for (const item of items) {
    const found = objection(item)
    if (found !== undefined) return found
  }
  return undefined
}
