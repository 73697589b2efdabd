/** Versioned caches on the real Redis: the races that a cache beside a table has, and what happens without Redis. */
import { randomUUID } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { required } from '../tests/support/environment.ts'
import { waitFor } from '../tests/support/wait.ts'
import { cacheKey, openVersionCache, PLAYER_PROFILE } from './version-cache.ts'
import type { CacheEntry, VersionCache } from './version-cache.ts'

const logger = pino({ level: 'silent' })
const NAME = 'stakestream-test'
/** Longest wait of a call on a busy machine, in milliseconds. */
const BUSY_MS = 10_000

let redis: Redis
let cache: VersionCache
let entry: CacheEntry

const reached = (one: VersionCache): Promise<unknown> =>
  waitFor(async () => (await one.get({ cache: PLAYER_PROFILE, ids: ['nobody'] })) === undefined, {
    what: 'Redis',
  })

beforeAll(async () => {
  redis = new Redis(required('REDIS_URL'))
  cache = openVersionCache(required('REDIS_URL'), NAME, logger, BUSY_MS)
  await reached(cache)
})
afterAll(() => {
  cache.close()
  redis.disconnect()
})
beforeEach(() => {
  entry = { cache: PLAYER_PROFILE, ids: [randomUUID(), 'ann:1'] }
})

const lifeOf = (one: CacheEntry): Promise<number> => redis.pttl(cacheKey(one))

describe('a value', () => {
  it('is kept as JSON under the name of its cache and its ids, for its time', async () => {
    expect(await cache.get(entry)).toBeUndefined()
    expect(await cache.put(entry, 3, '{"a":1.10}')).toBe(true)
    expect(await cache.get(entry)).toBe('{"a":1.10}')
    const key = `player:profile:${entry.ids[0]}:ann:1`
    expect(await redis.hgetall(key)).toEqual({ version: '3', value: '{"a":1.10}' })
    const lifeMs = await lifeOf(entry)
    expect(lifeMs).toBeGreaterThan(PLAYER_PROFILE.ttlMs - 10_000)
    expect(lifeMs).toBeLessThanOrEqual(PLAYER_PROFILE.ttlMs)
  })

  it('is gone when its time is up', async () => {
    const brief = { cache: { name: 'test:brief', ttlMs: 30 }, ids: entry.ids }
    await cache.put(brief, 1, '1')
    await waitFor(async () => (await cache.get(brief)) === undefined, { what: 'the end of its time' })
  })

  it('gives way to the same and to newer versions, and to no older one', async () => {
    const puts: [version: number, kept: boolean][] = [
      [9, true],
      [8, false],
      [10, true],
      [9, false],
      [10, true],
    ]
    for (const [version, kept] of puts) expect(await cache.put(entry, version, `${version}`)).toBe(kept)
    expect(await cache.get(entry)).toBe('10')
  })
})

describe('an invalidation', () => {
  it('takes away what is older, and keeps a reader out that has read the old row before', async () => {
    await cache.put(entry, 1, '"old"')
    await cache.invalidate([{ ...entry, version: 2 }])
    expect(await cache.get(entry)).toBeUndefined()
    // A reader that was slow between its look at the table and its put.
    expect(await cache.put(entry, 1, '"old"')).toBe(false)
    expect(await cache.get(entry)).toBeUndefined()
    expect(await cache.put(entry, 2, '"new"')).toBe(true)
    expect(await cache.get(entry)).toBe('"new"')
  })

  it('does so where nothing was cached too, for as long as values live', async () => {
    await cache.invalidate([{ ...entry, version: 2 }])
    expect(await cache.put(entry, 1, '"old"')).toBe(false)
    expect(await lifeOf(entry)).toBeGreaterThan(PLAYER_PROFILE.ttlMs - 10_000)
  })

  it('of a version that is cached, or of an older one, changes nothing: a replay empties no cache', async () => {
    await cache.put(entry, 5, '"new"')
    await cache.invalidate([4, 5].map((version) => ({ ...entry, version })))
    expect(await cache.get(entry)).toBe('"new"')
  })

  it('never lets a version go back, whatever many do at once', async () => {
    const versions = Array.from({ length: 200 }, (_, at) => ((at * 37) % 200) + 1)
    const answered: number[] = []
    await Promise.all(
      versions.map(async (version) => {
        await cache.invalidate([{ ...entry, version }])
        await cache.put(entry, version, String(version))
        const value = await cache.get(entry)
        if (value !== undefined) answered.push(Number(value))
      }),
    )
    expect(await cache.get(entry)).toBe('200')
    expect(answered).toEqual(answered.toSorted((a, b) => a - b))
  })
})

describe('Redis that does not answer', () => {
  it('is waited for no longer than a moment', async () => {
    const { hostname, port } = new URL(required('REDIS_URL'))
    let mute = false
    const sockets: Socket[] = []
    const front = createServer((client) => {
      const upstream = connect(Number(port), hostname)
      sockets.push(client, upstream)
      client.pipe(upstream)
      upstream.on('data', (answer) => {
        if (!mute) client.write(answer)
      })
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const address = front.address() as AddressInfo
    const stuck = openVersionCache(`redis://127.0.0.1:${address.port}`, NAME, logger)
    await reached(stuck)
    mute = true
    for (const call of [
      () => stuck.get(entry),
      () => stuck.put(entry, 1, '1'),
      () => stuck.invalidate([{ ...entry, version: 1 }]),
    ])
      await expect(call()).rejects.toThrow('Command timed out')
    stuck.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => front.close(resolve))
  })
})
