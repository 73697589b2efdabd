/** A key that is unknown costs the same work as one that is wrong: nobody learns by the clock which prefixes there are. */
import type * as Crypto from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { PartnerDirectory } from '../partners/directory.ts'
import { apiKeyOf } from '../testing/partners.ts'
import { createKeyHasher, newKeyText } from './api-key.ts'
import { createKeyStore } from './key-store.ts'

const compared = vi.hoisted(() => vi.fn<(one: number, other: number) => void>())
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>()
  return {
    ...crypto,
    timingSafeEqual: (one: Buffer, other: Buffer) => {
      compared(one.length, other.length)
      return crypto.timingSafeEqual(one, other)
    },
  }
})

const real = createKeyHasher(Buffer.alloc(32, 1))
const hashKey = vi.fn<typeof real.hashKey>(real.hashKey)
const issued = newKeyText('live')
const inactive = newKeyText('live')

function store() {
  const directory = new PartnerDirectory()
  const partner_id = '0f0e0d0c-0b0a-4908-8706-050403020100'
  for (const [text, status] of [
    [issued, 'active'],
    [inactive, 'inactive'],
  ] as const)
    directory.applyKey(
      apiKeyOf({
        partner_id,
        key_id: text.prefix,
        key_prefix: text.prefix,
        key_hash: real.hashKey(text.key).toString('base64'),
        status,
      }),
    )
  const credential = { keyId: 'configured', partnerId: partner_id, scopes: new Set([]) }
  const configured = new Map([['configured-key-of-this-test', credential]])
  const keys = createKeyStore({ hasher: { ...real, hashKey }, directory, configured })
  hashKey.mockClear()
  return keys
}

beforeEach(() => compared.mockClear())

describe('looking a key up', () => {
  it.each([
    ['a known one', issued.key, true],
    ['a known prefix with another secret', `${issued.prefix}_${'A'.repeat(43)}`, false],
    ['an unknown prefix', newKeyText('live').key, false],
    ['one that was deactivated', inactive.key, false],
    ['no key at all', 'nonsense', false],
  ])('hashes once and compares twice, in constant time: %s', (_, key, found) => {
    expect(store().find(key, 0) !== undefined).toBe(found)
    expect(hashKey).toHaveBeenCalledTimes(1)
    expect(compared.mock.calls).toEqual([
      [32, 32],
      [32, 32],
    ])
  })
})
