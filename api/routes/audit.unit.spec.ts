import { afterAll, beforeAll, expect, it } from 'vitest'
import { CIPHER, fakeDatabase, READ_KEY, startTestApp } from '../testing/app.ts'
import type { TestApp } from '../testing/app.ts'
import { ADMIN_KEY } from '../testing/app.ts'

const ID = '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11'
const row = {
  id: ID,
  action: 'UPDATE_PARTNER',
  outcome: 'APPLIED',
  error_code: null,
  actor_key_id: 'configured-admin',
  actor_partner_id: null,
  actor_ip: null,
  request_id: null,
  partner_id: ID,
  subject_type: 'partner',
  subject_id: ID,
  before: JSON.stringify({ contact_email: 'gone:AAAA.AAAA.AAAA', name: 'gone:AAAA.AAAA.AAAA', version: 1 }),
  after: JSON.stringify({ contact_email: CIPHER.encrypt('ops@partner.example'), address: null, version: 2 }),
  version: '2',
  requested_at: new Date(0),
  player_id: null,
  reason: null,
}

let app: TestApp
const profile = {
  ...row,
  action: 'PLAYER_UPDATE',
  subject_type: 'player',
  before: JSON.stringify({ name: 'gone:AAAA.AAAA.AAAA', date_of_birth: null, contact_email: 'k9:A.A.A' }),
  after: JSON.stringify({ name: CIPHER.encrypt('Ann'), date_of_birth: CIPHER.encrypt('1990-05-17') }),
  player_id: 'player-42',
}

let asked: readonly unknown[] = []
beforeAll(async () => {
  app = await startTestApp({
    database: fakeDatabase((_, values) => {
      asked = values
      return [row, profile]
    }),
  })
})
afterAll(() => app.close())

const get = (query: string, key = ADMIN_KEY): Promise<Response> =>
  fetch(`${app.url}/audit${query}`, { headers: { 'x-api-key': key } })

it('opens personal data, and says so where their key is no longer held', async () => {
  const answer: unknown = await (await get('')).json()
  expect(answer).toMatchObject({
    data: [
      {
        before: { contact_email: '[sealed with gone]', name: 'gone:AAAA.AAAA.AAAA', version: 1 },
        after: { contact_email: 'ops@partner.example', address: null },
        requested_at: '1970-01-01T00:00:00.000Z',
        version: 2,
      },
      {
        before: { name: '[sealed with gone]', date_of_birth: null, contact_email: 'k9:A.A.A' },
        after: { name: 'Ann', date_of_birth: '1990-05-17' },
        player_id: 'player-42',
      },
    ],
    next_cursor: null,
  })
})

it('asks for what the query names', async () => {
  const query = `?partner_id=${ID}&action=UPDATE_PARTNER&subject_id=${ID}&player_id=player-42&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&limit=7`
  expect((await get(query)).status).toBe(200)
  expect(asked).toEqual([
    ID,
    'UPDATE_PARTNER',
    ID,
    'player-42',
    new Date('2026-11-01'),
    new Date('2026-12-01'),
    8,
  ])
  expect((await get('?action=drop')).status).toBe(400)
  expect((await get('', READ_KEY)).status).toBe(403)
})
