/** Two instances of the API: what the one is told, the other one knows within a second. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { newApiKeyAnswer, partnerAnswer } from './schemas/partners.ts'
import { START_MS, startInstance } from './testing/instance.ts'
import type { ApiInstance } from './testing/instance.ts'
import { asAdmin, bodyOf, newId, request } from './testing/live.ts'

const EVERYWHERE_MS = 1_000

let second: ApiInstance

const statusAt = async (path: string, key = ''): Promise<number> =>
  (await fetch(second.url + path, { headers: { 'x-api-key': key } })).status

beforeAll(async () => {
  second = await startInstance()
}, START_MS)
afterAll(() => second.stop())

/** How long it takes until a key is answered with this status at the second instance, in milliseconds. */
async function msUntil(status: number, key: string): Promise<number> {
  const startedMs = performance.now()
  const path = `/wallet/${newId('nobody')}?currency=USD`
  const answered = async (): Promise<true | undefined> =>
    (await statusAt(path, key)) === status ? true : undefined
  await waitFor(answered, { timeoutMs: 10_000, what: `${status} at the second instance` })
  return performance.now() - startedMs
}

it('a key that the first instance issued works at the second, and stops there when it is deactivated', async () => {
  const fields = { name: newId('Casino'), type: 'operator' }
  const { id } = bodyOf(partnerAnswer, await request('POST', '/partners', fields, asAdmin))
  for (let round = 0; round < 3; round++) {
    const body = { scopes: ['wallet:read'] }
    const answer = await request('POST', `/partners/${id}/api-keys`, body, asAdmin)
    const key = bodyOf(newApiKeyAnswer, answer)
    expect(await msUntil(404, key.key)).toBeLessThan(EVERYWHERE_MS)
    const path = `/partners/${id}/api-keys/${key.id}`
    expect((await request('DELETE', path, undefined, asAdmin)).status).toBe(204)
    expect(await msUntil(401, key.key)).toBeLessThan(EVERYWHERE_MS)
  }
})
