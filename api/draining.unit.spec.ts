/** The end of the real server: what is under way, what comes late, and who has nothing to say. */
import { Agent, createServer, request } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { countUnderWay, drain } from './draining.ts'
import { listen } from './http-server.ts'
import { openConnection } from './testing/http.ts'

const NOTICE_MS = 400
const UNDER_WAY_MS = 2_000

let server: Server
let port: number
let underWay: () => number
/** Requests for /slow wait here for the test to answer them. */
let waiting: ServerResponse[]
const agent = new Agent({ keepAlive: true })

beforeEach(async () => {
  waiting = []
  server = createServer((incoming, response) => {
    if (incoming.url === '/slow') waiting.push(response)
    else response.end('answered')
  })
  underWay = countUnderWay(server)
  await listen(server, 0, '127.0.0.1')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterEach(() => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
})

interface Answered {
  text: string
  connection: string | undefined
  /** Whether an earlier request had opened the connection. */
  reused: boolean
}

const get = (path: string): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        resolve({ text, connection: response.headers.connection, reused: outgoing.reusedSocket }),
      )
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })

const slowRequest = async (): Promise<{ answer: Promise<Answered>; response: ServerResponse }> => {
  const answer = get('/slow')
  const response = await waitFor(() => waiting.at(-1))
  return { answer, response }
}

describe('a server that ends', () => {
  it('serves on while it gives notice, on kept and on new connections, and closes each after its answer', async () => {
    expect(await get('/')).toMatchObject({ connection: 'keep-alive', reused: false })
    const ended = drain(server, underWay, { noticeMs: NOTICE_MS, underWayMs: UNDER_WAY_MS })
    expect(await get('/')).toEqual({ text: 'answered', connection: 'close', reused: true })
    expect(await get('/')).toEqual({ text: 'answered', connection: 'close', reused: false })
    await ended
    await expect(get('/')).rejects.toThrow('ECONNREFUSED')
  })

  it('lets a request end that came before the notice or in it', async () => {
    const before = await slowRequest()
    const startMs = performance.now()
    const ended = drain(server, underWay, { noticeMs: NOTICE_MS, underWayMs: UNDER_WAY_MS })
    const within = get('/slow')
    await waitFor(() => waiting.length === 2)
    await waitFor(() => !server.listening)
    for (const response of waiting) response.end('late')
    expect([(await before.answer).text, (await within).text]).toEqual(['late', 'late'])
    await ended
    expect(performance.now() - startMs).toBeLessThan(NOTICE_MS + UNDER_WAY_MS)
  })

  it('does not wait for a connection that is idle, and cuts what never ends', async () => {
    const idle = openConnection(port)
    await expect.poll(() => idle.socket.readyState).toBe('open')
    const startMs = performance.now()
    await drain(server, underWay, { noticeMs: 0, underWayMs: UNDER_WAY_MS })
    expect(performance.now() - startMs).toBeLessThan(UNDER_WAY_MS)
    expect(await idle.ended).toBe('')

    await listen(server, port, '127.0.0.1')
    const hanging = await slowRequest()
    const [cut] = await Promise.allSettled([
      hanging.answer,
      drain(server, underWay, { noticeMs: 0, underWayMs: NOTICE_MS }),
    ])
    expect(cut).toMatchObject({ status: 'rejected', reason: { code: 'ECONNRESET' } })
  })
})
