/** Query parameters of the reports. */
import { z } from 'zod'
import 'zod-openapi'
import {
  DIMENSION_CHARS_MAX,
  PAGE_ROWS_DEFAULT,
  PAGE_ROWS_MAX,
  REPORT_CURSOR_CHARS_MAX,
  REPORT_DAYS_MAX,
} from '../limits.ts'
import { VOLUME_GROUPS } from '../reports/catalogue.ts'
import { currency, fault, gameId } from './fields.ts'
import { wholeNumber } from './reads.ts'

const DAY_MS = 86_400_000
/** What ClickHouse's times hold, and no day before there can have been any. */
const YEARS = [2000, 2299] as const

/** A day in UTC: a date in, its first moment out, epoch milliseconds. */
const day = (description: string, example: string) =>
  z.iso
    .date()
    .transform((text) => Date.parse(text))
    .refine((ms) => ms >= Date.UTC(YEARS[0], 0, 1) && ms < Date.UTC(YEARS[1] + 1, 0, 1), {
      error: `must lie in the years ${YEARS[0]} to ${YEARS[1]}`,
      params: { fault: 'INVALID_TIME' },
    })
    .meta({ description, example, override: { type: 'string', format: 'date' } })

const period = {
  from: day('The first day, in UTC.', '2026-11-01'),
  to: day(`The day after the last; ${REPORT_DAYS_MAX} days after from at the latest.`, '2026-12-01'),
}

const paging = {
  limit: wholeNumber(1, PAGE_ROWS_MAX)
    .meta({
      description: `Rows of a page; of JSON ${PAGE_ROWS_DEFAULT} where absent, of CSV all.`,
      example: PAGE_ROWS_DEFAULT,
    })
    .optional(),
  cursor: z
    .string()
    .max(REPORT_CURSOR_CHARS_MAX)
    .regex(/^[A-Za-z0-9_-]+$/, 'is not a next_cursor that you were given here')
    .meta({ description: 'next_cursor of the page before.' })
    .optional(),
}

const format = z
  .enum(['json', 'csv'])
  .meta({ description: 'In place of the Accept header.', example: 'json' })
  .optional()

/** As they may stand in the metadata of a movement. */
const named = (description: string, example: string) =>
  z.string().min(1).max(DIMENSION_CHARS_MAX).meta({ description, example }).optional()

const filters = {
  currency: currency.optional(),
  game_id: gameId.optional(),
  provider_id: named('Movements whose metadata name this provider_id.', 'ocasino'),
  brand: named('Movements whose metadata name this brand.', 'north'),
}

const group = z
  .enum(VOLUME_GROUPS)
  .meta({
    description: 'A row for each; of games and providers without deposits and withdrawals.',
    example: 'game',
  })
  .optional()

interface Period {
  from?: number | undefined
  to?: number | undefined
}

/** A period that is one: from before to, and not too long. */
const checkPeriod = ({ value: { from, to }, issues }: z.core.ParsePayload<Period>): void => {
  if (from === undefined || to === undefined) return
  const days = (to - from) / DAY_MS
  if (days > 0 && days <= REPORT_DAYS_MAX) return
  const message =
    days > 0 ? `must be ${REPORT_DAYS_MAX} days after from at the latest` : 'must lie after from'
  issues.push({ ...fault('INVALID_PERIOD', message), path: ['to'], input: to })
}

export const volumeQuery = z
  .strictObject({ ...period, ...filters, group, format, ...paging })
  .check(checkPeriod)
export const periodQuery = z.strictObject({ ...period, ...filters, format, ...paging }).check(checkPeriod)
export const playerQuery = z.strictObject({ currency: currency.optional(), format, ...paging })
export const accountsQuery = z
  .strictObject({
    from: period.from.optional(),
    to: period.to.optional(),
    currency: currency.optional(),
    format,
    ...paging,
  })
  .check(checkPeriod)
