/**
 * How often a partner, or an address, may call: a sliding window of a minute, counted in Redis for all instances together.
 * Without a limit nothing is asked of Redis, and no bet waits for it.
 */
import { ApiError } from '../problem.ts'
import type { Route } from '../route.ts'
import { isPlatform } from './principal.ts'
import type { Principal } from './principal.ts'

export const WINDOW_SECONDS = 60

/** What routes are counted together. */
export const ENDPOINT_CLASSES = ['wallet', 'read', 'admin'] as const
export type EndpointClass = (typeof ENDPOINT_CLASSES)[number]

/** What a limit can be set for: a class of routes, or all calls of a partner from one address. */
export const LIMIT_CLASSES = [...ENDPOINT_CLASSES, 'address'] as const
export type LimitClass = (typeof LIMIT_CLASSES)[number]

/** Requests in any 60 seconds; a class without a number has no limit. */
export type Limits = Readonly<Partial<Record<LimitClass, number>>>

const ADMIN_PATH = /^\/(partners|audit|aml)(\/|$)/

export function endpointClassOf({ method, path }: Pick<Route, 'method' | 'path'>): EndpointClass {
  if (ADMIN_PATH.test(path)) return 'admin'
  return method === 'GET' ? 'read' : 'wallet'
}

/** One look at a window. */
export interface Window {
  /** Calls that were left before this one; 0 where it is one too many. */
  remaining: number
  /** When the oldest call leaves the window, in epoch milliseconds. */
  resetMs: number
}

export interface WindowCounter {
  /** Counts a call, if it is within the limit. Undefined where the counter can't be asked. */
  count(key: string, perMinute: number): Promise<Window | undefined>
}

export interface RateLimitOptions {
  counter: WindowCounter
  /** Where a partner's settings say nothing. */
  defaults: Limits
  /** Calls of one address that present no valid key, in any 60 seconds. */
  unauthenticatedPerMinute: number
  /** What happens while the counter can't be asked: calls are served uncounted, or refused. */
  withoutCounter: 'serve' | 'refuse'
  /** Told of every call that was not counted. */
  uncounted: (limitClass: string) => void
}

/** Headers of an answer, by draft-ietf-httpapi-ratelimit-headers. */
export type RateLimitHeaders = Readonly<Record<string, string>>

export interface RateLimits {
  /**
   * Counts a call of a principal. Answers the headers that say what is left; undefined, and nothing to wait for, where no
   * limit is set and for the platform's operator. Rejects with RATE_LIMITED or SERVICE_UNAVAILABLE.
   */
  check(
    principal: Principal,
    endpointClass: EndpointClass,
    address: string,
  ): Promise<RateLimitHeaders> | undefined
  /** Counts a call without a valid key. Rejects with RATE_LIMITED where the address has sent too many. */
  checkUnauthenticated(address: string): Promise<void>
}

interface Counted {
  limitClass: string
  perMinute: number
  window: Window
}

const secondsUntil = (resetMs: number): number =>
  Math.min(WINDOW_SECONDS, Math.max(1, Math.ceil((resetMs - Date.now()) / 1_000)))

const headersOf = (counted: readonly Counted[]): RateLimitHeaders => ({
  'RateLimit-Policy': counted
    .map(({ limitClass, perMinute }) => `"${limitClass}";q=${perMinute};w=${WINDOW_SECONDS}`)
    .join(', '),
  RateLimit: counted
    .map(
      ({ limitClass, window }) =>
        `"${limitClass}";r=${Math.max(0, window.remaining - 1)};t=${secondsUntil(window.resetMs)}`,
    )
    .join(', '),
})

function refuseExhausted(counted: readonly Counted[]): void {
  const exhausted = counted.filter(({ window }) => window.remaining <= 0)
  if (exhausted.length === 0) return
  const seconds = Math.max(...exhausted.map(({ window }) => secondsUntil(window.resetMs)))
  throw new ApiError('RATE_LIMITED', { headers: { ...headersOf(counted), 'Retry-After': String(seconds) } })
}

export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { counter, defaults } = options

  const count = async (limitClass: string, key: string, perMinute: number): Promise<Counted[]> => {
    const window = await counter.count(key, perMinute)
    if (window !== undefined) return [{ limitClass, perMinute, window }]
    options.uncounted(limitClass)
    if (options.withoutCounter === 'refuse') throw new ApiError('SERVICE_UNAVAILABLE')
    return []
  }

  const countAll = async (wanted: readonly (() => Promise<Counted[]>)[]): Promise<RateLimitHeaders> => {
    const counted = (await Promise.all(wanted.map((one) => one()))).flat()
    refuseExhausted(counted)
    return counted.length === 0 ? {} : headersOf(counted)
  }

  return {
    check: (principal, endpointClass, address) => {
      // What the operator does for a partner is not the partner's to be held against.
      if (isPlatform(principal)) return undefined
      const { partnerId, limits } = principal
      const wanted = ([endpointClass, 'address'] as const).flatMap((limitClass) => {
        const perMinute = limits.rateLimits[limitClass] ?? defaults[limitClass]
        if (perMinute === undefined) return []
        const key =
          limitClass === 'address' ? `address:${partnerId}:${address}` : `${limitClass}:${partnerId}`
        return [() => count(limitClass, key, perMinute)]
      })
      return wanted.length === 0 ? undefined : countAll(wanted)
    },
    checkUnauthenticated: async (address) => {
      const perMinute = options.unauthenticatedPerMinute
      await countAll([() => count('unauthenticated', `unauthenticated:${address}`, perMinute)])
    },
  }
}
