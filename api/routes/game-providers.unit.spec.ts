import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PartnerCommandData } from '../../avro/types.ts'
import { providerSubjectIdOf } from '../../domain/game-provider.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { CREDENTIALS_MAX } from '../limits.ts'
import { PartnerDirectory } from '../partners/directory.ts'
import { ApiError } from '../problem.ts'
import { providerAnswer } from '../schemas/game-providers.ts'
import { ADMIN_KEY, CIPHER, PARTNER_KEY, startTestApp } from '../testing/app.ts'
import type { TestApp } from '../testing/app.ts'
import { entryOf, gameProviderOf } from '../testing/partners.ts'

const PATH = '/games/providers/ocasino'
const BODY = {
  name: 'OCasino',
  api_endpoint: 'https://api.ocasino.example/v1',
  integration_type: 'rest',
  supported_currencies: ['EUR', 'USD', 'EUR'],
}
const page = z.object({ data: z.array(providerAnswer), next_cursor: z.string().nullable() })
const problem = z.object({ code: z.string(), help: z.string(), errors: z.array(z.unknown()).optional() })

let directory: PartnerDirectory
let submitted: PartnerCommandData[]
/** What happens between the API's look at a provider and its command; nothing where absent. */
let meanwhile: (() => void) | undefined
let app: TestApp

/** Decides a command as the processor does, as far as these tests need it. */
function decide(data: PartnerCommandData): void {
  const { provider_id: id, game_provider: provider, expected_version: version, provider_credentials } = data
  if (id === null) throw new Error('the command names no provider')
  const before = directory.gameProvider(id)
  if ((before?.version ?? 0) !== version) throw new ApiError('VERSION_CONFLICT')
  directory.applyGameProvider({
    ...(before ?? gameProviderOf({ provider_id: id })),
    ...provider,
    version: version + 1,
    api_credentials: provider_credentials.map((credential) => ({ ...credential, created_at: 0 })),
  })
}

beforeEach(async () => {
  directory = new PartnerDirectory()
  submitted = []
  meanwhile = undefined
  app = await startTestApp({
    directory,
    partnerGateway: {
      submit: async (data) => {
        submitted.push(data)
        meanwhile?.()
        meanwhile = undefined
        decide(data)
        const subject_id = providerSubjectIdOf(data.provider_id ?? '')
        return Promise.resolve(
          entryOf({ partner_id: PLATFORM_ID, subject_type: 'game_provider', subject_id }),
        )
      },
    },
  })
})
afterEach(() => app.close())

