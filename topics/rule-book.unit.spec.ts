import { beforeEach, describe, expect, it } from 'vitest'
import type { AmlRules } from '../avro/types.ts'
import { DEFAULT_RULES } from '../domain/aml/rules.ts'
import { RuleBook } from './rule-book.ts'

const PARTNER = '0198c1a2-7d00-7000-8000-0000000000aa'
const OTHER = '0198c1a2-7d00-7000-8000-0000000000bb'
const START_MS = Date.UTC(2026, 2, 2, 12)

let book: RuleBook
beforeEach(() => {
  book = new RuleBook()
})

/** A version of the platform, in force from as many milliseconds after the start as it has in its number. */
const version = (number: number, parts: Partial<AmlRules> = {}): AmlRules => ({
  partner_id: null,
  version: number,
  status: 'LIVE',
  rules: JSON.stringify(DEFAULT_RULES),
  note: null,
  effective_at: START_MS + number,
  created_by: 'bootstrap',
  created_at: START_MS,
  command_id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  ...parts,
})
const ended = (number: number, use: 'LIVE' | 'SHADOW', parts: Partial<AmlRules> = {}): AmlRules =>
  version(number, { status: `${use}_ENDED`, rules: null, ...parts })
const own = { partner_id: PARTNER }

/** Live and shadow rules of a partner, at as many milliseconds after the start. */
const at = (ms: number, partnerId = PARTNER): [string, string | undefined] => {
  const { live, shadow } = book.inForce(partnerId, START_MS + ms)
  return [live.version, shadow?.version]
}

describe('the rules in force', () => {
  it('are those that come with the platform where nobody has said any', () => {
    expect(at(0)).toEqual(['platform/0', undefined])
    expect(book.inForce(PARTNER, START_MS).live.rules).toEqual(DEFAULT_RULES)
  })

  it('are those of the time of a transaction, to the millisecond, whatever has been learnt since', () => {
    for (const number of [1, 5, 9]) book.learn(version(number))
    expect([0, 1, 4, 5, 8, 9, 100].map((ms) => at(ms)[0])).toEqual([
      'platform/0',
      'platform/1',
      'platform/1',
      'platform/5',
      'platform/5',
      'platform/9',
      'platform/9',
    ])
  })

  it('do not depend on the order or the number of times in which versions are learnt', () => {
    for (const number of [9, 1, 5, 1, 9]) book.learn(version(number))
    expect([1, 5, 9].map((ms) => at(ms)[0])).toEqual(['platform/1', 'platform/5', 'platform/9'])
  })

  it('are of two versions that begin at once those of the later one', () => {
    book.learn(version(1))
    book.learn(version(2, { effective_at: START_MS + 1 }))
    expect(at(1)[0]).toBe('platform/2')
  })

  it('are a partner’s own, and the platform’s for all others', () => {
    book.learn(version(1))
    book.learn(version(1, { ...own, effective_at: START_MS + 3 }))
    expect(at(2)[0]).toBe('platform/1')
    expect(at(3)[0]).toBe(`${PARTNER}/1`)
    expect(at(3, OTHER)[0]).toBe('platform/1')
  })

  it('are the platform’s again once a partner’s have ended, and then the partner’s next', () => {
    book.learn(version(1))
    book.learn(version(2, own))
    book.learn(ended(3, 'LIVE', own))
    book.learn(version(4, own))
    expect([2, 3, 4].map((ms) => at(ms)[0])).toEqual([`${PARTNER}/2`, 'platform/1', `${PARTNER}/4`])
  })

  it('are those that come with the platform once the platform’s have ended', () => {
    book.learn(version(1))
    book.learn(ended(2, 'LIVE'))
    expect(at(2)[0]).toBe('platform/0')
  })
})

describe('rules in shadow', () => {
  it('run beside the live ones and leave them as they are', () => {
    book.learn(version(1))
    book.learn(version(2, { status: 'SHADOW' }))
    expect([1, 2].map((ms) => at(ms))).toEqual([
      ['platform/1', undefined],
      ['platform/1', 'platform/2'],
    ])
    book.learn(version(3))
    expect(at(3)).toEqual(['platform/3', 'platform/2'])
  })

  it('are a partner’s own or else the platform’s, whosever the live ones are', () => {
    book.learn(version(1, { status: 'SHADOW' }))
    book.learn(version(2, own))
    expect(at(2)).toEqual([`${PARTNER}/2`, 'platform/1'])
    book.learn(version(3, { ...own, status: 'SHADOW' }))
    expect(at(3)).toEqual([`${PARTNER}/2`, `${PARTNER}/3`])
  })

  it('end by themselves', () => {
    book.learn(version(1, own))
    book.learn(version(2, { ...own, status: 'SHADOW' }))
    book.learn(ended(3, 'SHADOW', own))
    expect(at(3)).toEqual([`${PARTNER}/1`, undefined])
    book.learn(version(4, { ...own, status: 'SHADOW' }))
    book.learn(ended(5, 'LIVE', own))
    expect(at(5)).toEqual(['platform/0', `${PARTNER}/4`])
  })
})

it('a document that can not be read stops the reading: nothing is assessed by other rules in silence', () => {
  const rules = JSON.stringify({ ...DEFAULT_RULES, colour: 'red' })
  expect(() => book.learn(version(1, { rules }))).toThrow('rules platform/1 can not be read: colour: ')
})
