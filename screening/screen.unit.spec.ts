import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIsoDate } from './dates.ts'
import { nameSimilarity } from './name-score.ts'
import { normaliseListed, normaliseQuery, tellingTokens } from './normalise.ts'
import { createWatchlist, QUERY_NAME_CHARS_MAX, screen } from './screen.ts'
import type { Watchlist } from './screen.ts'
import type { ScreeningMatch, ScreeningQuery, WatchlistEntry } from './types.ts'

const entry = (id: string, name: string, more: Partial<WatchlistEntry> = {}): WatchlistEntry => ({
  id,
  kind: 'SANCTION',
  type: 'PERSON',
  name,
  aliases: [],
  datesOfBirth: [],
  countries: [],
  programs: [],
  ...more,
})

const listOf = (name: string, entries: WatchlistEntry[]): Watchlist =>
  createWatchlist(name, { hash: '0123456789ab', entries: entries.length }, entries)

const born = (text: string) => parseIsoDate(text) ?? expect.unreachable(text)

const VOROBYOV = entry('7', 'VOROBYOV, Maksim Olegovich', {
  aliases: ['Maxim Vorobiev'],
  datesOfBirth: [born('1961-03-09')],
  countries: ['RU'],
  programs: ['TEST-1'],
})
const SMALL = listOf('small', [
  VOROBYOV,
  entry('8', 'Emma LLC', { type: 'ORGANISATION' }),
  entry('9', 'TALAVERA QUINONES, Rocio', { kind: 'PEP' }),
])

const scoreOf = (query: ScreeningQuery, id = '7'): number | undefined =>
  screen([SMALL], query, { threshold: 1 }).find(({ entryId }) => entryId === id)?.score

describe('a screening', () => {
  it('names list, version, matched alias and the parts of the score', () => {
    const query = { name: 'Maxim Vorobiev', dateOfBirth: born('1961-03-09'), country: 'RU' }
    expect(screen([SMALL], query)).toEqual([
      {
        list: 'small',
        listVersion: '0123456789ab',
        listKind: 'SANCTION',
        entryId: '7',
        entryType: 'PERSON',
        entryName: 'VOROBYOV, Maksim Olegovich',
        matchedName: 'Maxim Vorobiev',
        score: 100,
        subScores: { name: 100, dateOfBirth: 100, country: 100 },
        programs: ['TEST-1'],
        datesOfBirth: ['1961-03-09'],
        countries: ['RU'],
      } satisfies ScreeningMatch,
    ])
  })

  it.each(['Максим Воробьёв', 'VOROBIEV, Maxim', 'Mr Maksim Vorobjov', 'Maxim Vorobeiv', 'Vorobyev Maksim'])(
    'finds him as %s',
    (name) => {
      expect(screen([SMALL], { name }).map(({ entryId }) => entryId)).toEqual(['7'])
    },
  )

  it.each(['Emma Smith', 'John Smith', 'Maxim Gorki', 'Rocio Jimenez', ''])('finds nobody as %s', (name) => {
    expect(screen([SMALL], { name })).toEqual([])
  })

  it('is lowered by another date of birth, and a little by another country', () => {
    const name = 'Maxim Vorobiev'
    const plain = scoreOf({ name })
    expect(plain).toBe(100)
    expect(scoreOf({ name, dateOfBirth: born('1975-01-01') })).toBe(85)
    expect(scoreOf({ name, country: 'BR' })).toBe(97)
    expect(screen([SMALL], { name, dateOfBirth: born('1975-01-01') })).toEqual([])
  })

  it('is raised by the same date of birth, over the threshold too', () => {
    const name = 'Max Vorobiov'
    const plain = scoreOf({ name }) ?? 0
    expect(plain).toBeGreaterThan(80)
    expect(plain).toBeLessThan(100)
    expect(scoreOf({ name, dateOfBirth: born('1961-03-09') })).toBe(Math.min(100, plain + 5))
    const options = { threshold: plain + 5 }
    expect(screen([SMALL], { name, dateOfBirth: born('1961-03-09') }, options)).toHaveLength(1)
    expect(screen([SMALL], { name }, options)).toEqual([])
  })

  it('answers the best first, those alike by list and id, and no more than asked for', () => {
    const twins = [entry('b', 'ALPHA, Beta'), entry('a', 'ALPHA, Beta'), entry('c', 'ALPHA, Betta')]
    const lists = [listOf('y', twins), listOf('x', twins)]
    const found = screen(lists, { name: 'Beta Alpha' }).map(({ list, entryId }) => `${list}${entryId}`)
    expect(found).toEqual(['xa', 'xb', 'ya', 'yb', 'xc', 'yc'])
    expect(screen(lists, { name: 'Beta Alpha' }, { limit: 2 })).toHaveLength(2)
  })

  it('refuses a name that is too long, and a threshold or limit out of range', () => {
    expect(() => screen([SMALL], { name: 'x'.repeat(QUERY_NAME_CHARS_MAX + 1) })).toThrow(RangeError)
    expect(() => screen([SMALL], { name: 'x' }, { threshold: 0 })).toThrow(RangeError)
    expect(() => screen([SMALL], { name: 'x' }, { limit: 0 })).toThrow(RangeError)
  })
})

