import { describe, expect, it } from 'vitest'
import { normaliseListed, normaliseQuery, tellingTokens } from './normalise.ts'

describe('a name', () => {
  it.each([
    ['Владимир Путин', 'vladimir putin'],
    ['JÉRÔME Kakwavu', 'jerome kakwavu'],
    ["O'Brien-Núñez", 'obrien nunez'],
    ['Dr. Ayman AL-ZAWAHIRI', 'ayman al zawahiri'],
    ['PUTIN, Vladimir', 'vladimir putin'],
    ['Dr.', 'dr'],
    ['…', ''],
  ])('that is looked for, %s, reads %s', (text, expected) => {
    expect(normaliseQuery(text).text).toBe(expected)
  })

  it.each([
    ['PUTIN, Vladimir', true, 'putin vladimir'],
    ['Vladimir Putin', true, 'putin vladimir'],
    ['Osama bin Laden', true, 'bin laden osama'],
    ['Ludwig von der Leyen', true, 'von der leyen ludwig'],
    ['CIMEX, S.A.', false, 'cimex s a'],
    ['Emma LLC', false, 'emma llc'],
  ])('on a list, %s (person: %s), reads %s', (text, isPerson, expected) => {
    expect(normaliseListed(text, isPerson).text).toBe(expected)
  })

  it.each([
    ['kim jong un', ['kim', 'jong']],
    ['xi jinping', ['xi', 'jinping']],
    ['abu bakr al baghdadi', ['bakr', 'baghdadi']],
    ['bin laden', ['bin', 'laden']],
    ['j p morgan', ['morgan']],
    ['z', ['z']],
  ])('%s is told by %j', (text, expected) => {
    expect(tellingTokens(text.split(' '))).toEqual(expected)
  })
})
