/**
 * Caches on the running system: the API reads through Redis, sink-postgres tells it of changes by the events on Kafka. What is
 * counted is looked at on an instance of the test's own, whose way to Redis can be cut.
 */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { cacheKey, PARTNER_SETTING, PLAYER_PROFILE } from '../service/version-cache.ts'
import type { CacheEntry } from '../service/version-cache.ts'
import { required } from '../tests/support/environment.ts'
import { createTcpProxy } from '../tests/support/tcp-proxy.ts'
import type { TcpProxy } from '../tests/support/tcp-proxy.ts'
import { API_START_MS, startApi } from '../tests/support/api-instance.ts'
import type { ApiInstance } from '../tests/support/api-instance.ts'
import { waitFor } from '../tests/support/wait.ts'
import { ISSUABLE_SCOPES } from './access/principal.ts'
import { newApiKeyAnswer, partnerSettingsAnswer } from './schemas/partners.ts'
import { playerAnswer } from './schemas/players.ts'
import { asAdmin, bodyOf, codeOf, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

let redis: Redis
let proxy: TcpProxy
let api: ApiInstance
let partnerId: string
let headers: object

beforeAll(async () => {
  redis = new Redis(required('REDIS_URL'))
  const { hostname, port } = new URL(required('REDIS_URL'))
  proxy = await createTcpProxy(hostname, Number(port))
  api = await startApi({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` })
  partnerId = randomUUID()
  const partner = { id: partnerId, name: newId('Casino'), type: 'operator', rate_limits: { wallet: 100 } }
  await request('POST', '/partners', partner, asAdmin)
  const scopes = { scopes: ISSUABLE_SCOPES }
  const issued = await request('POST', `/partners/${partnerId}/api-keys`, scopes, asAdmin)
  headers = { 'x-api-key': bodyOf(newApiKeyAnswer, issued).key }
  const known = async (): Promise<boolean> => (await ask('/wallet/x?currency=USD')).status === 404
  await waitFor(known, { what: 'the key at the instance' })
}, API_START_MS)
afterAll(async () => {
  await api.stop()
  await proxy.close()
  redis.disconnect()
})

const ask = (path: string): Promise<Answer> => request('GET', api.url + path, undefined, headers)

/** How many reads of a cache the instance has counted so far. */
async function counted(cache: string, result: string): Promise<number> {
  const { text } = await request('GET', `${api.url}/metrics`)
  const line = new RegExp(
    `^stakestream_cache_requests_total\\{[^}]*cache="${cache}"[^}]*result="${result}"[^}]*\\} (\\d+)`,
    'm',
  )
  return Number(line.exec(text)?.[1] ?? 0)
}

/** What a read counts, by result; a busy machine may make Redis miss its 100 ms, so a test may ask again. */
async function countsOf(cache: string, read: () => Promise<unknown>): Promise<Record<string, number>> {
  const results = ['hit', 'miss', 'error']
  const before = await Promise.all(results.map((result) => counted(cache, result)))
  await read()
  const after = await Promise.all(results.map((result) => counted(cache, result)))
  return Object.fromEntries(results.map((result, at) => [result, (after[at] ?? 0) - (before[at] ?? 0)]))
}

const versionHeld = async (entry: CacheEntry): Promise<number> =>
  Number(await redis.hget(cacheKey(entry), 'version'))
const valueHeld = (entry: CacheEntry): Promise<string | null> => redis.hget(cacheKey(entry), 'value')

describe('a player’s profile', () => {
  let player: string
  let path: string
  let entry: CacheEntry
  beforeEach(() => {
    player = newId('player')
    path = `/players/${player}`
    entry = { cache: PLAYER_PROFILE, ids: [partnerId, player] }
  })

  const put = async (body: object): Promise<z.output<typeof playerAnswer>> => {
    const answer = await waitFor(async () => {
      const got = await request('PUT', path, body, headers)
      return got.status === 200 ? got : undefined
    })
    return bodyOf(playerAnswer, answer)
  }
  const read = async (minVersion: number): Promise<z.output<typeof playerAnswer>> => {
    const answer = await waitFor(
      async () => {
        const got = await ask(`${path}?min_version=${minVersion}`)
        return got.status === 200 ? got : undefined
      },
      { what: `version ${minVersion}` },
    )
    return bodyOf(playerAnswer, answer)
  }

  it('is read from PostgreSQL once, then from Redis, where its personal data are sealed', async () => {
    const first = await put({ name: 'Ann Hidden', date_of_birth: '1990-02-28', country: 'MT' })
    await waitFor(async () => {
      await read(first.version)
      return valueHeld(entry)
    })
    expect(await countsOf('player:profile', () => read(first.version))).toEqual({ hit: 1, miss: 0, error: 0 })
    expect(await read(first.version)).toEqual(first)
    const held = (await valueHeld(entry)) ?? ''
    expect(held).toContain('"MT"')
    expect(held).not.toContain('Hidden')
    expect(held).not.toContain('1990-02-28')
  })

  it('is invalidated by the event of its change, and what is asked for by version is never older', async () => {
    const first = await put({ country: 'MT' })
    await waitFor(async () => (await read(first.version)) && (await valueHeld(entry)))
    const second = await put({ country: 'SE' })
    expect(await read(second.version)).toEqual(second)
    expect(await versionHeld(entry)).toBeGreaterThanOrEqual(second.version)
    // Without a version too: the tombstone is there before the row is.
    expect(bodyOf(playerAnswer, await ask(path))).toEqual(second)
  })

  it('is not brought back by a reader that has read the old row before the change', async () => {
    const first = await put({ country: 'MT' })
    await read(first.version)
    // As a reader left it that was overtaken: an old value, cached though the row is newer.
    await redis.hset(cacheKey(entry), 'version', first.version, 'value', 'null')
    const second = await put({ country: 'SE' })
    await waitFor(async () => (await versionHeld(entry)) >= second.version, { what: 'the invalidation' })
    expect(await valueHeld(entry)).not.toBe('null')
    expect(await read(second.version)).toEqual(second)
  })

  it('is answered while Redis is away, which is counted, and is cached again afterwards', async () => {
    const first = await put({ country: 'MT' })
    await read(first.version)
    await proxy.close()
    try {
      const counts = await countsOf('player:profile', async () => expect((await ask(path)).status).toBe(200))
      expect(counts).toEqual({ hit: 0, miss: 0, error: 1 })
      const second = await put({ country: 'SE' })
      expect(await read(second.version)).toEqual(second)
    } finally {
      await proxy.open()
    }
    await waitFor(async () => (await countsOf('player:profile', () => ask(path)))['hit'] === 1, {
      what: 'a hit',
    })
  })
})

describe('a partner’s settings', () => {
  const path = (): string => `/partners/${partnerId}/settings`
  const entry = (): CacheEntry => ({ cache: PARTNER_SETTING, ids: [partnerId] })

  it('are read through the cache, and never older than a change that was answered', async () => {
    const first = await waitFor(async () => {
      const answer = await ask(path())
      return answer.status === 200 && (await valueHeld(entry())) !== null ? answer : undefined
    })
    expect(bodyOf(partnerSettingsAnswer, first)).toMatchObject({
      partner_id: partnerId,
      status: 'active',
      rate_limits: { wallet: 100 },
      version: 1,
    })
    await waitFor(async () => (await countsOf('partner:setting', () => ask(path())))['hit'] === 1)

    const change = { rate_limits: { wallet: 200 }, auto_approvals: { USD: '10.5001' } }
    expect((await request('PATCH', `/partners/${partnerId}`, change, asAdmin)).status).toBe(200)
    const second = await waitFor(async () => {
      const answer = await ask(`${path()}?min_version=2`)
      return answer.status === 200 ? answer : undefined
    })
    expect(second.text).toContain('"auto_approvals":{"USD":10.5001},"rate_limits":{"wallet":200},"version":2')
    expect((await ask(path())).text).toBe(second.text)
  })

  it('are not there for another partner, nor where nobody has described the partner', async () => {
    const nobody = `/partners/${randomUUID()}/settings`
    const refused = await ask(nobody)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'FORBIDDEN'])
    const missing = await request('GET', nobody, undefined, asAdmin)
    expect([missing.status, codeOf(missing)]).toEqual([404, 'PARTNER_NOT_FOUND'])
  })
})
