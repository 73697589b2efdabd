import { describe, expect, test } from 'vitest'
import { latenciesOf, median, percentile, spreadOf } from './statistics.ts'

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  test.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('of 1 to 100 at %d is %d', (share, expected) => expect(percentile(hundred, share)).toBe(expected))

  test('of nothing is an error', () => expect(() => percentile([], 0.5)).toThrow('no values'))
})

describe('median', () => {
  test('is the middle value', () => expect(median([9, 1, 5])).toBe(5))
  test('of an even number is the mean of the middle two', () => expect(median([4, 1, 9, 2])).toBe(3))
  test('of nothing is an error', () => expect(() => median([])).toThrow('no values'))
})

test('a spread names both ends and the middle', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 })
})

test('latencies are sorted by number, not by text', () => {
  expect(latenciesOf([10, 9, 100])).toEqual({ count: 3, p50Ms: 10, p99Ms: 100, maxMs: 100 })
})
