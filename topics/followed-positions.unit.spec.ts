import { beforeEach, describe, expect, it } from 'vitest'
import { FollowedPositions } from './followed-positions.ts'
import type { FetchedRecords } from './followed-positions.ts'

let positions: FollowedPositions
let seen: string[]
beforeEach(() => {
  positions = new FollowedPositions()
  positions.begin('t', 0, 0)
  seen = []
})

/** Records of these offsets, and markers up to `last`. */
const batchOf = (offsets: readonly number[], last: number): FetchedRecords => ({
  topic: 't',
  partition: 0,
  messages: offsets.map((offset) => ({
    offset: String(offset),
    key: null,
    value: Buffer.from(String(offset)),
  })),
  lastOffset: () => String(last),
})
const take = (batch: FetchedRecords, isGivenUp = (): boolean => false): Promise<void> =>
  positions.take(batch, isGivenUp, (_, value) => void seen.push(value.toString()))
const ended = (batchSize: number, last: number): void =>
  positions.passOver({ topic: 't', partition: 0, batchSize, lastOffset: String(last) })

describe('positions', () => {
  it('move past the records that were taken and the markers behind them', async () => {
    await take(batchOf([0, 1], 3))
    ended(2, 3)
    expect([seen, positions.next('t', 0)]).toEqual([['0', '1'], 4])
  })

  it('stay at the first record that was not taken, though the client is through with the batch', async () => {
    await take(batchOf([0, 1, 2], 3), () => seen.length === 1)
    ended(3, 3)
    expect(positions.next('t', 0)).toBe(1)
    await take(batchOf([1, 2], 3))
    expect(seen).toEqual(['0', '1', '2'])
  })

  it('stay before a record that could not be taken', async () => {
    const failing = positions.take(
      batchOf([0], 0),
      () => false,
      () => Promise.reject(new Error('away')),
    )
    await expect(failing).rejects.toThrow('away')
    expect(positions.next('t', 0)).toBe(0)
  })

  it('take no record twice', async () => {
    await take(batchOf([0, 1], 1))
    await take(batchOf([0, 1, 2], 2))
    expect(seen).toEqual(['0', '1', '2'])
  })

  it('pass over batches of which nothing is left, and never go back', () => {
    ended(0, 7)
    ended(0, 3)
    expect(positions.next('t', 0)).toBe(8)
  })
})
