import { describe, expect, it } from 'vitest'
import { createGatherer } from './gatherer.ts'
import type { RawSlice } from './types.ts'

const aSlice = (partition: number, records = 1): RawSlice => ({
  source: 'wallet.balance',
  topic: 't',
  partition,
  from: 0,
  next: records,
  bytes: records,
  records: Array.from({ length: records }, (_, offset) => ({
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  })),
})
const LIMITS = { records: 10, bytes: 1_000 }

/** A gatherer whose writes end when the test says so. */
function setUp() {
  const writes: { partitions: number[]; done: PromiseWithResolvers<void> }[] = []
  const gatherer = createGatherer(LIMITS, (slices) => {
    const done = Promise.withResolvers<void>()
    writes.push({ partitions: slices.map(({ partition }) => partition), done })
    return done.promise
  })
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { gatherer, writes, nextTurn }
}

describe('gathering', () => {
  it('writes as one what comes in one turn, and what came during a write as the next', async () => {
    const { gatherer, writes, nextTurn } = setUp()
    const first = [gatherer.add(aSlice(0)), gatherer.add(aSlice(1))]
    await nextTurn()
    const second = [gatherer.add(aSlice(2)), gatherer.add(aSlice(3))]
    await nextTurn()
    expect(writes.map(({ partitions }) => partitions)).toEqual([[0, 1]])
    writes[0]?.done.resolve()
    await Promise.all(first)
    await nextTurn()
    expect(writes.map(({ partitions }) => partitions)).toEqual([
      [0, 1],
      [2, 3],
    ])
    writes[1]?.done.resolve()
    await Promise.all(second)
    await gatherer.idle()
  })

  it('keeps within the limits', async () => {
    const { gatherer, writes, nextTurn } = setUp()
    const all = [6, 6, 3].map((records, partition) => gatherer.add(aSlice(partition, records)))
    await nextTurn()
    writes[0]?.done.resolve()
    await all[0]
    await nextTurn()
    expect(writes.map(({ partitions }) => partitions)).toEqual([[0], [1, 2]])
    writes[1]?.done.resolve()
    await Promise.all(all)
  })

  it('tells each slice of a failed write, and goes on with the next', async () => {
    const { gatherer, writes, nextTurn } = setUp()
    const failed = [gatherer.add(aSlice(0)), gatherer.add(aSlice(1))].map((added) =>
      expect(added).rejects.toThrow('refused'),
    )
    await nextTurn()
    const next = gatherer.add(aSlice(2))
    writes[0]?.done.reject(new Error('refused'))
    await Promise.all(failed)
    await nextTurn()
    writes[1]?.done.resolve()
    await next
  })

  it('drops what waits and lets finish what runs', async () => {
    const { gatherer, writes, nextTurn } = setUp()
    const running = gatherer.add(aSlice(0))
    await nextTurn()
    const waiting = gatherer.add(aSlice(1))
    gatherer.drop(new Error('given back'))
    await expect(waiting).rejects.toThrow('given back')
    let idle = false
    const whenIdle = gatherer.idle().then(() => (idle = true))
    await nextTurn()
    expect(idle).toBe(false)
    writes[0]?.done.resolve()
    await running
    await whenIdle
    expect(writes).toHaveLength(1)
  })
})
