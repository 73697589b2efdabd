import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayCall, parseNetwork } from './addresses.ts'
import { createCaller } from './caller.ts'

describe('a call', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:8.8.8.8'])(
    'may go to %s',
    (address) => expect(mayCall(address, [])).toBe(true),
  )

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'localhost',
    '',
  ])('may not go to %s', (address) => expect(mayCall(address, [])).toBe(false))

  it('may go where the configuration says', () => {
    const allowed = ['10.0.0.0/8', '::1', '192.168.1.1'].map(parseNetwork)
    expect(['10.9.9.9', '::1', '192.168.1.1', '::ffff:10.1.1.1'].map((to) => mayCall(to, allowed))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['11.0.0.1'].map((to) => mayCall(to, allowed))).toEqual([true])
    expect(['192.168.1.2', '127.0.0.1', '::2'].map((to) => mayCall(to, allowed))).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('the caller', () => {
  let called = 0
  let port = 0
  const server = createServer((_request, response) => {
    called++
    response.end()
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '::', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it.each([
    '127.0.0.1',
    // A name that resolves to the loopback: refused where the connection is made.
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '2130706433',
    '0x7f.1',
    '0',
  ])('does not reach the loopback as %s', async (host) => {
    const caller = createCaller({ allowed: [] })
    const result = await caller.call({ url: `http://${host}:${port}/`, headers: {}, body: '{}' })
    caller.close()
    expect(result).toEqual({ status: null, error: 'ADDRESS_REFUSED' })
    expect(called).toBe(0)
  })

  it('reaches it where that is allowed, by name too', async () => {
    const caller = createCaller({ allowed: ['127.0.0.0/8', '::1'].map(parseNetwork) })
    const call = (host: string) => caller.call({ url: `http://${host}:${port}/`, headers: {}, body: '{}' })
    expect([await call('localhost'), await call('127.0.0.1')]).toEqual([
      { status: 200, error: null },
      { status: 200, error: null },
    ])
    caller.close()
  })

  it('says that a name is unknown, or a port closed', async () => {
    const caller = createCaller({ allowed: [parseNetwork('127.0.0.0/8')] })
    const call = (url: string) => caller.call({ url, headers: {}, body: '{}' })
    expect((await call('http://no-such-host.invalid/')).status).toBeNull()
    expect(await call('http://127.0.0.1:1/')).toEqual({ status: null, error: 'ECONNREFUSED' })
    caller.close()
  })
})
