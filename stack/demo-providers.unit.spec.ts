import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { putProviderBody } from '../api/schemas/game-providers.ts'
import { introduceProviders } from './demo-providers.ts'
import { StackError } from './errors.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that knows these providers and answers a PUT with this status; what was put, by its path. */
async function knowing(known: readonly string[], putStatus: number) {
  const put = new Map<string, unknown>()
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url = '' } = request
      if (method === 'GET') return response.writeHead(known.includes(url) ? 200 : 404).end('{}')
      put.set(url, JSON.parse(Buffer.concat(chunks).toString()))
      return response.writeHead(putStatus).end('{"code":"SOME_CODE"}')
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const env = {
    STAKESTREAM_URL: `http://127.0.0.1:${port}`,
    SANDBOX_URL: 'http://127.0.0.1:8095',
    SANDBOX_API_KEY: 'key-of-the-platform',
    SANDBOX_WEBHOOK_SECRET: 'secret-of-the-callbacks',
  }
  return { env, put }
}

test('given a new platform, then both are made, in bodies that its API takes', async () => {
  const { env, put } = await knowing([], 201)
  await introduceProviders(env)
  expect([...put.keys()]).toEqual(['/games/providers/ocasino', '/games/providers/sandbox-seamless'])
  for (const body of put.values()) expect(putProviderBody.safeParse(body).error).toBeUndefined()
})

test('given one that is there, then it stays as it is', async () => {
  const { env, put } = await knowing(['/games/providers/ocasino'], 201)
  await introduceProviders(env)
  expect([...put.keys()]).toEqual(['/games/providers/sandbox-seamless'])
})

test('given a refusal, then it is said', async () => {
  const { env } = await knowing([], 400)
  await expect(introduceProviders(env)).rejects.toThrow(StackError)
  await expect(introduceProviders(env)).rejects.toThrow('HTTP 400): {"code":"SOME_CODE"}')
})
