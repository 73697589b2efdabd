import fc from 'fast-check'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Lanes } from './lanes.ts'

describe('lanes', () => {
  it('keep the order of each key and the limit of all, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 3 })), {
          maxLength: 40,
        }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (jobs, concurrency, chunkMax) => {
          const done = new Map<string, number[]>()
          let active = 0
          let most = 0
          const lanes = new Lanes<{ key: string; order: number; turns: number }>(
            concurrency,
            chunkMax,
            async (some) => {
              most = Math.max(most, ++active)
              expect(some.length).toBeLessThanOrEqual(chunkMax)
              expect(new Set(some.map(({ key }) => key)).size).toBe(1)
              for (const job of some) {
                for (let turn = 0; turn < job.turns; turn++) await nextTurn()
                done.set(job.key, [...(done.get(job.key) ?? []), job.order])
              }
              active--
            },
          )
          jobs.forEach(([key, turns], order) => lanes.add(key, { key, order, turns }))
          await lanes.whenBelow(1)
          expect([...done.values()].flat()).toHaveLength(jobs.length)
          for (const orders of done.values()) expect(orders).toEqual(orders.toSorted((a, b) => a - b))
          expect(most).toBeLessThanOrEqual(concurrency)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('run different keys side by side', async () => {
    const release = Promise.withResolvers<void>()
    const begun: string[] = []
    const lanes = new Lanes<string>(2, 1, async (names) => {
      begun.push(...names)
      await release.promise
    })
    for (const name of ['a', 'b', 'c']) lanes.add(name, name)
    expect(begun).toEqual(['a', 'b'])
    release.resolve()
    await lanes.whenBelow(1)
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('stop at the first failure and give it to whoever waits', async () => {
    const begun: number[] = []
    const lanes = new Lanes<number>(1, 1, (items) => {
      begun.push(...items)
      return Promise.reject(new Error(`item ${items[0]}`))
    })
    for (let item = 0; item < 3; item++) lanes.add('key', item)
    await expect(lanes.whenBelow(1)).rejects.toThrow('item 0')
    await expect(lanes.whenBelow(100)).rejects.toThrow('item 0')
    expect(begun).toEqual([0])
  })
})
