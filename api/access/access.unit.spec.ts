import { describe, expect, it } from 'vitest'
import type { ApiKey, Partner } from '../../avro/types.ts'
import { PartnerDirectory } from '../partners/directory.ts'
import { ApiError } from '../problem.ts'
import { apiKeyOf, partnerOf as anyPartner } from '../testing/partners.ts'
import { createKeyHasher, newKeyText, prefixOf } from './api-key.ts'
import { authenticate } from './authenticate.ts'
import type { Access, Call } from './authenticate.ts'
import { createKeyStore } from './key-store.ts'
import { ISSUABLE_SCOPES, requirePartner, requireScope } from './principal.ts'
import type { Credential, Scope } from './principal.ts'

const PARTNER = '0f0e0d0c-0b0a-4908-8706-050403020100'
const OTHER = '0f0e0d0c-0b0a-4908-8706-050403020199'
const hasher = createKeyHasher(Buffer.alloc(32, 1))

const partnerOf = (change: Partial<Partner> = {}): Partner => anyPartner({ partner_id: PARTNER, ...change })

const keyOf = (text: { key: string; prefix: string }, change: Partial<ApiKey> = {}): ApiKey =>
  apiKeyOf({
    partner_id: PARTNER,
    key_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
    key_prefix: text.prefix,
    key_hash: hasher.hashKey(text.key).toString('base64'),
    ...change,
  })

interface World {
  access: Access
  used: string[]
}

const ADMIN: Credential = {
  keyId: 'admin',
  partnerId: PARTNER,
  scopes: new Set<Scope>(['platform:admin', 'wallet:read']),
}

function worldOf(partner: Partner | undefined, keys: readonly ApiKey[]): World {
  const directory = new PartnerDirectory()
  if (partner !== undefined) directory.applyPartner(partner)
  for (const key of keys) directory.applyKey(key)
  const used: string[] = []
  const access: Access = {
    keys: createKeyStore({ hasher, directory, configured: new Map([['configured-admin-key', ADMIN]]) }),
    directory,
    defaultLimits: { autoApproveUnits: new Map(), rateLimits: {} },
    noteUse: ({ keyId }) => used.push(keyId),
  }
  return { access, used }
}

const callWith = (key: string | undefined, change: Partial<Call> = {}): Call => ({
  key,
  address: '203.0.113.7',
  partnerId: undefined,
  ...change,
})

const codeOf = (action: () => unknown): string => {
  try {
    action()
    return 'none'
  } catch (error) {
    return error instanceof ApiError ? error.code : String(error)
  }
}

describe('a key', () => {
  it('begins with its installation’s mark and carries 256 random bits', () => {
    const keys = Array.from({ length: 200 }, () => newKeyText('live'))
    for (const { key, prefix } of keys) {
      expect(key).toMatch(/^sk_live_[0-9A-Za-z]{8}_[A-Za-z0-9_-]{43}$/)
      expect(prefixOf(key)).toBe(prefix)
    }
    expect(new Set(keys.map(({ prefix }) => prefix)).size).toBe(200)
    expect(newKeyText('test').key).toMatch(/^sk_test_/)
  })

  it('has a hash that needs the pepper, and another one than an address of the same letters', () => {
    const other = createKeyHasher(Buffer.alloc(32, 2))
    expect(other.hashKey('a@b.example')).not.toEqual(hasher.hashKey('a@b.example'))
    expect(hasher.hashEmail('a@b.example')).not.toBe(hasher.hashKey('a@b.example').toString('base64'))
    expect(hasher.hashEmail('A@B.example')).toBe(hasher.hashEmail('a@b.example'))
    expect(() => createKeyHasher(Buffer.alloc(16))).toThrow('16 bytes')
  })
})

