import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'

describe('cursors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9_000_000_000_000 }), fc.uuid(), (createdAtMs, id) => {
        expect(decodeCursor(encodeCursor({ createdAtMs, id }))).toEqual({ createdAtMs, id })
      }),
    )
  })
  it('are refused where they are not ours', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeCursor(text)).toBeUndefined()
      }),
    )
    const own = encodeCursor({ createdAtMs: 1, id: '0f0e0d0c-0b0a-4908-8706-050403020100' })
    expect(decodeCursor(`${own}=`)).toBeUndefined()
  })
})
