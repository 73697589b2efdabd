/** Players' profiles at the edge: what is taken, what goes to Kafka, what is answered and read. */
import { describe, expect, it } from 'vitest'
import type { PlayerSettings, WalletReplyData } from '../../avro/types.ts'
import { pendingAnswer, problemAnswer } from '../schemas/answers.ts'
import { playerAnswer } from '../schemas/players.ts'
import {
  ADMIN_KEY,
  CIPHER,
  PARTNER_ID,
  PARTNER_KEY,
  READ_KEY,
  fakeDatabase,
  fakeGateway,
  startTestApp,
} from '../testing/app.ts'
import type { TestAppOptions } from '../testing/app.ts'
import { call } from '../testing/http.ts'
import type { HttpAnswer } from '../testing/http.ts'
import { always, bodyOf, get, replying } from '../testing/requests.ts'

const PROFILE = {
  country: 'MT',
  name: 'Ann Ö’Hara',
  date_of_birth: '1990-02-28',
  self_exclusion: { from: '2026-11-22T10:15:30.123Z', until: '2027-11-22T00:00:00.000Z' },
  limits: [{ kind: 'LOSS', period: 'WEEK', currency: 'EUR', amount: '200.5' }],
}
const NOTHING = { country: null, name: null, date_of_birth: null, self_exclusion: null, limits: [] }

