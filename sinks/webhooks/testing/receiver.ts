/** A receiver of webhooks on the loopback, which answers as the test says and keeps what it was sent. */
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { ServerResponse } from 'node:http'
import { z } from 'zod'

const sent = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.looseObject({ id: z.string(), player_id: z.string() }),
})

/** A call as it came. */
export interface Received {
  /** The `webhook-id`. */
  id: string
  headers: Record<string, string>
  text: string
  playerId: string
  transactionId: string
}

export interface Receiver {
  url: string
  received: Received[]
  /** Most calls that were open at a time. */
  openMax(): number
  close(): Promise<void>
}

export type Answering = (call: Received, response: ServerResponse, nth: number) => void

export const answerOk: Answering = (_call, response) => void response.end('ok')

/** Success after a pause, in milliseconds. */
export const answerAfter =
  (pauseMs: (call: Received) => number): Answering =>
  (call, response) =>
    void sleep(pauseMs(call)).then(() => response.end())

export async function startReceiver(answer: Answering): Promise<Receiver> {
  const received: Received[] = []
  let open = 0
  let openMax = 0
  const server = createServer((request, response) => {
    openMax = Math.max(openMax, ++open)
    response.once('close', () => open--)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const { data } = sent.parse(JSON.parse(text))
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const id = headers['webhook-id'] ?? ''
      const call = { id, headers, text, playerId: data.player_id, transactionId: data.id }
      received.push(call)
      answer(call, response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    openMax: () => openMax,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
