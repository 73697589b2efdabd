/**
 * Seamless providers agree on what moves money and differ in how they sign, count and expect to be answered. One machine inside; each
 * provider's manner is a profile over it.
 */

import type { SeamlessProfileName } from '../../avro/types.ts'

export interface SeamlessProfile {
  /** Over the raw body, in base64: RSA-SHA256 with a pair of keys on either side, or HMAC-SHA256 with a shared secret. */
  signature: 'RSA_SHA256' | 'HMAC_SHA256'
  /** Amounts are whole numbers of ten to the minus this of the currency. */
  exponent: number
  /** Of a rollback whose bet never came. The tombstone is left either way. */
  unknownRollback: 'SUCCESS' | 'NOT_FOUND'
  /** Of an id that was carried out before: the original success, or an error of its own. */
  duplicate: 'ORIGINAL' | 'ERROR'
  /** Of a bet whose rollback came first: refused, or taken without a movement. */
  lateBet: 'REFUSED' | 'UNMOVED'
  /** Of a win whose bet is not there: to be sent again, or an error that ends it. */
  winWithoutBet: 'AGAIN' | 'NOT_FOUND'
}

/** In the manner of aggregators that roll back whatever they are not sure of. */
const AGGREGATOR: SeamlessProfile = {
  signature: 'RSA_SHA256',
  exponent: 5,
  unknownRollback: 'SUCCESS',
  duplicate: 'ORIGINAL',
  lateBet: 'REFUSED',
  winWithoutBet: 'AGAIN',
}

/** In the manner of studios that want every oddity named. */
const STUDIO: SeamlessProfile = {
  signature: 'HMAC_SHA256',
  exponent: 2,
  unknownRollback: 'NOT_FOUND',
  duplicate: 'ERROR',
  lateBet: 'UNMOVED',
  winWithoutBet: 'NOT_FOUND',
}

/** What most want, under a shared secret. */
const STANDARD: SeamlessProfile = { ...AGGREGATOR, signature: 'HMAC_SHA256', exponent: 2 }

export const PROFILES: Readonly<Record<SeamlessProfileName, SeamlessProfile>> = {
  standard: STANDARD,
  aggregator: AGGREGATOR,
  studio: STUDIO,
}

export type ProfileName = SeamlessProfileName
