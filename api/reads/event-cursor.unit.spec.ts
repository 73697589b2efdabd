import { describe, expect, it } from 'vitest'
import { CIPHER } from '../testing/app.ts'
import { EVENT_CURSOR_CHARS_MAX } from '../limits.ts'
import { decodeEventCursor, encodeEventCursor } from './event-cursor.ts'

const NEXT = new Map([
  [0, 17],
  [3, 9_007_199_254_740_991],
])
const cursor = encodeEventCursor('a', NEXT, CIPHER)
const decode = (text: string, partnerId = 'a') => decodeEventCursor(text, partnerId, CIPHER)

describe('a cursor of events', () => {
  it('is opened by whom it was given to alone', () => {
    expect(decode(cursor)).toEqual(NEXT)
    expect(decode(cursor, 'b')).toBeUndefined()
  })

  it('fits a request line, and shows nothing', () => {
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('17')
    const many = new Map(Array.from({ length: 100 }, (_, partition) => [partition, 10 ** 12 + partition]))
    expect(encodeEventCursor('a'.repeat(36), many, CIPHER).length).toBeLessThan(EVENT_CURSOR_CHARS_MAX)
  })

  const sealed = (text: string): string => Buffer.from(CIPHER.encrypt(text)).toString('base64url')
  it.each([
    '',
    'x',
    '€',
    `${cursor.slice(0, -3)}AAA`,
    cursor.slice(1),
    sealed('no JSON'),
    sealed('{}'),
    sealed('{"partner_id":"a","next":[[0,-1]]}'),
  ])('is not %j', (text) => {
    expect(decode(text)).toBeUndefined()
  })
})
