/**
 * Profiles, webhook secrets and providers' credentials sealed anew while their partners change them: API, Kafka, the processors and PostgreSQL. The
 * API that seals has another current key than the running one, which holds no more than the older.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { asAdmin, bodyOf, eventually, newId, request } from '../api/testing/live.ts'
import { API_START_MS, startApi } from '../tests/support/api-instance.ts'
import type { ApiInstance } from '../tests/support/api-instance.ts'
import { createCipher, keyIdOf } from '../service/encryption.ts'
import { createLogger } from '../service/logger.ts'
import { followEndpoints } from '../sinks/webhooks/following.ts'
import { required } from '../tests/support/environment.ts'
import { createKafka } from '../topics/kafka.ts'
import { registrySource } from '../topics/registry.ts'
import type { AdminApi } from './encryption/admin-api.ts'
import { resealPlayer, resealProvider, resealWebhook } from './encryption/partner-seals.ts'

const PARTNER_ID = required('STAKESTREAM_PARTNER_ID')
const OLD_KEY = Buffer.from(required('ENCRYPTION_KEY'), 'base64')
const NEW_KEY = randomBytes(32)
const NEW_ID = 'k-anew'

let second: ApiInstance
let api: AdminApi
let pool: Pool
beforeAll(async () => {
  second = await startApi({
    ENCRYPTION_KEY: NEW_KEY.toString('base64'),
    ENCRYPTION_KEY_ID: NEW_ID,
    ENCRYPTION_OLDER_KEYS: `k1:${OLD_KEY.toString('base64')}`,
  })
  api = { url: second.url, adminKey: required('STAKESTREAM_ADMIN_KEY') }
  pool = new Pool({ connectionString: required('DATABASE_URL'), max: 1 })
}, API_START_MS)
afterAll(async () => {
  await pool.end()
  await second.stop()
})

const changed = z.object({ name: z.string(), version: z.number() })
const playerRow = z.object({ version: z.number(), name: z.string(), key_id: z.string() })

async function rowOf(player: string): Promise<z.output<typeof playerRow> | undefined> {
  const { rows } = await pool.query(
    `SELECT version, name, split_part(name, ':', 1) AS key_id FROM players WHERE partner_id = $1 AND player_id = $2`,
    [PARTNER_ID, player],
  )
  return z.array(playerRow).parse(rows)[0]
}

const atVersion = (player: string, version: number): Promise<z.output<typeof playerRow>> =>
  eventually(async () => {
    const row = await rowOf(player)
    return row !== undefined && row.version >= version ? row : undefined
  })

it('a profile is sealed anew as it is, its amounts to the digit', async () => {
  const player = newId('player')
  const limits = [{ kind: 'LOSS', period: 'WEEK', currency: 'EUR', amount: '999999999999999.9999' }]
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const put = { name: 'Ann', date_of_birth: '1990-05-17', limits, self_exclusion: { until } }
  expect((await request('PUT', `/players/${player}`, put)).status).toBe(200)
  expect((await atVersion(player, 1)).key_id).toBe('k1')
  const path = `${second.url}/players/${player}`
  const read = async (): Promise<string> =>
    (await fetch(path, { headers: { ...asAdmin, 'x-partner-id': PARTNER_ID } })).text()
  const before = await read()
  await resealPlayer(api, { partnerId: PARTNER_ID, playerId: player })
  expect((await atVersion(player, 2)).key_id).toBe(NEW_ID)
  const withoutVersion = (text: string): string => text.replace(/"version".*$/, '')
  expect(withoutVersion(await read())).toBe(withoutVersion(before))
  expect(before).toContain('999999999999999.9999')
})

it('a change of the same moment is never undone', async () => {
  const player = newId('player')
  await request('PUT', `/players/${player}`, { name: 'Ann 0' })
  await atVersion(player, 1)
  let last = { name: '', version: 0 }
  let changing = true
  const put = async (name: string): Promise<void> => {
    for (;;) {
      const answer = await fetch(`${second.url}/players/${player}`, {
        method: 'PUT',
        headers: { ...asAdmin, 'x-partner-id': PARTNER_ID, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      const body: unknown = await answer.json()
      if (answer.status === 200) last = changed.parse(body)
      if (answer.status !== 202 && answer.status !== 503) return
    }
  }
  const change = async (): Promise<void> => {
    for (let nth = 1; nth <= 15; nth++) await put(`Ann ${nth}`)
    changing = false
  }
  const reseal = async (): Promise<number> => {
    let rounds = 0
    for (; changing; rounds++) await resealPlayer(api, { partnerId: PARTNER_ID, playerId: player })
    return rounds
  }
  const [rounds] = await Promise.all([reseal(), change()])
  expect(rounds).toBeGreaterThan(0)
  const row = await atVersion(player, last.version)
  const cipher = createCipher({ currentKeyId: NEW_ID, keys: new Map([[NEW_ID, NEW_KEY]]) })
  expect(cipher.decrypt(row.name)).toBe(last.name)
})

it('refuses a profile that was made on another version than is there', async () => {
  const player = newId('player')
  const put = (expected_version: number): Promise<{ status: number; text: string }> =>
    request('PUT', `/players/${player}`, { country: 'MT', expected_version })
  expect((await put(1)).text).toContain('VERSION_CONFLICT')
  expect((await put(0)).status).toBe(200)
  const again = await put(0)
  expect([again.status, again.text]).toEqual([409, expect.stringContaining('VERSION_CONFLICT')])
  expect((await put(1)).status).toBe(200)
})

it('the secrets of an endpoint stay the same under another seal', async () => {
  const partnerId = randomUUID()
  await request('POST', '/partners', { id: partnerId, name: newId('Casino'), type: 'operator' }, asAdmin)
  const path = `/partners/${partnerId}/webhooks`
  const created = z.object({ id: z.string(), secret: z.string() })
  const hook = { url: 'https://receiver.invalid/hooks' }
  const first = bodyOf(created, await request('POST', path, hook, asAdmin))
  const rotated = bodyOf(created, await request('POST', `${path}/${first.id}/rotate-secret`, {}, asAdmin))
  await eventually(async () => {
    const answer = await fetch(`${second.url}${path}`, { headers: { ...asAdmin } })
    return (await answer.text()).includes('"version":2') ? true : undefined
  })
  await resealWebhook(api, { partnerId, webhookId: first.id })
  await eventually(async () => {
    const { rows } = await pool.query('SELECT FROM webhooks WHERE id = $1 AND secret_key_ids = $2', [
      first.id,
      JSON.stringify([NEW_ID, NEW_ID]),
    ])
    return rows[0]
  })
  const { endpoints, follower } = await followEndpoints({
    kafka: createKafka({
      brokers: required('KAFKA_BROKERS').split(','),
      clientId: 'reencrypt-test',
      log: createLogger('test', 'silent'),
    }),
    schemas: registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: false }),
    groupId: newId('reencrypt-test'),
    sessionTimeoutMs: 6_000,
    logger: createLogger('test', 'silent'),
  })
  await follower.start()
  await follower.catchUp()
  await follower.stop()
  const cipher = createCipher({ currentKeyId: NEW_ID, keys: new Map([[NEW_ID, NEW_KEY]]) })
  const secrets = endpoints.active(first.id)?.secrets ?? []
  expect(secrets.map(({ sealed }) => cipher.decrypt(sealed))).toEqual([rotated.secret, first.secret])
  expect(secrets.map(({ expires_at: endMs }) => endMs === null)).toEqual([true, false])
  expect((await request('DELETE', `${path}/${first.id}`, undefined, asAdmin)).status).toBe(204)
})

const providerRow = z.object({ version: z.number(), api_credentials: z.string() })
const credentialList = z.array(z.object({ name: z.string(), sealed: z.string(), created_at: z.string() }))

/** A provider's credentials in PostgreSQL, once it has come to a version there. */
const credentialsAt = (id: string, version: number): Promise<z.output<typeof credentialList>> =>
  eventually(async () => {
    const { rows } = await pool.query('SELECT version, api_credentials FROM game_providers WHERE id = $1', [
      id,
    ])
    const [row] = z.array(providerRow).parse(rows)
    return row?.version === version ? credentialList.parse(JSON.parse(row.api_credentials)) : undefined
  })

