/** Invalidation between the real Redis and the real PostgreSQL: what holds at each moment of a change, and without Redis. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Registry } from '@prometheus-io/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { openVersionCache, PLAYER_PROFILE } from '../../service/version-cache.ts'
import type { VersionCache } from '../../service/version-cache.ts'
import { required } from '../../tests/support/environment.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { createTcpProxy } from '../../tests/support/tcp-proxy.ts'
import type { TcpProxy } from '../../tests/support/tcp-proxy.ts'
import { waitFor } from '../../tests/support/wait.ts'
import type { Batch, SinkStore } from '../runtime/types.ts'
import { aPlayer } from '../testing/player-events.ts'
import { invalidating } from './invalidation.ts'
import type { PostgresSource } from './sources.ts'
import { createPostgresStore } from './store.ts'

const SOURCE = 'player.profile.updated'
/** Longest wait of a call on a busy machine, in milliseconds. */
const BUSY_MS = 10_000
const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }
const always = { stillOurs: () => true }
const logger = createLogger('test', 'silent')
const partnerId = randomUUID()
const player = { partner_id: partnerId, player_id: 'ann' }
const entry = { cache: PLAYER_PROFILE, ids: [partnerId, 'ann'] }

let database: ScratchPostgres
let toPostgres: TcpProxy
let toRedis: TcpProxy
let cache: VersionCache
let registry: Registry
let store: SinkStore<PostgresSource>

beforeAll(async () => {
  database = await createScratchPostgres()
  toPostgres = await createTcpProxy(database.host, database.port)
  const { hostname, port } = new URL(required('REDIS_URL'))
  toRedis = await createTcpProxy(hostname, Number(port))
  cache = openVersionCache(required('REDIS_URL'), 'stakestream-test', logger, BUSY_MS)
  const cut = openVersionCache(`redis://127.0.0.1:${toRedis.port}`, 'stakestream-test', logger, BUSY_MS)
  for (const each of [cache, cut]) await waitFor(async () => (await each.get(entry)) === undefined)
  registry = new Registry()
  const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
  const inner = createPostgresStore({ databaseUrl: database.urlAt(toPostgres.port), cipher, logger })
  store = invalidating(inner, { cache: cut, registry, logger })
})
afterAll(async () => {
  await store.close()
  cache.close()
  await toRedis.close()
  await toPostgres.close()
  await database.drop()
})

/** The record of one version, which lies at the offset below it. */
const batchOf = (version: number): Batch<PostgresSource> => {
  const records = [{ offset: version - 1, value: aPlayer({ ...player, version }), raw }]
  return [{ source: SOURCE, topic: SOURCE, partition: 0, from: version - 1, next: version, records }]
}
const stored = async (): Promise<number> =>
  Number((await database.rows('SELECT version FROM players'))[0]?.['version'])
const countedErrors = async (): Promise<boolean> =>
  (await registry.metrics()).includes('stakestream_cache_invalidations_total{result="error"} 1')

describe('a change', () => {
  it('is told before it is written: a write that fails leaves the cache empty, not old', async () => {
    await store.write(batchOf(1), always)
    expect(await cache.put(entry, 1, '"one"')).toBe(true)

    await toPostgres.close()
    await expect(store.write(batchOf(2), always)).rejects.toThrow()
    expect(await stored()).toBe(1)
    // As if the process had died here: version 1 is what a reader finds, and it is not kept any more.
    expect(await cache.get(entry)).toBeUndefined()
    expect(await cache.put(entry, 1, '"one"')).toBe(false)

    await toPostgres.open()
    await waitFor(async () => {
      await store.write(batchOf(2), always)
      return true
    })
    expect(await stored()).toBe(2)
    expect(await cache.put(entry, 2, '"two"')).toBe(true)
  })

  it('is written without Redis too, and counted', async () => {
    await toRedis.close()
    expect(await countedErrors()).toBe(false)
    await store.write(batchOf(3), always)
    expect([await stored(), await countedErrors()]).toEqual([3, true])
    await toRedis.open()
  })

  it('that is read again empties no cache', async () => {
    expect(await cache.put(entry, 3, '"three"')).toBe(true)
    await database.rows('DELETE FROM sink_positions')
    for (const version of [1, 2, 3])
      await waitFor(async () => {
        await store.write(batchOf(version), always)
        return true
      })
    expect(await cache.get(entry)).toBe('"three"')
  })
})
