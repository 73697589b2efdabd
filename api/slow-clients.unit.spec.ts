/** Clients that are slow, silent or too many, against the real server with times that a test can wait for. */
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import type { ServerBounds } from './http-server.ts'
import { fakeGateway, PARTNER_KEY, startTestApp } from './testing/app.ts'
import type { FakeGateway, TestApp } from './testing/app.ts'
import { call, openConnection, rawExchange } from './testing/http.ts'

const QUICK: Partial<ServerBounds> = {
  headersTimeoutMs: 200,
  requestTimeoutMs: 400,
  keepAliveTimeoutMs: 100,
  silenceTimeoutMs: 1_000,
  connectionsCheckMs: 50,
}

let app: TestApp | undefined
let gateway: FakeGateway
afterEach(() => app?.close())

async function start(
  bounds: Partial<ServerBounds>,
  trustedProxies: readonly string[] = [],
): Promise<TestApp> {
  gateway = fakeGateway()
  app = await startTestApp({ gateway, bounds: { ...QUICK, ...bounds }, trustedProxies })
  return app
}

const connectionsOf = ({ server }: TestApp): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )

const LIVE = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a client that is slow', () => {
  it.each([
    ['says nothing', ''],
    ['begins a request', 'POST /wallet/p/bet HTTP/1.1\r\n'],
    ['never ends its headers', 'POST /wallet/p/bet HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n'],
  ])('with its headers is cut: it %s', async (_, bytes) => {
    const { port } = await start({})
    const answer = await openConnection(port, bytes).ended
    // Who has said nothing at all is owed no answer.
    if (bytes !== '') expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"REQUEST_TIMEOUT"/)
    expect(gateway.submitted).toEqual([])
  })

  it('with its headers is cut however often it sends another byte', async () => {
    const { port } = await start({ silenceTimeoutMs: 10_000 })
    const { socket, ended } = openConnection(port, 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ')
    const drip = setInterval(() => socket.write('a'), 20)
    expect(await ended.finally(() => clearInterval(drip))).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('with its body gets 408 and has changed nothing', async () => {
    const { port } = await start({})
    const head =
      `POST /wallet/p/bet HTTP/1.1\r\nHost: x\r\nX-API-Key: ${PARTNER_KEY}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"amount":'
    expect(await openConnection(port, head).ended).toMatch(/^HTTP\/1\.1 408 [^]*"code":"REQUEST_TIMEOUT"/)
    expect(gateway.submitted).toEqual([])
  })

  it('to send another request loses its connection, not its answer', async () => {
    const { port } = await start({})
    expect(await openConnection(port, LIVE).ended).toMatch(/^HTTP\/1\.1 200 [^]*"status":"live"/)
  })

  it('to read is cut', async () => {
    const started = await start({ silenceTimeoutMs: 300 })
    // More than the kernel's buffers hold, and nobody reads it.
    const { socket } = openConnection(started.port)
    socket.pause()
    const bundle = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(bundle.repeat(20))
    await waitFor(async () => ((await connectionsOf(started)) === 1 ? true : undefined))
    await waitFor(async () => ((await connectionsOf(started)) === 0 ? true : undefined))
    socket.destroy()
  })
})

describe('connections', () => {
  it('of one address are bounded, and a place is free again when one ends', async () => {
    const { port } = await start({
      connectionsPerAddressMax: 2,
      headersTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
    })
    const held = [openConnection(port, 'GET '), openConnection(port, 'GET ')]
    await waitFor(async () => (app !== undefined && (await connectionsOf(app)) === 2 ? true : undefined))
    expect(await openConnection(port, LIVE).ended).toBe('')
    held[0]?.socket.destroy()
    await waitFor(async () => (app !== undefined && (await connectionsOf(app)) === 1 ? true : undefined))
    expect(await rawExchange(port, LIVE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toContain(
      'live',
    )
    held[1]?.socket.destroy()
    const metrics = await call({ port, method: 'GET', path: '/metrics' })
    expect(metrics.text).toContain('stakestream_http_refused_connections_total{reason="address"} 1')
  })

  it('of a trusted proxy are many callers’, and not counted by address', async () => {
    const { port } = await start({ connectionsPerAddressMax: 1 }, ['127.0.0.1'])
    const held = openConnection(port, 'GET ')
    expect((await call({ port, method: 'GET', path: '/health/live' })).status).toBe(200)
    held.socket.destroy()
  })

  it('are bounded in all', async () => {
    const { port } = await start({ connectionsMax: 1, headersTimeoutMs: 5_000, requestTimeoutMs: 5_000 })
    const held = openConnection(port, 'GET ')
    await waitFor(async () => (app !== undefined && (await connectionsOf(app)) === 1 ? true : undefined))
    expect(await openConnection(port, LIVE).ended).toBe('')
    held.socket.destroy()
  })
})
