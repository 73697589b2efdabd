/** Game providers on the running system: API, Kafka, the partner processor and PostgreSQL. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { providerSubjectIdOf } from '../domain/game-provider.ts'
import { createCipher, DecryptionError } from '../service/encryption.ts'
import type { Cipher } from '../service/encryption.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { waitFor } from '../tests/support/wait.ts'
import { providerAnswer } from './schemas/game-providers.ts'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

const page = z.object({ data: z.array(providerAnswer), next_cursor: z.string().nullable() })
const audit = z.object({
  data: z.array(
    z.object({
      action: z.string(),
      outcome: z.string(),
      error_code: z.string().nullable(),
      subject_type: z.string(),
      before: z.unknown(),
      after: z.unknown(),
    }),
  ),
})
const issued = z.object({ id: z.string(), key: z.string() })
const row = z.object({
  name: z.string(),
  status: z.string(),
  version: z.number(),
  api_credentials: z.string(),
})
const sealedList = z.array(z.object({ name: z.string(), sealed: z.string() }))

/** What no store and no answer may show. */
const SECRETS = { api_key: `pk-${randomUUID()}`, api_secret: `ps-${randomUUID()}` }
const id = newId('provider')
const path = `/games/providers/${id}`
/** One that is refused, since the first has its name. */
const otherId = newId('provider')
const BODY = {
  name: id,
  api_endpoint: 'https://api.ocasino.example/v1',
  integration_type: 'rest',
  supported_currencies: ['EUR', 'USD'],
  settings: { timeout_ms: 2500, profile: 'studio' },
}

const texts: string[] = []
/** Asks as the operator; what was answered is looked through at the end. */
async function admin(method: string, at: string, body?: object): Promise<Answer> {
  const answer = await request(method, at, body, asAdmin)
  texts.push(answer.text)
  return answer
}

let pool: Pool
let broker: StreamsBroker
beforeAll(async () => {
  pool = new Pool({ connectionString: required('DATABASE_URL'), max: 1 })
  broker = await connectKafkajs({
    brokers: brokersFromEnvironment(),
    clientId: newId('game-providers'),
    log: createLogger('test', 'silent'),
  })
  const put = { ...BODY, api_credentials: SECRETS, expected_version: 0 }
  bodyOf(providerAnswer, await admin('PUT', path, put))
})
afterAll(async () => {
  await broker.close()
  await pool.end()
})

/** The provider's row, once it has come to a version. */
const rowAt = (version: number): Promise<z.output<typeof row>> =>
  eventually(async () => {
    const { rows } = await pool.query('SELECT * FROM game_providers WHERE id = $1', [id])
    return z
      .array(row)
      .parse(rows)
      .find((each) => each.version === version)
  })

const stackCipher = (key: Buffer): Cipher =>
  createCipher({ currentKeyId: 'k1', keys: new Map([['k1', key]]) })

/** All records of a topic of one partition, keys and values as they lie there. */
async function recordsOf(topic: string): Promise<string> {
  const reader = broker.logReader([topic])
  await reader.start(() => undefined)
  try {
    const source = { topic, partition: 0 }
    const { first, end } = await broker.offsets(source)
    let text = ''
    let next = first
    if (next < end)
      reader.follow(source, first, (batch) => {
        for (const { key, value } of batch.records) text += `${String(key)} ${value?.toString('latin1')}\n`
        next = batch.nextOffset
        return Promise.resolve()
      })
    await waitFor(() => next >= end, { what: `all of ${topic}` })
    return text
  } finally {
    await reader.stop()
  }
}

