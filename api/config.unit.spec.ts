import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../service/config.ts'
import { apiConfig, configuredCredentials } from './config.ts'

const environment = {
  STAKESTREAM_PARTNER_ID: '0f0e0d0c-0b0a-4908-8706-050403020100',
  STAKESTREAM_PARTNER_KEY: 'sk_test_0123456789abcdef',
  STAKESTREAM_ADMIN_KEY: 'sk_admin_0123456789abcdef',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  API_KEY_PEPPER: Buffer.alloc(32, 2).toString('base64'),
}
const read = (change: Record<string, string | undefined> = {}) =>
  readConfig(apiConfig, { ...environment, ...change })

describe('the configured keys', () => {
  it('stand for the partner, with the scopes of their kind', () => {
    const credentials = configuredCredentials(read())
    const partner = credentials.get(environment.STAKESTREAM_PARTNER_KEY)
    expect(partner?.partnerId).toBe(environment.STAKESTREAM_PARTNER_ID)
    expect([...(partner?.scopes ?? [])]).toEqual(['wallet:read', 'wallet:write'])
    expect(credentials.get(environment.STAKESTREAM_ADMIN_KEY)?.scopes.has('platform:admin')).toBe(true)
  })

  it('must differ', () => {
    const config = read({ STAKESTREAM_ADMIN_KEY: environment.STAKESTREAM_PARTNER_KEY })
    expect(() => configuredCredentials(config)).toThrow(ConfigError)
  })
})

describe('the configuration', () => {
  it('reads amounts and networks', () => {
    const config = read({
      STAKESTREAM_AUTO_APPROVE: 'USD:100,EUR:0.5',
      TRUSTED_PROXIES: '10.1.2.3/8, ::1',
    })
    expect([...config.STAKESTREAM_AUTO_APPROVE]).toEqual([
      ['USD', 1_000_000n],
      ['EUR', 5_000n],
    ])
    expect(config.TRUSTED_PROXIES).toEqual(['10.0.0.0/8', '::1/128'])
  })

  it.each([
    ['STAKESTREAM_PARTNER_ID', 'not-a-uuid'],
    ['STAKESTREAM_PARTNER_KEY', 'short'],
    ['STAKESTREAM_ADMIN_KEY', undefined],
    ['STAKESTREAM_AUTO_APPROVE', 'USD=1'],
    ['STAKESTREAM_AUTO_APPROVE', 'XXX:1'],
    ['API_KEY_PEPPER', 'c2hvcnQ='],
    ['API_KEY_PEPPER', undefined],
    ['API_KEY_MODE', 'production'],
    ['CORS_ORIGINS', 'https://console.example/'],
    ['CORS_ORIGINS', '*'],
    ['RATE_LIMITS', 'wallet'],
    ['RATE_LIMITS', 'games:5'],
    ['TRUSTED_PROXIES', '10.0.0.0/8,proxy.example'],
    ['PORT', '70000'],
    ['REPLY_TIMEOUT_MS', '0'],
  ])('%s of %s is refused by name', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name)
  })
})