const SYLLABLES = ['an', 'bar', 'de', 'el', 'kim', 'lo', 'ma', 'nov', 'os', 'ri', 'san', 'tov', 'ul', 'vich']
const part = fc.array(fc.constantFrom(...SYLLABLES), { minLength: 1, maxLength: 4 }).map((s) => s.join(''))
const fullName = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))
const slip = fc.record({
  at: fc.nat(30),
  kind: fc.nat(2),
  letter: fc.constantFrom(...'abegikmnorstuv'.split('')),
})

function misspelt(name: string, slips: readonly { at: number; kind: number; letter: string }[]): string {
  return slips.reduce((text, { at, kind, letter }) => {
    const place = at % text.length
    if (kind === 0) return text.slice(0, place) + letter + text.slice(place)
    return text.slice(0, place) + (kind === 1 ? letter : '') + text.slice(place + 1)
  }, name)
}

describe('the index', () => {
  it('finds a name whose likeness is rounded up to the threshold from exactly half a point below', () => {
    const list = listOf('generated', [entry('0', 'anosanan')])
    const found = screen([list], { name: 'aoosanan' }, { threshold: 93, limit: 1 })
    expect(found.map(({ score }) => score)).toEqual([93])
    expect(screen([list], { name: 'aoosanan' }, { threshold: 94, limit: 1 })).toEqual([])
  })

  it('answers what a comparison with every name answers, for names misspelt in up to three places', () => {
    const inputs = fc.record({
      names: fc.array(fullName, { minLength: 1, maxLength: 40 }),
      pick: fc.nat(),
      slips: fc.array(slip, { maxLength: 3 }),
      threshold: fc.integer({ min: 60, max: 100 }),
    })
    let found = 0
    fc.assert(
      fc.property(inputs, ({ names, pick, slips, threshold }) => {
        const name = misspelt(names[pick % names.length] ?? '', slips)
        const query = normaliseQuery(name)
        const telling = tellingTokens(query.tokens)
        const expected = names.flatMap((text, at) => {
          const score = Math.round(100 * nameSimilarity(query, telling, normaliseListed(text, true)))
          return score >= threshold && query.text !== '' ? [`${at} ${score}`] : []
        })
        const list = listOf(
          'generated',
          names.map((text, at) => entry(String(at), text)),
        )
        const options = { threshold, limit: names.length }
        const answered = screen([list], { name }, options).map(({ entryId, score }) => `${entryId} ${score}`)
        found += answered.length
        expect(answered.toSorted()).toEqual(expected.toSorted())
      }),
      { numRuns: 500 },
    )
    expect(found).toBeGreaterThan(500)
  })
})
