import { describe, expect, it } from 'vitest'
import { createConfiguredKeyStore } from './auth.ts'
import { apiConfig, configuredPrincipals } from './config.ts'
import { ConfigError, readConfig } from '../service/config.ts'

const environment = {
  STAKESTREAM_PARTNER_ID: '0f0e0d0c-0b0a-4908-8706-050403020100',
  STAKESTREAM_PARTNER_KEY: 'sk_test_0123456789abcdef',
  STAKESTREAM_ADMIN_KEY: 'sk_admin_0123456789abcdef',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
}
const read = (change: Record<string, string | undefined> = {}) =>
  readConfig(apiConfig, { ...environment, ...change })

describe('the configured keys', () => {
  it('stand for the partner, with the scopes of their kind', async () => {
    const store = createConfiguredKeyStore(
      configuredPrincipals(read({ STAKESTREAM_AUTO_APPROVE: 'USD:100,EUR:0.5' })),
    )
    const partner = await store.find(environment.STAKESTREAM_PARTNER_KEY)
    const admin = await store.find(environment.STAKESTREAM_ADMIN_KEY)
    expect([partner?.partnerId, [...(partner?.scopes ?? [])]]).toEqual([
      environment.STAKESTREAM_PARTNER_ID,
      ['wallet:read', 'wallet:write'],
    ])
    expect(admin?.scopes.has('wallet:backfill')).toBe(true)
    expect(partner?.limits.autoApproveUnits).toEqual(
      new Map([
        ['USD', 1_000_000n],
        ['EUR', 5_000n],
      ]),
    )
    expect(await store.find(environment.STAKESTREAM_PARTNER_KEY.slice(1))).toBeUndefined()
    expect(await store.find('')).toBeUndefined()
  })

  it('must differ', () => {
    const config = read({ STAKESTREAM_ADMIN_KEY: environment.STAKESTREAM_PARTNER_KEY })
    expect(() => configuredPrincipals(config)).toThrow(ConfigError)
  })

  it.each([
    ['STAKESTREAM_PARTNER_ID', 'not-a-uuid'],
    ['STAKESTREAM_PARTNER_KEY', 'short'],
    ['STAKESTREAM_ADMIN_KEY', undefined],
    ['STAKESTREAM_AUTO_APPROVE', 'USD=1'],
    ['STAKESTREAM_AUTO_APPROVE', 'XXX:1'],
    ['PORT', '70000'],
    ['REPLY_TIMEOUT_MS', '0'],
  ])('%s of %s is refused by name', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name)
  })
})
