import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../problem.ts'
import type { Principal } from './principal.ts'
import { createRateLimits, endpointClassOf } from './rate-limits.ts'
import type { RateLimitOptions, Window } from './rate-limits.ts'

const NOW_MS = Date.UTC(2026, 10, 23)

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS })
  return () => vi.useRealTimers()
})

const principal = (rateLimits: Record<string, number> = {}): Principal => ({
  partnerId: 'p',
  keyId: 'k',
  scopes: new Set(),
  limits: { autoApproveUnits: new Map(), rateLimits },
})

/** Windows by key; a key that is not there can't be counted. */
function limitsOver(windows: Record<string, Window>, change: Partial<RateLimitOptions> = {}) {
  const asked: string[] = []
  const uncounted: string[] = []
  const limits = createRateLimits({
    counter: {
      count: (key, perMinute) => {
        asked.push(`${key} ${perMinute}`)
        return Promise.resolve(windows[key])
      },
    },
    defaults: { admin: 600 },
    unauthenticatedPerMinute: 300,
    withoutCounter: 'serve',
    uncounted: (limitClass) => uncounted.push(limitClass),
    ...change,
  })
  return { limits, asked, uncounted }
}

const refusal = async (promise: Promise<unknown> | undefined): Promise<ApiError> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof ApiError) return error
  }
  throw new Error('it was not refused')
}

describe('a class of routes', () => {
  it.each([
    ['POST', '/wallet/{player_id}/bet', 'wallet'],
    ['GET', '/wallet/{player_id}', 'read'],
    ['GET', '/partners', 'admin'],
    ['PATCH', '/partners/{partner_id}', 'admin'],
    ['GET', '/audit', 'admin'],
    ['PUT', '/aml/rules', 'admin'],
    ['POST', '/aml/screening', 'admin'],
  ] as const)('of %s %s is %s', (method, path, name) => {
    expect(endpointClassOf({ method, path })).toBe(name)
  })
})

describe('a call', () => {
  it('without a limit asks nothing and waits for nothing', () => {
    const { limits, asked } = limitsOver({})
    expect(limits.check(principal(), 'wallet', '203.0.113.7')).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('of the platform’s operator is not held against the partner for whom it acts', () => {
    const { limits, asked } = limitsOver({ 'wallet:p': { remaining: 0, resetMs: NOW_MS } })
    const operator: Principal = { ...principal({ wallet: 1 }), scopes: new Set(['platform:admin']) }
    expect(limits.check(operator, 'wallet', 'a')).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('is counted for its partner and class, and for its address, and told what is left', async () => {
    const { limits, asked } = limitsOver({
      'wallet:p': { remaining: 4, resetMs: NOW_MS + 20_400 },
      'address:p:203.0.113.7': { remaining: 9, resetMs: NOW_MS + 60_000 },
    })
    const headers = await limits.check(principal({ wallet: 5, address: 10 }), 'wallet', '203.0.113.7')
    expect(asked).toEqual(['wallet:p 5', 'address:p:203.0.113.7 10'])
    expect(headers).toEqual({
      'RateLimit-Policy': '"wallet";q=5;w=60, "address";q=10;w=60',
      RateLimit: '"wallet";r=3;t=21, "address";r=8;t=60',
    })
  })

  it('goes by the platform’s limit where the partner has none, and by the partner’s where it has one', async () => {
    const { limits, asked } = limitsOver({ 'admin:p': { remaining: 1, resetMs: NOW_MS } })
    await limits.check(principal(), 'admin', 'a')
    await limits.check(principal({ admin: 7 }), 'admin', 'a')
    expect(asked).toEqual(['admin:p 600', 'admin:p 7'])
  })

  it('that is one too many is refused, with the time after which there is room', async () => {
    const { limits } = limitsOver({ 'wallet:p': { remaining: 0, resetMs: NOW_MS + 12_001 } })
    const error = await refusal(limits.check(principal({ wallet: 5 }), 'wallet', 'a'))
    expect(error.code).toBe('RATE_LIMITED')
    expect(error.details.headers).toMatchObject({ 'Retry-After': '13', RateLimit: '"wallet";r=0;t=13' })
  })

  it('that can not be counted is served and noted, or refused, as configured', async () => {
    const open = limitsOver({})
    expect(await open.limits.check(principal({ wallet: 5 }), 'wallet', 'a')).toEqual({})
    expect(open.uncounted).toEqual(['wallet'])
    const strict = limitsOver({}, { withoutCounter: 'refuse' })
    const error = await refusal(strict.limits.check(principal({ wallet: 5 }), 'wallet', 'a'))
    expect([error.code, strict.uncounted]).toEqual(['SERVICE_UNAVAILABLE', ['wallet']])
  })

  it('without a valid key counts against its address', async () => {
    const { limits, asked } = limitsOver({ 'unauthenticated:a': { remaining: 0, resetMs: NOW_MS } })
    await limits.checkUnauthenticated('b')
    expect((await refusal(limits.checkUnauthenticated('a'))).code).toBe('RATE_LIMITED')
    expect(asked).toEqual(['unauthenticated:b 300', 'unauthenticated:a 300'])
  })
})