const call = (method: string, path: string, body?: object, key = ADMIN_KEY): Promise<Response> =>
  fetch(app.url + path, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const put = (change: object = {}): Promise<Response> => call('PUT', PATH, { ...BODY, ...change })

/** The credentials of the last command, opened. */
const opened = (): Record<string, string> =>
  Object.fromEntries(
    (submitted.at(-1)?.provider_credentials ?? []).map(({ name, sealed }) => [name, CIPHER.decrypt(sealed)]),
  )

describe('a game provider', () => {
  it('goes to the log for the platform, its credentials sealed and in the order of their names', async () => {
    const answer = await put({ api_credentials: { webhook_secret: 'w-secret', api_key: 'k-secret' } })
    const text = await answer.text()
    expect([answer.status, text]).toEqual([200, expect.not.stringMatching(/secret"?:|-secret|sealed/)])
    const [command] = submitted
    expect(command).toMatchObject({
      action: 'PUT_PROVIDER',
      partner_id: PLATFORM_ID,
      provider_id: 'ocasino',
      expected_version: 0,
      game_provider: {
        ...BODY,
        status: 'active',
        supported_currencies: ['EUR', 'USD'],
        settings: { timeout_ms: 5_000, profile: 'standard' },
      },
    })
    expect(JSON.stringify(command)).not.toContain('-secret')
    expect(Object.entries(opened())).toEqual([
      ['api_key', 'k-secret'],
      ['webhook_secret', 'w-secret'],
    ])
  })

  it('keeps the seal of a credential that is not named, and loses one that is null', async () => {
    await put({ api_credentials: { api_key: 'one', api_secret: 'two' } })
    const kept = submitted.at(-1)?.provider_credentials[0]
    await put({ api_credentials: { api_secret: null, webhook_secret: 'three', nobody: null } })
    expect(opened()).toEqual({ api_key: 'one', webhook_secret: 'three' })
    expect(submitted.at(-1)?.provider_credentials[0]).toEqual(kept)
    await put()
    expect(opened()).toEqual({ api_key: 'one', webhook_secret: 'three' })
  })

  it('has no more credentials than it may, those that were there among them', async () => {
    const many = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`credential_${at}`, 'x']))
    expect((await put({ api_credentials: many(CREDENTIALS_MAX + 1) })).status).toBe(400)
    expect((await put({ api_credentials: many(CREDENTIALS_MAX) })).status).toBe(200)
    const answer = await put({ api_credentials: { one_more: 'x' } })
    expect([answer.status, problem.parse(await answer.json()).errors]).toEqual([
      400,
      [{ path: 'api_credentials', message: `are more than ${CREDENTIALS_MAX}`, code: 'TOO_BIG' }],
    ])
  })

  it('is laid over what another has changed meanwhile, unless a version was said', async () => {
    await put()
    const race = (): void =>
      directory.applyGameProvider(gameProviderOf({ provider_id: 'ocasino', version: 2 }))
    meanwhile = race
    expect((await put()).status).toBe(200)
    expect(submitted.map(({ expected_version: version }) => version)).toEqual([0, 1, 2])
    const stale = await put({ expected_version: 2 })
    expect([stale.status, problem.parse(await stale.json()).code]).toEqual([409, 'VERSION_CONFLICT'])
    expect((await put({ expected_version: 0 })).status).toBe(409)
    expect((await put({ expected_version: 3 })).status).toBe(200)
  })

  it('is read by its id and in a list by pages, the oldest first', async () => {
    for (const [at, id] of ['gamma', 'alpha', 'beta'].entries())
      directory.applyGameProvider(gameProviderOf({ provider_id: id, created_at: at }))
    const one = providerAnswer.parse(await (await call('GET', '/games/providers/alpha')).json())
    expect(one.api_credentials).toEqual([{ name: 'api_key', created_at: '1970-01-01T00:00:00.000Z' }])
    const first = page.parse(await (await call('GET', '/games/providers?limit=2')).json())
    const cursor = first.next_cursor ?? ''
    const rest = page.parse(await (await call('GET', `/games/providers?cursor=${cursor}`)).json())
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(['gamma', 'alpha', 'beta'])
    expect([first.data.length, rest.next_cursor]).toEqual([2, null])
    const none = await call('GET', '/games/providers/nobody')
    expect([none.status, problem.parse(await none.json()).code]).toEqual([404, 'GAME_PROVIDER_NOT_FOUND'])
  })

  it('has its credentials sealed anew, unless one does not open', async () => {
    await put({ api_credentials: { api_key: 'one' } })
    const before = submitted.at(-1)?.provider_credentials[0]
    expect((await call('POST', `${PATH}/reseal-credentials`)).status).toBe(200)
    expect(submitted.at(-1)).toMatchObject({
      action: 'RESEAL_PROVIDER_CREDENTIALS',
      partner_id: PLATFORM_ID,
      expected_version: 1,
      game_provider: null,
    })
    expect(opened()).toEqual({ api_key: 'one' })
    expect(submitted.at(-1)?.provider_credentials[0]).not.toEqual(before)
    directory.applyGameProvider(gameProviderOf({ provider_id: 'broken' }))
    const answer = await call('POST', '/games/providers/broken/reseal-credentials')
    expect([answer.status, submitted.length]).toEqual([500, 2])
    expect((await call('POST', '/games/providers/nobody/reseal-credentials')).status).toBe(404)
  })

  it('is the platform’s alone', async () => {
    for (const [method, path, body] of [
      ['GET', '/games/providers', undefined],
      ['GET', PATH, undefined],
      ['PUT', PATH, BODY],
      ['POST', `${PATH}/reseal-credentials`, undefined],
    ] as const) {
      const answer = await call(method, path, body, PARTNER_KEY)
      expect([answer.status, problem.parse(await answer.json()).code]).toEqual([403, 'FORBIDDEN'])
    }
    expect(submitted).toEqual([])
  })

  it.each<[string, object]>([
    ['no name', { name: undefined }],
    ['an empty name', { name: '' }],
    ['a name of control characters', { name: 'a\nb' }],
    ['an unknown status', { status: 'deleted' }],
    ['another scheme', { api_endpoint: 'ftp://api.ocasino.example/' }],
    ['no address', { api_endpoint: 'api.ocasino.example' }],
    ['a password in the address', { api_endpoint: 'https://me:secret@api.ocasino.example/' }],
    ['a query in the address', { api_endpoint: 'https://api.ocasino.example/?key=1' }],
    ['an address that is too long', { api_endpoint: `https://api.ocasino.example/${'x'.repeat(255)}` }],
    ['an unknown kind of adapter', { integration_type: 'soap' }],
    ['no currency', { supported_currencies: [] }],
    ['an unknown currency', { supported_currencies: ['XXY'] }],
    ['too little time', { settings: { timeout_ms: 99 } }],
    ['too much time', { settings: { timeout_ms: 30_001 } }],
    ['a time in text', { settings: { timeout_ms: '5000' } }],
    ['an unknown manner', { settings: { profile: 'best' } }],
    ['an unknown setting', { settings: { retries: 3 } }],
    ['an empty credential', { api_credentials: { api_key: '' } }],
    ['a credential with a line end', { api_credentials: { api_key: 'not-repeated\n' } }],
    ['a credential that is too long', { api_credentials: { api_key: 'not-repeated'.repeat(200) } }],
    ['a number for a credential', { api_credentials: { api_key: 1 } }],
    ['a malformed name of a credential', { api_credentials: { 'API-Key': 'x' } }],
    ['credentials in a list', { api_credentials: ['x'] }],
    ['an unknown field', { version: 1 }],
    ['a version below 0', { expected_version: -1 }],
  ])('with %s is refused, with a code and a word of help', async (_what, change) => {
    const answer = await put(change)
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(problem.parse(JSON.parse(text))).toMatchObject({
      code: 'VALIDATION_FAILED',
      help: expect.any(String),
      errors: expect.arrayContaining([expect.objectContaining({ path: expect.any(String) })]),
    })
    expect(text).not.toMatch(/not-repeated/)
    expect(submitted).toEqual([])
  })

  it.each(['OCasino', 'o_casino', '-o', 'o--c', 'x'.repeat(51), 'o%2Fc', 'o%0A'])(
    'is refused under the id %j',
    async (id) => {
      expect((await call('PUT', `/games/providers/${id}`, BODY)).status).toBe(400)
      expect(submitted).toEqual([])
    },
  )
})
