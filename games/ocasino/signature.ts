/**
 * Callbacks of OCasino are signed: HMAC-SHA256 over the time, a point and the raw body, in lower-case hexadecimal. The time is inside
 * the signature, so that a message can't be kept and sent again later under a new one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RawRequest } from '../adapter.ts'
import { CALLBACK_WINDOW_MS } from '../limits.ts'

export const TIMESTAMP_HEADER = 'x-ocasino-timestamp'
export const SIGNATURE_HEADER = 'x-ocasino-signature'

const VERSION = 'v1='
const SECONDS = /^\d{1,12}$/
const HEX_DIGEST = /^[0-9a-f]{64}$/

const digest = (secret: string, seconds: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest()

/** Headers of a callback that is sent now. */
export function signedHeaders(secret: string, body: Buffer, nowMs: number): Record<string, string> {
  const seconds = String(Math.floor(nowMs / 1_000))
  return {
    [TIMESTAMP_HEADER]: seconds,
    [SIGNATURE_HEADER]: `${VERSION}${digest(secret, seconds, body).toString('hex')}`,
  }
}

export type SignatureVerdict = 'GOOD' | 'BAD_SIGNATURE' | 'STALE'

/**
 * @param secrets the current one and, while it is being rotated, the one before
 */
export function verifySignature(
  { headers, body, receivedAtMs }: Pick<RawRequest, 'headers' | 'body' | 'receivedAtMs'>,
  secrets: readonly string[],
): SignatureVerdict {
  const seconds = headers[TIMESTAMP_HEADER] ?? ''
  const signature = headers[SIGNATURE_HEADER] ?? ''
  const hex = signature.startsWith(VERSION) ? signature.slice(VERSION.length) : ''
  if (!SECONDS.test(seconds) || !HEX_DIGEST.test(hex)) return 'BAD_SIGNATURE'
  const given = Buffer.from(hex, 'hex')
  // Every secret is tried, so that the time taken does not tell which one fits.
  const fits = secrets.map((secret) => timingSafeEqual(digest(secret, seconds, body), given))
  if (!fits.includes(true)) return 'BAD_SIGNATURE'
  // Only now: a stranger learns nothing of the clock.
  return Math.abs(receivedAtMs - Number(seconds) * 1_000) <= CALLBACK_WINDOW_MS ? 'GOOD' : 'STALE'
}
