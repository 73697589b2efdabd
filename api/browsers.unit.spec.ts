/** What browsers are told: headers that harden, and whose pages may call. */
import { afterEach, expect, it } from 'vitest'
import { PARTNER_KEY, startTestApp } from './testing/app.ts'
import type { TestApp, TestAppOptions } from './testing/app.ts'

const CONSOLE = 'https://console.example'

let app: TestApp | undefined
afterEach(() => app?.close())

async function call(
  options: TestAppOptions,
  init: RequestInit,
  path = '/wallet/p?currency=USD',
): Promise<Response> {
  app = await startTestApp(options)
  return fetch(app.url + path, init)
}
const preflight = (origin: string): RequestInit => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
})

it('tells them to ask over TLS only, to show it in no frame, to guess no type and to keep nothing', async () => {
  const { headers } = await call({}, { headers: { 'x-api-key': PARTNER_KEY } })
  expect(Object.fromEntries(headers)).toMatchObject({
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
})

it('lets no page call as a rule', async () => {
  const answer = await call({}, preflight(CONSOLE))
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([405, null])
})

it('lets the pages of a configured origin call, and tells of errors too', async () => {
  const answer = await call({ corsOrigins: [CONSOLE] }, preflight(CONSOLE))
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-origin')).toBe(CONSOLE)
  expect(answer.headers.get('access-control-allow-headers')).toContain('X-API-Key')
  await app?.close()
  const refused = await call({ corsOrigins: [CONSOLE] }, { headers: { origin: CONSOLE } })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, CONSOLE])
})

it.each(['https://evil.example', 'https://console.example.evil.example', 'null'])(
  'tells the pages of %s nothing',
  async (origin) => {
    const answer = await call({ corsOrigins: [CONSOLE] }, preflight(origin))
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  },
)
