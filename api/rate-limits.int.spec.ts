/** Rate limits on the real Redis: the window slides, instances count together, and calls go on without it. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { required } from '../tests/support/environment.ts'
import { createTcpProxy } from '../tests/support/tcp-proxy.ts'
import { waitFor } from '../tests/support/wait.ts'
import { openRedisWindows } from './access/redis-windows.ts'
import type { RedisWindows } from './access/redis-windows.ts'
import { newApiKeyAnswer, partnerAnswer } from './schemas/partners.ts'
import { asAdmin, bodyOf, codeOf, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

const logger = pino({ level: 'silent' })
const opened: RedisWindows[] = []
const open = (url = required('REDIS_URL')): RedisWindows => {
  const windows = openRedisWindows(url, logger)
  opened.push(windows)
  return windows
}
afterAll(() => {
  for (const windows of opened) windows.close()
})

describe('windows', () => {
  it('count the calls of all instances together, to the last one, and none that was refused', async () => {
    const [one, other] = [open(), open()]
    const key = randomUUID()
    await waitFor(async () => (await one.count(randomUUID(), 1)) && (await other.count(randomUUID(), 1)))
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : other).count(key, 12)),
    )
    const left = counts.map((window) => window?.remaining ?? -1).toSorted((a, b) => b - a)
    expect(left).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    const refused = await one.count(key, 12)
    expect(refused?.remaining).toBe(0)
    const waitMs = (refused?.resetMs ?? 0) - Date.now()
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(61_000)
    expect((await other.count(key, 13))?.remaining).toBe(1)
  })

  it('say so while Redis is away, and count again when it is back', async () => {
    const { hostname, port } = new URL(required('REDIS_URL'))
    const proxy = await createTcpProxy(hostname, Number(port))
    const windows = open(`redis://127.0.0.1:${proxy.port}`)
    await waitFor(() => windows.count(randomUUID(), 1))
    await proxy.close()
    for (let call = 0; call < 3; call++) expect(await windows.count(randomUUID(), 1)).toBeUndefined()
    await proxy.open()
    await waitFor(() => windows.count(randomUUID(), 1))
    windows.close()
    await proxy.close()
  })
})

describe('a partner with a limit', () => {
  it('is told what is left, then to wait; another partner is not held by it', async () => {
    const fields = { name: newId('Casino'), type: 'operator', rate_limits: { wallet: 3 } }
    const { id } = bodyOf(partnerAnswer, await request('POST', '/partners', fields, asAdmin))
    const scopes = ['wallet:read', 'wallet:write']
    const issued = await request('POST', `/partners/${id}/api-keys`, { scopes }, asAdmin)
    const { key } = bodyOf(newApiKeyAnswer, issued)
    const deposit = (): Promise<Answer> =>
      request(
        'POST',
        '/wallet/limited/deposit',
        { amount: 1, currency: 'USD', transaction_id_partner: newId('dep') },
        { 'x-api-key': key },
      )
    for (const left of [2, 1, 0]) {
      const answer = await deposit()
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([
        200,
        expect.stringMatching(new RegExp(`^"wallet";r=${left};t=\\d+$`)),
      ])
    }
    const refused = await deposit()
    expect([refused.status, codeOf(refused)]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const read = await request('GET', '/wallet/limited?currency=USD', undefined, { 'x-api-key': key })
    expect([read.status, read.headers.get('ratelimit')]).toEqual([200, null])
    const others = { amount: 1, currency: 'USD', transaction_id_partner: newId('dep') }
    expect((await request('POST', '/wallet/limited/deposit', others)).status).toBe(200)
  })
})