async function put(
  options: TestAppOptions,
  body: object,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const app = await startTestApp(options)
  try {
    return await call({
      port: app.port,
      method: 'PUT',
      path: '/players/ann',
      headers: { 'x-api-key': PARTNER_KEY, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  } finally {
    await app.close()
  }
}

/** A wallet that puts every profile in place as it is said. */
const taking = (change: Partial<WalletReplyData> = {}) =>
  replying(({ timestamp, data }) => ({
    status: null,
    new_balance: null,
    balance: null,
    held: null,
    version: 3,
    processed_at: timestamp,
    self_excluded_from: data.player?.self_exclusion?.from ?? null,
    ...change,
  }))

describe('PUT /players/{player_id}', () => {
  it('sends the profile with its personal data sealed, and answers it in clear', async () => {
    const gateway = taking()
    const answer = await put({ gateway }, PROFILE)
    const [command] = gateway.submitted
    expect(command?.data).toMatchObject({
      partner_id: PARTNER_ID,
      player_id: 'ann',
      type: 'PLAYER_UPDATE',
      currency: 'XXX',
      amount: null,
      country: null,
      player: {
        country: 'MT',
        self_exclusion: {
          from: Date.parse(PROFILE.self_exclusion.from),
          until: Date.parse(PROFILE.self_exclusion.until),
        },
        limits: [{ kind: 'LOSS', period: 'WEEK', currency: 'EUR', amount: 2_005_000n }],
      },
    })
    const { name, date_of_birth: born } = command?.data.player ?? { name: null, date_of_birth: null }
    expect([name, born].map((sealed) => CIPHER.decrypt(sealed ?? ''))).toEqual(['Ann Ö’Hara', '1990-02-28'])
    expect(answer.status).toBe(200)
    expect(bodyOf(playerAnswer, answer)).toEqual({
      player_id: 'ann',
      ...PROFILE,
      limits: [{ ...PROFILE.limits[0], amount: 200.5 }],
      version: 3,
      updated_at: new Date(command?.timestamp ?? 0).toISOString(),
    })
  })

  it.each([{}, NOTHING])('takes away what is absent or null: %j', async (body) => {
    const gateway = taking()
    const answer = await put({ gateway }, body)
    expect(gateway.submitted[0]?.data.player).toEqual(NOTHING)
    expect(bodyOf(playerAnswer, answer)).toMatchObject(NOTHING)
  })

  it('lets an exclusion begin with the command, and last for ever, where nothing else is said', async () => {
    const gateway = taking()
    const answer = await put({ gateway }, { self_exclusion: {} })
    const [command] = gateway.submitted
    expect(command?.data.player?.self_exclusion).toEqual({ from: command?.timestamp, until: null })
    expect(bodyOf(playerAnswer, answer).self_exclusion?.until).toBeNull()
  })

  it('answers the beginning that the wallet has kept', async () => {
    const from = Date.UTC(2026, 0, 1)
    const answer = await put({ gateway: taking({ self_excluded_from: from }) }, PROFILE)
    expect(bodyOf(playerAnswer, answer).self_exclusion).toEqual({
      from: '2026-01-01T00:00:00.000Z',
      until: PROFILE.self_exclusion.until,
    })
  })

  it.each([
    ['SELF_EXCLUSION_IN_FORCE', 409],
    ['PLAYER_CHANGED_SINCE', 409],
  ])('answers %s with %s', async (code, status) => {
    const answer = await put({ gateway: taking({ outcome: 'REJECTED', error_code: code }) }, {})
    expect([answer.status, bodyOf(problemAnswer, answer).code]).toEqual([status, code])
  })

  it('answers 202 and where to look, where the outcome is not known', async () => {
    const pending = await put({ gateway: always({ kind: 'pending', acknowledged: true }) }, {})
    expect([pending.status, pending.headers['location']]).toEqual([202, '/players/ann'])
    expect(bodyOf(pendingAnswer, pending).acknowledged).toBe(true)
    const asked = await put(
      { gateway: always({ kind: 'pending', acknowledged: true }) },
      {},
      { prefer: 'respond-async' },
    )
    expect([asked.status, asked.headers['preference-applied']]).toEqual([202, 'respond-async'])
    const unsent = await put({ gateway: always({ kind: 'unsent', code: 'SERVICE_UNAVAILABLE' }) }, {})
    expect(unsent.status).toBe(503)
  })

  it('needs a key that may write', async () => {
    const gateway = fakeGateway()
    const answer = await put({ gateway }, {}, { 'x-api-key': READ_KEY })
    expect([answer.status, gateway.submitted]).toEqual([403, []])
    expect((await put({ gateway: taking() }, {}, { 'x-api-key': ADMIN_KEY })).status).toBe(200)
  })

  const limit = { kind: 'BET', period: 'DAY', currency: 'USD', amount: 1 }
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  it.each<[string, object, string]>([
    ['an unknown field', { balance: 1 }, 'balance'],
    ['a country in small letters', { country: 'mt' }, 'country'],
    ['an empty name', { name: '' }, 'name'],
    ['a long name', { name: 'n'.repeat(201) }, 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
    ['a name that is a number', { name: 5 }, 'name'],
    ['a date with a time', { date_of_birth: '1990-01-01T00:00:00Z' }, 'date_of_birth'],
    ['a day that was not', { date_of_birth: '1990-02-29' }, 'date_of_birth'],
    ['a month that is not', { date_of_birth: '1990-13-01' }, 'date_of_birth'],
    ['a date before 1900', { date_of_birth: '1899-12-31' }, 'date_of_birth'],
    ['a date ahead', { date_of_birth: tomorrow }, 'date_of_birth'],
    ['today', { date_of_birth: new Date().toISOString().slice(0, 10) }, 'date_of_birth'],
    ['an exclusion that is a yes', { self_exclusion: true }, 'self_exclusion'],
    [
      'an exclusion with an unknown field',
      { self_exclusion: { to: '2030-01-01T00:00:00Z' } },
      'self_exclusion.to',
    ],
    [
      'a beginning without an offset',
      { self_exclusion: { from: '2030-01-01T00:00:00' } },
      'self_exclusion.from',
    ],
    ['a beginning long ago', { self_exclusion: { from: '1999-12-31T23:59:59Z' } }, 'self_exclusion.from'],
    ['an end that has been', { self_exclusion: { until: '2026-01-01T00:00:00Z' } }, 'self_exclusion.until'],
    [
      'an end in the year 10000',
      { self_exclusion: { until: '9999-12-31T23:59:59-01:00' } },
      'self_exclusion.until',
    ],
    [
      'an end before its beginning',
      { self_exclusion: { from: '2030-01-02T00:00:00Z', until: '2030-01-02T00:00:00Z' } },
      'self_exclusion.until',
    ],
    ['limits that are no list', { limits: limit }, 'limits'],
    ['an unknown kind', { limits: [{ ...limit, kind: 'WIN' }] }, 'limits.0.kind'],
    ['an unknown period', { limits: [{ ...limit, period: 'YEAR' }] }, 'limits.0.period'],
    ['a limit in no currency', { limits: [{ ...limit, currency: 'XXX' }] }, 'limits.0.currency'],
    ['a limit below 0', { limits: [{ ...limit, amount: -1 }] }, 'limits.0.amount'],
    ['a limit of five decimals', { limits: [{ ...limit, amount: '0.00001' }] }, 'limits.0.amount'],
    ['a limit twice', { limits: [limit, { ...limit, amount: 2 }] }, 'limits.1'],
    ['too many limits', { limits: Array.from({ length: 101 }, () => limit) }, 'limits'],
  ])('refuses %s', async (_what, body, path) => {
    const gateway = fakeGateway()
    const answer = await put({ gateway }, body)
    const { code, errors } = bodyOf(problemAnswer, answer)
    expect([answer.status, gateway.submitted]).toEqual([400, []])
    expect(['VALIDATION_FAILED', 'INVALID_AMOUNT']).toContain(code)
    expect(errors?.map((error) => error.path)).toContain(path)
  })

  it('takes the edges of what it refuses', async () => {
    const edges = [
      { date_of_birth: '1900-01-01' },
      { date_of_birth: '2000-02-29' },
      { self_exclusion: { from: '2000-01-01T00:00:00Z', until: '9999-12-31T23:59:59.999Z' } },
      { self_exclusion: { from: '2001-01-01T00:00:00Z', until: '2001-01-01T00:00:00.001Z' } },
      { limits: [limit, { ...limit, currency: 'EUR', amount: 0 }, { ...limit, period: 'WEEK' }] },
    ]
    for (const body of edges) expect((await put({ gateway: taking() }, body)).status).toBe(200)
  })
})

describe('GET /players/{player_id}', () => {
  const sealed: Pick<PlayerSettings, 'name' | 'date_of_birth'> = {
    name: CIPHER.encrypt('Ann'),
    date_of_birth: CIPHER.encrypt('1990-02-28'),
  }
  const row = {
    country: 'MT',
    ...sealed,
    self_excluded_from: new Date('2026-11-22T10:15:30.123Z'),
    self_excluded_until: null,
    limits: [{ kind: 'BET', period: 'DAY', currency: 'USD', amount: '999999999999999.9999' }],
    version: 2,
    updated_at: new Date('2026-11-22T10:15:30.124Z'),
  }

  it('opens what is sealed', async () => {
    const asked: unknown[] = []
    const database = fakeDatabase((_text, values) => {
      asked.push(values)
      return [row]
    })
    const answer = await get({ database }, '/players/ann?min_version=2')
    expect(answer.status).toBe(200)
    expect(asked).toEqual([[PARTNER_ID, 'ann']])
    expect(answer.text).toContain('"amount":999999999999999.9999')
    expect(bodyOf(playerAnswer, answer)).toMatchObject({
      player_id: 'ann',
      country: 'MT',
      name: 'Ann',
      date_of_birth: '1990-02-28',
      self_exclusion: { from: '2026-11-22T10:15:30.123Z', until: null },
      version: 2,
      updated_at: '2026-11-22T10:15:30.124Z',
    })
  })

  it('answers a profile that says nothing', async () => {
    const empty = { ...row, ...NOTHING, self_excluded_from: null }
    const answer = await get({ database: fakeDatabase(() => [empty]) }, '/players/ann')
    expect(bodyOf(playerAnswer, answer)).toMatchObject(NOTHING)
  })

  it('looks again for one that may just have been put, then says 404', async () => {
    let reads = 0
    const found = await get({ database: fakeDatabase(() => (++reads < 3 ? [] : [row])) }, '/players/ann')
    expect(found.status).toBe(200)
    const missing = await get({}, '/players/ann')
    expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([404, 'PLAYER_NOT_FOUND'])
  })

  it('waits for the version that is asked for, and says so where it does not come', async () => {
    let version = 0
    const database = fakeDatabase(() => [{ ...row, version: ++version }])
    const found = await get({ database }, '/players/ann?min_version=3')
    expect(bodyOf(playerAnswer, found).version).toBe(3)
    const missing = await get({ database: fakeDatabase(() => [row]) }, '/players/ann?min_version=3')
    expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([503, 'VERSION_NOT_REACHED'])
  })
})