it('the credentials of a game provider stay the same under another seal, set when they were set', async () => {
  const id = newId('provider')
  const secrets = { api_key: randomUUID(), webhook_secret: randomUUID() }
  const provider = {
    name: id,
    api_endpoint: 'https://api.provider.example',
    integration_type: 'rest',
    supported_currencies: ['EUR'],
    api_credentials: secrets,
  }
  const path = `/games/providers/${id}`
  expect((await request('PUT', path, provider, asAdmin)).status).toBe(200)
  const before = await credentialsAt(id, 1)
  expect(before.map(({ sealed }) => keyIdOf(sealed))).toEqual(['k1', 'k1'])
  await eventually(async () => {
    const { status } = await fetch(second.url + path, { headers: { ...asAdmin } })
    return status === 200 ? true : undefined
  })
  await resealProvider(api, id)
  const after = await credentialsAt(id, 2)
  const cipher = createCipher({ currentKeyId: NEW_ID, keys: new Map([[NEW_ID, NEW_KEY]]) })
  expect(Object.fromEntries(after.map(({ name, sealed }) => [name, cipher.decrypt(sealed)]))).toEqual(secrets)
  expect(after.map(({ created_at: setAt }) => setAt)).toEqual(before.map(({ created_at: setAt }) => setAt))
  // The running API holds only the older key: it can't seal them anew, and leaves them as they are.
  const refused = await request('POST', `${path}/reseal-credentials`, undefined, asAdmin)
  expect([refused.status, refused.text]).toEqual([500, expect.stringContaining('INTERNAL_ERROR')])
  // As the next test run has only that key, what it can't open goes.
  const none = { ...provider, api_credentials: { api_key: null, webhook_secret: null } }
  expect((await request('PUT', path, none, asAdmin)).status).toBe(200)
  expect(await credentialsAt(id, 3)).toEqual([])
})
