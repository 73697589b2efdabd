/**
 * Encryption at rest: AES-256-GCM with a fresh 96-bit nonce per value (seed 7.3, NIST SP 800-38D).
 *
 * Stored form: `keyId:base64(nonce).base64(tag).base64(ciphertext)`. What follows the colon is the seed's form as it
 * stands; the key id in front says which key of the ring opens it, so that keys can be changed while old values stay.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parseAmount, formatAmount } from '../domain/money.ts'

const ALGORITHM = 'aes-256-gcm'
export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Free of the separators ':' and '.', so that a stored value splits in one way only. */
export const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/
const STORED = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+=*)\.([A-Za-z0-9+/]+=*)\.([A-Za-z0-9+/]*=*)$/

/** A value that can't be opened: of an unknown key, of another form, or not as it was sealed. Never names the value. */
export class DecryptionError extends Error {
  override name = 'DecryptionError'
}

/** Seals and opens texts and amounts. */
export interface Cipher {
  /** The key that new values are sealed with. */
  readonly currentKeyId: string
  /** Whether the ring has the key. */
  holds(keyId: string): boolean
  encrypt(text: string): string
  /** Throws `DecryptionError` where the key is not in the ring or is another one, or where a byte was changed. */
  decrypt(stored: string): string
  /** Seals an amount in units as its decimal with four decimals. */
  encryptAmount(units: bigint): string
  /** The units of a sealed amount. Throws `DecryptionError`. */
  decryptAmount(stored: string): bigint
}

/** The keys that values may be sealed with, by id; new values are sealed with the current one. */
export interface KeyRing {
  currentKeyId: string
  keys: ReadonlyMap<string, Buffer>
}

function seal(keyId: string, key: KeyObject, text: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${keyId}:${nonce.toString('base64')}.${cipher.getAuthTag().toString('base64')}.${sealed.toString('base64')}`
}

/** Bytes of canonical base64: another spelling of the same bytes counts as a change. */
function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new DecryptionError('the value is not in canonical base64')
  return bytes
}

function open(keys: ReadonlyMap<string, KeyObject>, stored: string): string {
  const [, keyId = '', nonce = '', tag = '', sealed = ''] = STORED.exec(stored) ?? []
  if (keyId === '') throw new DecryptionError('the value is not in the form of a sealed value')
  const key = keys.get(keyId)
  if (key === undefined) throw new DecryptionError(`no key with the id ${keyId} is in the ring`)
  const parts = { nonce: fromBase64(nonce), tag: fromBase64(tag), sealed: fromBase64(sealed) }
  try {
    const decipher = createDecipheriv(ALGORITHM, key, parts.nonce, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(parts.tag)
    return decipher.update(parts.sealed, undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new DecryptionError(`the value does not open with the key ${keyId}: another key, or it was changed`)
  }
}

/** A cipher over a ring. Throws where a key is not 32 bytes long, an id is malformed, or the current key is missing. */
export function createCipher({ currentKeyId, keys }: KeyRing): Cipher {
  for (const [id, key] of keys) {
    if (!KEY_ID.test(id)) throw new Error(`the key id ${id} is not of the form ${KEY_ID.source}`)
    if (key.length !== KEY_BYTES) throw new Error(`the key ${id} has ${key.length} bytes, not ${KEY_BYTES}`)
  }
  // As key objects: setting a cipher up from bytes takes ten times as long.
  const ring = new Map([...keys].map(([id, key]) => [id, createSecretKey(key)]))
  const currentKey = ring.get(currentKeyId)
  if (currentKey === undefined) throw new Error(`the current key ${currentKeyId} is not in the ring`)
  return {
    currentKeyId,
    holds: (keyId) => ring.has(keyId),
    encrypt: (text) => seal(currentKeyId, currentKey, text),
    decrypt: (stored) => open(ring, stored),
    encryptAmount: (units) => seal(currentKeyId, currentKey, formatAmount(units)),
    decryptAmount: (stored) => {
      const parsed = parseAmount(open(ring, stored))
      if (!parsed.ok) throw new DecryptionError('the value is not an amount')
      return parsed.units
    },
  }
}

/** The id of the key that a stored value was sealed with; undefined where it has not the form of a sealed value. */
export const keyIdOf = (stored: string): string | undefined => STORED.exec(stored)?.[1]

/** A cipher whose ring can be put in place of the old one while values are sealed and opened. */
export interface RenewableCipher extends Cipher {
  /** Throws as `createCipher` does, and goes on with the ring that it had. */
  renew(ring: KeyRing): void
}

export function createRenewableCipher(ring: KeyRing): RenewableCipher {
  let current = createCipher(ring)
  return {
    get currentKeyId() {
      return current.currentKeyId
    },
    holds: (keyId) => current.holds(keyId),
    encrypt: (text) => current.encrypt(text),
    decrypt: (stored) => current.decrypt(stored),
    encryptAmount: (units) => current.encryptAmount(units),
    decryptAmount: (stored) => current.decryptAmount(stored),
    renew: (next) => {
      current = createCipher(next)
    },
  }
}
