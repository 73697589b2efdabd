/** What a receiver's own library says of deliveries that were replayed, changed, or signed by someone else. */
import { Webhook as Receiver } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { headersOf } from './signature.ts'

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(24, byte).toString('base64')}`
const SECRET = secretOf(1)
const BODY = '{"type":"transaction.created","data":{"amount":10.50}}'
/** How far a delivery's time may lie from the receiver's clock: the specification's five minutes, and a second. */
const TOO_FAR_MS = 301_000

const verify = (body: string, headers: Record<string, string>): unknown =>
  new Receiver(SECRET).verify(body, headers)

describe('a receiver', () => {
  it('takes a delivery of now, also while the secret is changed', () => {
    const nowMs = Date.now()
    expect(verify(BODY, headersOf('id-1', BODY, [SECRET], nowMs))).toEqual(JSON.parse(BODY))
    expect(verify(BODY, headersOf('id-1', BODY, [secretOf(2), SECRET], nowMs))).toEqual(JSON.parse(BODY))
  })

  it.each([
    ['is replayed later', -TOO_FAR_MS],
    ['is dated ahead', TOO_FAR_MS],
  ])('refuses one that %s', (_, byMs) => {
    const headers = headersOf('id-1', BODY, [SECRET], Date.now() + byMs)
    expect(() => verify(BODY, headers)).toThrow(/timestamp/)
  })

  it('refuses one that is given a new time', () => {
    const headers = headersOf('id-1', BODY, [SECRET], Date.now() - TOO_FAR_MS)
    const now = String(Math.floor(Date.now() / 1_000))
    expect(() => verify(BODY, { ...headers, 'webhook-timestamp': now })).toThrow(/signature/)
  })

  it.each([
    ['another body', BODY.replace('10.50', '10.51'), {}],
    ['another id', BODY, { 'webhook-id': 'id-2' }],
    ['no signature', BODY, { 'webhook-signature': '' }],
  ])('refuses one with %s', (_, body, change) => {
    expect(() => verify(body, { ...headersOf('id-1', BODY, [SECRET], Date.now()), ...change })).toThrow()
  })

  it('refuses one that someone else has signed', () => {
    expect(() => verify(BODY, headersOf('id-1', BODY, [secretOf(2)], Date.now()))).toThrow(/signature/)
  })
})
