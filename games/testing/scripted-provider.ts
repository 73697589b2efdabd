/** A provider's server that answers as a test says, and remembers what it was asked. */
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface ScriptedProvider {
  readonly endpoint: string
  readonly asked: Asked[]
  /** How the next requests are answered. */
  answer: (response: ServerResponse, asked: Asked) => void
  close(): Promise<void>
}

export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
      asked.push(one)
      provider.answer(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const provider: ScriptedProvider = {
    endpoint: `http://127.0.0.1:${port}/base/`,
    asked,
    answer: (response) => void response.writeHead(500).end(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return provider
}

export const answerJson = (status: number, body: unknown) => (response: ServerResponse) =>
  void response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(typeof body === 'string' ? body : JSON.stringify(body))
