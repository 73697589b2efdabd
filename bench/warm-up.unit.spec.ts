import { expect, test } from 'vitest'
import { SLICES_MAX, STEADY_SLICES, warmUp } from './warm-up.ts'

const slices = (next: (count: number) => number) => {
  let count = 0
  return () => Promise.resolve({ p50Ms: next(++count) })
}

test('goes on while the median falls, and for a few slices after', async () => {
  expect(await warmUp(slices((count) => Math.max(10, 100 - 10 * count)))).toBe(9 + STEADY_SLICES)
})

test('a single slow slice among falling ones does not end it', async () => {
  expect(await warmUp(slices((count) => (count === 4 ? 500 : Math.max(10, 100 - 10 * count))))).toBe(
    9 + STEADY_SLICES,
  )
})

test('ends at the limit where nothing gets steady', async () => {
  expect(await warmUp(slices((count) => 1e9 * 0.9 ** count))).toBe(SLICES_MAX)
})
