import { describe, expect, it } from 'vitest'
import { startOffset } from './positions.ts'
import { PositionError } from './types.ts'

const PARTITION = { topic: 'wallet.balance', partition: 3 }

describe('the offset to start from', () => {
  it('is the stored position where the partition still has it, its end included', () => {
    expect(startOffset(PARTITION, 5, { low: 5, end: 10 })).toBe(5)
    expect(startOffset(PARTITION, 10, { low: 5, end: 10 })).toBe(10)
  })

  it('is the first record that there is where nothing was ever written', () => {
    expect(startOffset(PARTITION, 0, { low: 0, end: 0 })).toBe(0)
    expect(startOffset(PARTITION, 0, { low: 7, end: 10 })).toBe(7)
  })

  it('is an error where the position lies beyond the end', () => {
    const start = (): number => startOffset(PARTITION, 11, { low: 0, end: 10 })
    expect(start).toThrow(PositionError)
    expect(start).toThrow(/stored position 11 of wallet.balance\/3 lies beyond the end of the partition, 10/)
  })

  it('is an error where records were removed before they were written', () => {
    expect(() => startOffset(PARTITION, 4, { low: 7, end: 10 })).toThrow(/3 offsets were removed/)
  })
})