describe('a game provider', () => {
  it('is read back, alone and in the list, with the names of its credentials and when each was set', async () => {
    const provider = bodyOf(providerAnswer, await admin('GET', path))
    const { created_at } = provider
    expect(provider).toEqual({
      ...BODY,
      id,
      status: 'active',
      api_credentials: ['api_key', 'api_secret'].map((name) => ({ name, created_at })),
      version: 1,
      created_at,
      updated_at: created_at,
    })
    let found: unknown
    for (let cursor: string | null = ''; cursor !== null && found === undefined;) {
      const at: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { data, next_cursor } = bodyOf(page, await admin('GET', `/games/providers?limit=500${at}`))
      found = data.find((each) => each.id === id)
      cursor = next_cursor
    }
    expect(found).toEqual(provider)
  })

  it('lies in PostgreSQL with its credentials sealed: they open with the key, not with another, nor with a byte changed', async () => {
    const { api_credentials: text } = await rowAt(1)
    for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret)
    const credentials = sealedList.parse(JSON.parse(text))
    const cipher = stackCipher(Buffer.from(required('ENCRYPTION_KEY'), 'base64'))
    expect(Object.fromEntries(credentials.map(({ name, sealed }) => [name, cipher.decrypt(sealed)]))).toEqual(
      SECRETS,
    )
    const sealed = credentials[0]?.sealed ?? ''
    expect(() => stackCipher(randomBytes(32)).decrypt(sealed)).toThrow(DecryptionError)
    const at = sealed.lastIndexOf('.') + 1
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(() => cipher.decrypt(changed)).toThrow(DecryptionError)
  })

  it('is changed on its version, keeps the credentials that are not named, and is refused on another', async () => {
    const created = bodyOf(providerAnswer, await admin('GET', path))
    const change = { ...BODY, status: 'maintenance', api_credentials: { api_secret: null, token: 'a-token' } }
    const changed = bodyOf(providerAnswer, await admin('PUT', path, { ...change, expected_version: 1 }))
    expect(changed).toMatchObject({ status: 'maintenance', version: 2, created_at: created.created_at })
    expect(changed.api_credentials).toEqual([
      { name: 'api_key', created_at: created.created_at },
      { name: 'token', created_at: changed.updated_at },
    ])
    expect((await rowAt(2)).status).toBe('maintenance')
    for (const expected_version of [0, 1, 3]) {
      const stale = await admin('PUT', path, { ...BODY, expected_version })
      expect([stale.status, codeOf(stale)]).toEqual([409, 'VERSION_CONFLICT'])
    }
    const other = await admin('PUT', `/games/providers/${otherId}`, BODY)
    expect([other.status, codeOf(other)]).toEqual([409, 'GAME_PROVIDER_NAME_TAKEN'])
    const none = await admin('GET', `/games/providers/${newId('provider')}`)
    expect([none.status, codeOf(none)]).toEqual([404, 'GAME_PROVIDER_NOT_FOUND'])
  })

  it('keeps every one of many changes at once', async () => {
    const shared = newId('provider')
    const names = ['a', 'b'].map((letter) => `credential_${letter}`)
    const answers = await Promise.all(
      names.map((name) =>
        admin('PUT', `/games/providers/${shared}`, {
          ...BODY,
          name: shared,
          api_credentials: { [name]: 'x' },
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const provider = bodyOf(providerAnswer, await admin('GET', `/games/providers/${shared}`))
    expect(provider).toMatchObject({ version: 2, api_credentials: names.map((name) => ({ name })) })
  })

  it('leaves an entry in the audit trail for every change, without its secrets', async () => {
    const entriesOf = async (providerId: string, count: number) =>
      eventually(async () => {
        const answer = await admin('GET', `/audit?subject_id=${providerSubjectIdOf(providerId)}`)
        const { data } = bodyOf(audit, answer)
        return data.length === count ? data.toReversed() : undefined
      })
    const entries = await entriesOf(id, 2)
    const common = { action: 'PUT_PROVIDER', subject_type: 'game_provider' }
    expect(entries[0]).toMatchObject({ ...common, before: null, after: { provider_id: id } })
    expect(entries[1]).toMatchObject({
      ...common,
      before: { status: 'active', api_credentials: [{ name: 'api_key' }, { name: 'api_secret' }] },
      after: { status: 'maintenance', api_credentials: [{ name: 'api_key' }, { name: 'token' }] },
    })
    expect(JSON.stringify(entries)).not.toMatch(/sealed|a-token/)
    const refusal = { outcome: 'REFUSED', error_code: 'GAME_PROVIDER_NAME_TAKEN', after: null }
    expect(await entriesOf(otherId, 1)).toMatchObject([{ ...common, ...refusal }])
  })

  it('is not there for a partner’s key, whatever its scopes', async () => {
    const partner = { name: newId('Casino'), type: 'operator' }
    const { id: partnerId } = bodyOf(z.object({ id: z.string() }), await admin('POST', '/partners', partner))
    const body = { scopes: ['partner:admin', 'wallet:admin', 'aml:write'] }
    const { key } = bodyOf(issued, await request('POST', `/partners/${partnerId}/api-keys`, body, asAdmin))
    for (const [method, at, sent] of [
      ['GET', '/games/providers', undefined],
      ['GET', path, undefined],
      ['PUT', path, BODY],
      ['POST', `${path}/reseal-credentials`, undefined],
    ] as const) {
      const answer = await request(method, at, sent, { 'x-api-key': key })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'FORBIDDEN'])
    }
    expect(bodyOf(providerAnswer, await admin('GET', path)).version).toBe(2)
  })

  it.each([
    ['another scheme', { api_endpoint: 'ftp://api.ocasino.example/' }],
    ['an unknown currency', { supported_currencies: ['XXY'] }],
    ['too much time', { settings: { timeout_ms: 30_001 } }],
    ['a blank in a credential', { api_credentials: { api_key: `${SECRETS.api_key} x` } }],
  ])('with %s is refused, and what was sent is not repeated', async (_what, change) => {
    const answer = await admin('PUT', path, { ...BODY, ...change })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('has its secrets in no answer and in no topic in clear', async () => {
    const topics = ['partner.command', 'game.provider.updated', 'audit.entry.recorded']
    const lying = await Promise.all(topics.map(recordsOf))
    for (const text of lying) expect(text).toContain(id)
    const held = Object.values({ ...SECRETS, token: 'a-token' }).filter((secret) =>
      [...texts, ...lying].some((text) => text.includes(secret)),
    )
    expect(held).toEqual([])
  })
})
