/** Finds what a key stands for: the configuration's keys first, then those that partner management has issued. */
import { timingSafeEqual } from 'node:crypto'
import type { PartnerDirectory } from '../partners/directory.ts'
import { KEY_CHARS_MAX, prefixOf } from './api-key.ts'
import type { KeyHasher } from './api-key.ts'
import type { Credential } from './principal.ts'

export interface KeyStore {
  /** What a valid key stands for at this moment. Compares in constant time and never logs the key. */
  find(key: string, nowMs: number): Credential | undefined
}

export interface KeyStoreOptions {
  hasher: KeyHasher
  /** Keys that the configuration names. */
  configured: ReadonlyMap<string, Credential>
  directory: Pick<PartnerDirectory, 'keyByPrefix'>
}

/** Compared with where no key has the prefix, so that an unknown prefix takes as long as a wrong key. */
const NO_HASH = Buffer.alloc(32)

export function createKeyStore({ hasher, configured, directory }: KeyStoreOptions): KeyStore {
  const entries = [...configured].map(([key, credential]) => ({ hash: hasher.hashKey(key), credential }))

  const findConfigured = (hash: Buffer): Credential | undefined => {
    let found: Credential | undefined
    for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry.credential
    return found
  }
  const findIssued = (key: string, hash: Buffer, nowMs: number): Credential | undefined => {
    const issued = directory.keyByPrefix(prefixOf(key))
    const same = timingSafeEqual(issued?.hash ?? NO_HASH, hash)
    if (issued === undefined || !same) return undefined
    const { apiKey, credential } = issued
    const valid = apiKey.status === 'active' && (apiKey.expires_at === null || apiKey.expires_at > nowMs)
    return valid ? credential : undefined
  }
  return {
    find: (key, nowMs) => {
      if (key === '' || key.length > KEY_CHARS_MAX) return undefined
      const hash = hasher.hashKey(key)
      return findConfigured(hash) ?? findIssued(key, hash, nowMs)
    },
  }
}
