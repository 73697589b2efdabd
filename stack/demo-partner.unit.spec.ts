import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { introducePartner } from './demo-partner.ts'
import { StackError } from './errors.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that answers with these statuses, the last one ever after, and the environment that names it. */
async function answering(...statuses: number[]): Promise<Record<string, string>> {
  const last = statuses.at(-1) ?? 500
  server = createServer((_, response) =>
    response.writeHead(statuses.length > 1 ? (statuses.shift() ?? last) : last).end('{"code":"SOME_CODE"}'),
  )
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { STAKESTREAM_URL: `http://127.0.0.1:${port}`, STAKESTREAM_PARTNER_ID: 'p' }
}

test.each([201, 409])('given %i, then the partner is there', async (status) => {
  await introducePartner(await answering(status))
})

test('given an outcome that is not known, then it is asked for again', async () => {
  await introducePartner(await answering(503, 503, 409))
})

test('given another answer, then it is said', async () => {
  const env = await answering(503)
  await expect(introducePartner(env)).rejects.toThrow(StackError)
  await expect(introducePartner(env)).rejects.toThrow('HTTP 503): {"code":"SOME_CODE"}')
})
