import { describe, expect, it } from 'vitest'
import { countryCode } from './countries.ts'
import { compareDates, parseIsoDate, parseOfacDate } from './dates.ts'
import type { DateOfBirth } from './types.ts'

const iso = (text: string): DateOfBirth => {
  const date = parseIsoDate(text)
  if (date === undefined) throw new Error(`${text} is no date`)
  return date
}

describe('a date of birth', () => {
  it.each([
    ['12 May 1958', '1958-05-12', 1958, 1958],
    ['May 1958', '1958-05', 1958, 1958],
    ['1958', '1958', 1958, 1958],
    ['circa 1958', '~1958', 1957, 1959],
    ['1955 to 1960', '1955/1960', 1955, 1960],
    ['circa 1955-1960', '~1955/1960', 1954, 1961],
    ['01 Jan 1958 to 31 Dec 1959', '1958-01-01/1959-12-31', 1958, 1959],
  ])('that OFAC writes %s is %s', (text, shown, firstYear, lastYear) => {
    expect(parseOfacDate(text)).toMatchObject({ text: shown, firstYear, lastYear })
  })

  it.each(['31 Feb 1958', '12 Mai 1958', 'unknown', '1960 to 1955'])('is not %s', (text) => {
    expect(parseOfacDate(text)).toBeUndefined()
  })

  it.each(['1958-13', '1958-02-30', '58', ''])('in ISO form is not "%s"', (text) => {
    expect(parseIsoDate(text)).toBeUndefined()
  })

  it.each([
    ['1958-05-12', '1958-05-12', 100],
    ['1958-05-12', '1958', 90],
    ['1958-05', '1958-05-12', 90],
    ['1958-05-12', '1958-12-05', 60],
    ['1958-05-12', '1959', 60],
    ['1958-05-12', '1960', 0],
  ])('%s agrees with %s by %s', (a, b, expected) => {
    expect(compareDates(iso(a), iso(b))).toBe(expected)
    expect(compareDates(iso(b), iso(a))).toBe(expected)
  })
})

describe('a country', () => {
  it.each([
    ['ru', 'RU'],
    ['Korea, North', 'KP'],
    ['Iran', 'IR'],
    ["Côte d'Ivoire", 'CI'],
    ['Germany', 'DE'],
    ['Turkey', 'TR'],
    ['Atlantis', undefined],
    ['ZZ', undefined],
  ])('%s is %s', (text, expected) => {
    expect(countryCode(text)).toBe(expected)
  })
})
