/** Two instances of the API: what the one is told, the other one knows within a second. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { newApiKeyAnswer, partnerAnswer } from './schemas/partners.ts'
import { asAdmin, bodyOf, newId, request } from './testing/live.ts'

const ROOT = resolve(import.meta.dirname, '..')
const EVERYWHERE_MS = 1_000
const START_MS = 60_000

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

let second: ChildProcess
let url: string

const statusAt = async (path: string, key = ''): Promise<number> =>
  (await fetch(url + path, { headers: { 'x-api-key': key } })).status

beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  second = spawn(process.execPath, ['--no-warnings', join(ROOT, 'api/main.ts')], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), LOG_LEVEL: 'fatal' },
    stdio: 'ignore',
  })
  const ready = async (): Promise<true | undefined> =>
    (await statusAt('/health/ready').catch(() => 0)) === 200 ? true : undefined
  await waitFor(ready, { timeoutMs: START_MS, what: 'the second instance' })
}, START_MS)
afterAll(async () => {
  const gone = once(second, 'exit')
  second.kill('SIGTERM')
  await gone
})

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
