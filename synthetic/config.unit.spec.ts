import { expect, it } from 'vitest'
import { ConfigError, readConfig } from '../service/config.ts'
import { callerOf, syntheticConfig } from './config.ts'

const callerIn = (environment: NodeJS.ProcessEnv) => callerOf(readConfig(syntheticConfig, environment))

it('takes the key of its own partner before that of the one to try things with', () => {
  const both = { SYNTHETIC_API_KEY: 'own', STAKESTREAM_PARTNER_KEY: 'demo', STAKESTREAM_URL: 'http://api/' }
  expect(callerIn(both)).toEqual({ url: 'http://api', key: 'own', currency: 'EUR' })
  expect(callerIn({ ...both, SYNTHETIC_API_KEY: '' }).key).toBe('demo')
})

it.each([
  ['no key', {}, 'SYNTHETIC_API_KEY'],
  ['no currency', { STAKESTREAM_PARTNER_KEY: 'k', SYNTHETIC_CURRENCY: 'EURO' }, 'SYNTHETIC_CURRENCY'],
  ['no address', { STAKESTREAM_PARTNER_KEY: 'k', STAKESTREAM_URL: 'ftp://api' }, 'STAKESTREAM_URL'],
])('refuses %s by its name', (_, environment, name) => {
  expect(() => callerIn(environment)).toThrow(ConfigError)
  expect(() => callerIn(environment)).toThrow(name)
})
