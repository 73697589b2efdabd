/**
 * API keys as texts: `sk_live_` or `sk_test_`, eight characters that make the prefix unique, `_`, and 256 random bits.
 * The prefix finds a key and may be shown; of the rest only a keyed hash is ever kept.
 */
import { createHmac, createSecretKey, randomBytes, randomInt } from 'node:crypto'

export const KEY_MODES = ['live', 'test'] as const
export type KeyMode = (typeof KEY_MODES)[number]

export const PEPPER_BYTES = 32
const SECRET_BYTES = 32
const MARK_CHARS = 8
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const PREFIX_CHARS = 'sk_live_'.length + MARK_CHARS
/** Longer texts are no keys of ours and are refused before they are hashed. */
export const KEY_CHARS_MAX = 256

export interface NewKeyText {
  /** The whole key: for its owner's eyes, once. */
  key: string
  prefix: string
}

/** A new key of the installation's kind. Prefixes can meet; whoever stores it looks. */
export function newKeyText(mode: KeyMode): NewKeyText {
  const mark = Array.from({ length: MARK_CHARS }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
  const prefix = `sk_${mode}_${mark}`
  return { prefix, key: `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}` }
}

/** The part by which a key is found. Any text has one. */
export const prefixOf = (key: string): string => key.slice(0, PREFIX_CHARS)

/** Hashes under the platform's pepper, which is in no store: whoever reads the hashes can't try keys. */
export interface KeyHasher {
  /** HMAC-SHA-256 of a key. */
  hashKey(key: string): Buffer
  /** Hash of a contact address, for its uniqueness: base64, of the address in lower case. */
  hashEmail(email: string): string
}

/** Says what is hashed, so that no hash of one kind is ever one of the other. */
const KEY_DOMAIN = 'api-key:'
const EMAIL_DOMAIN = 'contact-email:'

/** Throws where the pepper is not 32 bytes long. */
export function createKeyHasher(pepper: Buffer): KeyHasher {
  if (pepper.length !== PEPPER_BYTES)
    throw new Error(`the pepper has ${pepper.length} bytes, not ${PEPPER_BYTES}`)
  const secret = createSecretKey(pepper)
  const hash = (domain: string, text: string): Buffer =>
    createHmac('sha256', secret).update(domain).update(text).digest()
  return {
    hashKey: (key) => hash(KEY_DOMAIN, key),
    hashEmail: (email) => hash(EMAIL_DOMAIN, email.toLowerCase()).toString('base64'),
  }
}
