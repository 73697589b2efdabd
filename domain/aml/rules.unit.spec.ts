import { describe, expect, it } from 'vitest'
import { DEFAULT_RULES, parseRules } from './rules.ts'

const faultsOf = (value: unknown): readonly string[] => {
  const parsed = parseRules(value)
  return parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`)
}

describe('AML rules', () => {
  it('by default are valid', () => {
    expect(parseRules(JSON.parse(JSON.stringify(DEFAULT_RULES)))).toEqual({ ok: true, rules: DEFAULT_RULES })
  })

  it.each([
    ['a field that is not known', { ...DEFAULT_RULES, colour: 'red' }, /^colour: is not a known field/],
    ['a field that is missing', { ...DEFAULT_RULES, structuring: undefined }, /^structuring: /],
    [
      'a threshold that is no amount',
      { ...DEFAULT_RULES, currencies: { USD: { large_transaction: '-1', linked_deposits: '10000' } } },
      /^currencies\.USD\.large_transaction: a positive amount/,
    ],
    [
      'a currency that is none',
      { ...DEFAULT_RULES, currencies: { XYZ: { large_transaction: '1', linked_deposits: '1' } } },
      /^currencies\.XYZ: /,
    ],
    [
      'severities that overlap',
      {
        ...DEFAULT_RULES,
        alerts: { ...DEFAULT_RULES.alerts, severities: { medium: 60, high: 60, critical: 80 } },
      },
      /^alerts\.severities: the bands overlap/,
    ],
    [
      'countries in both bands',
      {
        ...DEFAULT_RULES,
        countries: { high_risk: { points: 40, codes: ['KP'] }, elevated: { points: 20, codes: ['KP'] } },
      },
      /^countries\.elevated\.codes: the bands overlap: KP/,
    ],
    [
      'a share above the whole',
      { ...DEFAULT_RULES, structuring: { ...DEFAULT_RULES.structuring, near_from: 1 } },
      /^structuring\.near_from: /,
    ],
    [
      'more days than there are',
      {
        ...DEFAULT_RULES,
        sustained_time_shift: { ...DEFAULT_RULES.sustained_time_shift, window_days: 4, days_before: 28 },
      },
      /^sustained_time_shift\.days_before: impossible/,
    ],
    [
      'fewer in a longer time',
      { ...DEFAULT_RULES, structuring: { ...DEFAULT_RULES.structuring, count_48h: 2 } },
      /^structuring\.count_48h: impossible/,
    ],
  ])('refuse %s and say where', (_, value, expected) => {
    const faults = faultsOf(value)
    expect(faults.some((fault) => expected.test(fault))).toBe(true)
  })
})
