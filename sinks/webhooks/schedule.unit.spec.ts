import { describe, expect, it } from 'vitest'
import { readConfig } from '../../service/config.ts'
import { webhooksConfig } from './config.ts'
import { assertLimits, JITTER, RETRY_DELAYS_MS } from './limits.ts'
import { nextTryMs } from './schedule.ts'

describe('the schedule', () => {
  it('has ten tries over 75 hours', () => {
    assertLimits()
    expect(RETRY_DELAYS_MS).toHaveLength(10)
    const hours = RETRY_DELAYS_MS.reduce((sum, delayMs) => sum + delayMs, 0) / 3_600_000
    expect(Math.floor(hours)).toBe(75)
  })

  it('makes pauses longer by the jitter at the most, and ends', () => {
    expect(nextTryMs(RETRY_DELAYS_MS, 1, 1_000, 0)).toBe(6_000)
    expect(nextTryMs(RETRY_DELAYS_MS, 1, 1_000, 1)).toBe(1_000 + 5_000 * (1 + JITTER))
    expect(nextTryMs(RETRY_DELAYS_MS, 10, 1_000, 0)).toBeUndefined()
  })
})

describe('the configuration', () => {
  it('reads networks and pauses', () => {
    const config = readConfig(webhooksConfig, {
      WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8, ::1',
      WEBHOOK_RETRY_DELAYS_MS: '0,10',
    })
    expect(config.WEBHOOK_ALLOW_PRIVATE.map(([address, bits]) => `${address.toString()}/${bits}`)).toEqual([
      '127.0.0.0/8',
      '::1/128',
    ])
    expect(config.WEBHOOK_RETRY_DELAYS_MS).toEqual([0, 10])
    expect(readConfig(webhooksConfig, {}).WEBHOOK_RETRY_DELAYS_MS).toEqual(RETRY_DELAYS_MS)
  })

  it.each([
    [{ WEBHOOK_ALLOW_PRIVATE: 'localhost' }, 'no address and no network'],
    [{ WEBHOOK_RETRY_DELAYS_MS: '0,-1' }, 'list of milliseconds'],
    [{ WEBHOOK_RETRY_DELAYS_MS: '' }, 'list of milliseconds'],
  ])('refuses %o', (environment, fault) => {
    expect(() => readConfig(webhooksConfig, environment)).toThrow(fault)
  })
})
