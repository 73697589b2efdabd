import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUCKET_MS } from './buckets.ts'
import { dateAt, dayStartMs, daysIn, isDate, isTimeZone, lastPeriod, nextPeriod } from './calendar.ts'

const HOUR_MS = 3_600_000
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Seoul',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
]

/** Length of a day, in hours. */
const hours = (date: string, next: string, zone: string): number =>
  (dayStartMs(next, zone) - dayStartMs(date, zone)) / HOUR_MS

describe('days of a time zone', () => {
  it.each([
    ['2026-03-29', '2026-03-30', 'Europe/Berlin', 23],
    ['2026-10-25', '2026-10-26', 'Europe/Berlin', 25],
    ['2026-03-08', '2026-03-09', 'America/New_York', 23],
    ['2026-04-05', '2026-04-06', 'Australia/Lord_Howe', 24.5],
    ['2026-03-29', '2026-03-30', 'Asia/Seoul', 24],
  ])('%s to %s in %s has %d hours', (date, next, zone, length) => {
    expect(hours(date, next, zone)).toBe(length)
  })

  it('begin at their first moment where there is no midnight', () => {
    // In Cairo, clocks went from 00:00 to 01:00 on 2023-04-28.
    expect(new Date(dayStartMs('2023-04-28', 'Africa/Cairo')).toISOString()).toBe('2023-04-27T22:00:00.000Z')
    expect(dateAt(dayStartMs('2023-04-28', 'Africa/Cairo') - 1, 'Africa/Cairo')).toBe('2023-04-27')
  })

  it('begin with a bucket, and every moment lies in the day that its bucket begins in', () => {
    const moments = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) })
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (atMs, zone) => {
        const date = dateAt(atMs, zone)
        const start = dayStartMs(date, zone)
        expect(start).toBeLessThanOrEqual(atMs)
        expect(start % BUCKET_MS).toBe(0)
        expect(dateAt(Math.floor(atMs / BUCKET_MS) * BUCKET_MS, zone)).toBe(date)
      }),
    )
  })
})

describe('what is taken', () => {
  it.each([...ZONES, 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('%s is a time zone', (zone) => {
    expect(isTimeZone(zone)).toBe(true)
  })
  it.each(['', 'CET+1', '+02:00', 'Mars/Olympus', 'europe/berlin ', 'Europe/Berlin[u-ca=hebrew]'])(
    '%s is none',
    (zone) => {
      expect(isTimeZone(zone)).toBe(false)
    },
  )
  it.each([
    ['2026-02-28', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-2-1', false],
    ['2026-02-01T00:00', false],
  ])('%s: %s', (text, is) => expect(isDate(text)).toBe(is))
})

describe('periods of a schedule', () => {
  const at = Date.parse('2026-11-24T10:00:00Z')
  it.each([
    ['DAILY', '2026-11-23', '2026-11-24'],
    ['WEEKLY', '2026-11-16', '2026-11-23'],
    ['MONTHLY', '2026-10-01', '2026-11-01'],
  ] as const)('the last of %s', (schedule, from, to) => {
    expect(lastPeriod(schedule, 'Europe/Berlin', at)).toEqual({ from, to })
  })

  it('are over when they are over there', () => {
    const justBefore = dayStartMs('2026-11-01', 'Asia/Seoul') - 1
    expect(lastPeriod('MONTHLY', 'Asia/Seoul', justBefore)).toEqual({ from: '2026-09-01', to: '2026-10-01' })
    expect(nextPeriod('MONTHLY', 'Asia/Seoul', '2026-10-01', justBefore)).toBeUndefined()
    expect(nextPeriod('MONTHLY', 'Asia/Seoul', '2026-10-01', justBefore + 1)).toEqual({
      from: '2026-10-01',
      to: '2026-11-01',
    })
  })

  it('that begin amid a month end with it', () => {
    expect(nextPeriod('MONTHLY', 'UTC', '2026-09-12', at)).toEqual({ from: '2026-09-12', to: '2026-10-01' })
    expect(nextPeriod('WEEKLY', 'UTC', '2026-11-18', at)).toEqual({ from: '2026-11-18', to: '2026-11-23' })
    expect(daysIn({ from: '2026-11-18', to: '2026-11-23' })).toBe(5)
  })
})