describe('who calls', () => {
  const text = newKeyText('test')

  it('is known by its key, its use noted, its limits those of its settings', () => {
    const settings = {
      ...partnerOf().settings,
      auto_approvals: [{ currency: 'USD', amount: 1_000_000n }],
    }
    const { access, used } = worldOf(partnerOf({ settings }), [keyOf(text)])
    const principal = authenticate(access, callWith(text.key), ['wallet:read'])
    expect(principal).toMatchObject({ partnerId: PARTNER, keyId: keyOf(text).key_id })
    expect(principal.limits.autoApproveUnits.get('USD')).toBe(1_000_000n)
    expect(used).toEqual([keyOf(text).key_id])
  })

  it.each([
    ['no key', undefined],
    ['an empty one', ''],
    ['another one', newKeyText('test').key],
    ['the prefix alone', text.prefix],
    ['one with another secret behind the prefix', `${text.prefix}_${'A'.repeat(43)}`],
    ['one that goes on', `${text.key}A`],
    ['one without its end', text.key.slice(0, -1)],
    ['an endless one', text.key.repeat(100)],
  ])('is unknown with %s', (_what, key) => {
    const { access, used } = worldOf(partnerOf(), [keyOf(text)])
    expect(codeOf(() => authenticate(access, callWith(key), ['wallet:read']))).toBe('UNAUTHENTICATED')
    expect(used).toEqual([])
  })

  it.each<[string, Partial<ApiKey>]>([
    ['deactivated', { status: 'inactive' }],
    ['expired', { expires_at: Date.now() }],
  ])('is unknown with a key that is %s', (_what, change) => {
    const { access } = worldOf(partnerOf(), [keyOf(text, change)])
    expect(codeOf(() => authenticate(access, callWith(text.key), ['wallet:read']))).toBe('UNAUTHENTICATED')
  })

  it('is known until the moment at which the key expires', () => {
    const { access } = worldOf(partnerOf(), [keyOf(text, { expires_at: Date.now() + 60_000 })])
    expect(codeOf(() => authenticate(access, callWith(text.key), ['wallet:read']))).toBe('none')
  })

  it.each(['suspended', 'inactive'] as const)('is turned away while the partner is %s', (status) => {
    const { access } = worldOf(partnerOf({ status }), [keyOf(text)])
    expect(codeOf(() => authenticate(access, callWith(text.key), ['wallet:read']))).toBe('PARTNER_NOT_ACTIVE')
  })

  it('is turned away from an address off the list, and not from one on it', () => {
    const settings = { ...partnerOf().settings, allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] }
    const { access } = worldOf(partnerOf({ settings }), [keyOf(text)])
    const from = (address: string): string =>
      codeOf(() => authenticate(access, callWith(text.key, { address }), ['wallet:read']))
    expect(from('203.0.113.7')).toBe('none')
    expect(from('::ffff:203.0.113.7')).toBe('none')
    expect(from('2001:db8::1')).toBe('none')
    expect(from('203.0.114.7')).toBe('ADDRESS_NOT_ALLOWED')
    expect(from('2001:db9::1')).toBe('ADDRESS_NOT_ALLOWED')
    expect(from('')).toBe('ADDRESS_NOT_ALLOWED')
  })

  it('needs one of the scopes; scopes that nobody knows open nothing', () => {
    const { access } = worldOf(partnerOf(), [keyOf(text, { scopes: ['wallet:read', 'wallet:own'] })])
    expect(codeOf(() => authenticate(access, callWith(text.key), ['wallet:write']))).toBe('FORBIDDEN')
    expect(authenticate(access, callWith(text.key), ['wallet:write', 'wallet:read']).scopes).toEqual(
      new Set(['wallet:read']),
    )
  })

  it('acts for another partner as the platform’s operator only', () => {
    const { access } = worldOf(partnerOf({ partner_id: OTHER, status: 'suspended' }), [])
    const forOther = { partnerId: OTHER }
    const admin = authenticate(access, callWith('configured-admin-key', forOther), ['wallet:read'])
    expect(admin.partnerId).toBe(OTHER)
    expect(codeOf(() => requirePartner(admin, PARTNER))).toBe('none')
    const open = worldOf(partnerOf(), [keyOf(text)])
    expect(codeOf(() => authenticate(open.access, callWith(text.key, forOther), ['wallet:read']))).toBe(
      'FORBIDDEN',
    )
    const self = authenticate(open.access, callWith(text.key, { partnerId: PARTNER }), ['wallet:read'])
    expect(codeOf(() => requirePartner(self, OTHER))).toBe('FORBIDDEN')
    expect(codeOf(() => requireScope(self, 'wallet:admin'))).toBe('FORBIDDEN')
  })

  it.each(['', 'nobody', 'a/b', '0f0e0d0c-0b0a-4908-8706-0504030201ff'])(
    'acts for no partner %j that is not there',
    (partnerId) => {
      const { access } = worldOf(partnerOf(), [])
      const call = callWith('configured-admin-key', { partnerId })
      expect(codeOf(() => authenticate(access, call, ['wallet:read']))).toBe('PARTNER_NOT_FOUND')
    },
  )

  it('is never given the platform’s own scope', () => {
    expect(ISSUABLE_SCOPES).not.toContain('platform:admin')
  })
})
