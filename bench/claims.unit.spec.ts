import { describe, expect, test } from 'vitest'
import { CLAIMS, judge } from './claims.ts'
import type { Claim } from './claims.ts'
import { Recorder } from './figures.ts'
import type { Figure } from './figures.ts'

function figures(values: Readonly<Record<string, number>>): readonly Figure[] {
  const recorder = new Recorder()
  for (const [name, value] of Object.entries(values)) recorder.add(name, 'ratio', value)
  return recorder.figures
}

const claim = (kind: Claim['kind']): Claim => ({
  name: 'claim',
  kind,
  targets: [
    { figure: 'beside-peer', target: 3 },
    { figure: 'alone', target: 300 },
  ],
})

const holds = (kind: Claim['kind'], values: Readonly<Record<string, number>>): (boolean | undefined)[] =>
  judge(figures(values), [claim(kind)]).map((verdict) => verdict.holds)

describe('a claim', () => {
  test.each([
    ['throughput', 2, true],
    ['throughput', 1.99, false],
    ['latency', 4.5, true],
    ['latency', 4.51, false],
    ['limit', 3, true],
    ['limit', 3.01, false],
  ] as const)('of %s with a target of 3 and a figure of %d: %s', (kind, value, expected) => {
    expect(holds(kind, { 'beside-peer': value })).toEqual([expected])
  })

  test('looks at the absolute figure only where the peer was not there', () => {
    expect(holds('throughput', { 'beside-peer': 1, alone: 1_000 })).toEqual([false])
    expect(holds('throughput', { alone: 1_000 })).toEqual([true])
  })

  test.each([
    ['as it was', 20, 30, true],
    ['as it was', 20, 30.1, false],
    ['faster', 5, 30, true],
    ['three times as slow', 60, 90, true],
    ['three times as slow', 60, 90.1, false],
  ])('beside a peer that is %s (%d ms) moves with the hour: %d ms, %s', (_, peer, measured, expected) => {
    const slow: Claim = {
      name: 'claim',
      kind: 'latency',
      targets: [{ figure: 'ours', target: 20, hour: { peer: 'theirs', thenAtMost: 20 } }],
    }
    expect(judge(figures({ ours: measured, theirs: peer }), [slow]).map((verdict) => verdict.holds)).toEqual([
      expected,
    ])
  })

  test('about nothing that was measured gives no verdict', () => {
    expect(holds('latency', { other: 1 })).toEqual([])
  })
})

test('no two claims share a name', () => {
  expect(new Set(CLAIMS.map(({ name }) => name)).size).toBe(CLAIMS.length)
})

describe('a recorder', () => {
  test('stands for its runs with their median', () => {
    const recorder = new Recorder()
    for (const value of [3, 1, 2]) recorder.add('a', 'ms', value)
    expect(recorder.figures).toEqual([
      { name: 'a', value: 2, unit: 'ms', runs: 3, spread: { min: 1, median: 2, max: 3, values: [3, 1, 2] } },
    ])
  })

  test('takes no value that is none', () => {
    expect(() => new Recorder().add('a', 'ms', NaN)).toThrow('a was measured as NaN')
  })
})
