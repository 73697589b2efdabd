/** What an attacker sends, byte by byte, against the real server; docs/security.md lists the attempts. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { PartnerDirectory } from './partners/directory.ts'
import { ADMIN_KEY, fakeGateway, PARTNER_ID, PARTNER_KEY, startTestApp } from './testing/app.ts'
import type { FakeGateway, TestApp, TestAppOptions } from './testing/app.ts'
import { call, openConnection, problemOf } from './testing/http.ts'
import { partnerOf } from './testing/partners.ts'

let app: TestApp | undefined
let gateway: FakeGateway
afterEach(() => app?.close())

async function start(options: TestAppOptions = {}): Promise<TestApp> {
  gateway = fakeGateway()
  app = await startTestApp({ gateway, ...options })
  return app
}

const JSON_HEADERS = { 'x-api-key': PARTNER_KEY, 'content-type': 'application/json' }
const BET = '{"amount":"1","currency":"USD","game_id":"g","round_id":"r"}'

const head = (line: string, headers: Record<string, string> = {}): string =>
  [
    line,
    ...Object.entries({ Host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n')
const CLOSE = { Connection: 'close' }

describe('a request that two readers read differently', () => {
  const smuggled = head('GET /metrics HTTP/1.1')
  const bet = 'POST /wallet/p/bet HTTP/1.1'
  const key = { 'X-API-Key': PARTNER_KEY, 'Content-Type': 'application/json' }

  it.each([
    ['a length and chunks', { 'Content-Length': '4', 'Transfer-Encoding': 'chunked' }],
    ['chunks twice', { 'Transfer-Encoding': 'chunked, chunked' }],
    ['chunks that are not last', { 'Transfer-Encoding': 'chunked, identity' }],
    ['chunks spelled otherwise', { 'Transfer-Encoding': 'xchunked' }],
    ['chunks behind a control character', { 'Transfer-Encoding': '\u000bchunked' }],
    ['a length with a sign', { 'Content-Length': '+4' }],
    ['a length in hexadecimal', { 'Content-Length': '0x4' }],
    ['a length that is a list', { 'Content-Length': '4, 4' }],
    ['a blank before the colon', { 'Content-Length ': '4' }],
  ])('is refused whole, and its connection closed: %s', async (_, headers) => {
    const { port } = await start()
    const bytes = `${head(bet, { ...key, ...headers })}0\r\n\r\n${smuggled}`
    const text = await openConnection(port, bytes).ended
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(gateway.submitted).toEqual([])
  })

  it.each([
    ['a line feed alone', 'GET /health/live HTTP/1.1\nHost: x\n\n'],
    ['a folded header', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n'],
    ['a NUL in a header', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\u0000b\r\n\r\n'],
    ['a carriage return in a header', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\rX-B: b\r\n\r\n'],
  ])('is refused for its head: %s', async (_, bytes) => {
    const { port } = await start({ bounds: { headersTimeoutMs: 300, connectionsCheckMs: 50 } })
    const text = await openConnection(port, bytes).ended
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text).not.toContain('"live"')
  })
})

it('behind a bet takes its answer from nobody: what is no request cuts the connection, and says nothing in its place', async () => {
  const { port } = await start()
  const bet = head('POST /wallet/p/bet HTTP/1.1', {
    'X-API-Key': PARTNER_KEY,
    'Content-Type': 'application/json',
    'Content-Length': String(BET.length),
  })
  const text = await openConnection(port, `${bet}${BET}junk\r\n\r\n`).ended
  expect(text).not.toContain('VALIDATION_FAILED')
})

describe('line breaks in what comes back', () => {
  it.each(['/health/live%0d%0aSet-Cookie:%20a=b', '/transactions?wait_ms=1%0d%0aSet-Cookie:%20a=b'])(
    'make no header: %s',
    async (path) => {
      const { port } = await start()
      const answer = await call({ port, method: 'GET', path, headers: JSON_HEADERS })
      expect([400, 404]).toContain(answer.status)
      expect(answer.headers['set-cookie']).toBeUndefined()
    },
  )

  it('make no lines in the log, whatever a caller says', async () => {
    const lines: string[] = []
    const logger = pino(
      { level: 'trace' },
      new Writable({
        write: (chunk: Buffer, _, done) => {
          lines.push(chunk.toString())
          done()
        },
      }),
    )
    const { port } = await start({ logger })
    const forged = '%0a{"level":"fatal","msg":"forged"}%1b[31m'
    const headers = { ...JSON_HEADERS, 'x-request-id': '1","level":"fatal' }
    await call({ port, method: 'GET', path: `/wallet/${forged}?currency=USD`, headers })
    await call({ port, path: `/wallet/${forged}/bet`, headers, body: BET })
    expect(lines.length).toBe(2)
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ msg: 'request', status: 400 })
      for (const part of ['\n', '\u001b', 'forged']) expect(line.trimEnd()).not.toContain(part)
    }
  })
})

describe('methods', () => {
  it.each(['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method'])(
    'are not changed by %s',
    async (name) => {
      const { port } = await start()
      const headers = { ...JSON_HEADERS, [name]: 'POST' }
      const answer = await call({ port, method: 'PUT', path: '/wallet/p/bet', headers, body: BET })
      expect([answer.status, gateway.submitted]).toEqual([405, []])
    },
  )

  it('are not changed by a form’s _method', async () => {
    const { port } = await start()
    const answer = await call({
      port,
      path: '/wallet/p/bet?_method=DELETE',
      headers: JSON_HEADERS,
      body: BET,
    })
    expect([answer.status, gateway.submitted]).toEqual([400, []])
  })

  it.each(['TRACE', 'OPTIONS', 'PROPFIND', 'SEARCH'])('%s opens and echoes nothing', async (method) => {
    const { port } = await start()
    const answer = await call({ port, method, path: '/wallet/p/bet', headers: JSON_HEADERS })
    expect(answer.status).toBe(405)
    expect(answer.text).not.toContain(PARTNER_KEY)
  })

  it('HEAD says no more than GET, and needs the same key', async () => {
    const { port } = await start()
    const answer = await call({ port, method: 'HEAD', path: '/transactions' })
    expect([answer.status, answer.text]).toEqual([401, ''])
  })

  it.each([
    ['a tunnel', head('CONNECT 169.254.169.254:80 HTTP/1.1', CLOSE)],
    ['another server', head('GET http://169.254.169.254/latest/meta-data HTTP/1.1', CLOSE)],
  ])('reach no %s through the API', async (_, bytes) => {
    const { port } = await start()
    expect(await openConnection(port, bytes).ended).not.toMatch(/^HTTP\/1\.1 2/)
  })

  it('of HTTP/2 and WebSockets are not spoken', async () => {
    const { port } = await start()
    expect(await openConnection(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').ended).toMatch(/^HTTP\/1\.1 400 /)
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'a',
      'Sec-WebSocket-Version': '13',
    }
    const answer = await call({ port, method: 'GET', path: '/health/live', headers: upgrade })
    expect(answer.status).toBe(200)
  })
})

describe('bodies', () => {
  it.each(['gzip', 'deflate', 'br', 'zstd', 'identity, gzip'])('are not unpacked: %s', async (encoding) => {
    const { port } = await start()
    const headers = { ...JSON_HEADERS, 'content-encoding': encoding }
    const answer = await call({ port, path: '/wallet/p/bet', headers, body: Buffer.alloc(1_000) })
    expect([answer.status, problemOf(answer).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
  })

  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    `{"metadata":{"__proto__":{"isAdmin":true}},${BET.slice(1)}`,
    `{"metadata":{"a":{"\\u005f_proto__":{"isAdmin":true}}},${BET.slice(1)}`,
  ])('change no prototype: %s', async (body) => {
    const { port } = await start()
    const answer = await call({ port, path: '/wallet/p/bet', headers: JSON_HEADERS, body })
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'MALFORMED_JSON'])
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
  })

  it.each(['__proto__=1', 'constructor=1', '__proto__[isAdmin]=1'])('nor does a query: %s', async (query) => {
    const { port } = await start()
    const answer = await call({ port, method: 'GET', path: `/transactions?${query}`, headers: JSON_HEADERS })
    expect(answer.status).toBe(400)
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
  })

  it('are not asked for where they are announced too large', async () => {
    const { port } = await start()
    const headers = {
      'X-API-Key': PARTNER_KEY,
      'Content-Type': 'application/json',
      'Content-Length': '99999999',
    }
    const text = await openConnection(port, head('POST /wallet/p/bet HTTP/1.1', headers)).ended
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('times that no record holds', () => {
  it.each([
    ['/partners', { name: 'a', type: 'operator', commission_effective_from: '0139-06-02T03:45:51Z' }],
    ['/partners', { name: 'a', type: 'operator', commission_effective_from: '9999-12-31T23:59:59-01:00' }],
    [
      `/partners/${PARTNER_ID}/api-keys`,
      { scopes: ['wallet:read'], expires_at: '9999-12-31T23:59:59-01:00' },
    ],
  ])('are refused, and not left to the log: %s %j', async (path, body) => {
    const { port } = await start()
    const headers = { ...JSON_HEADERS, 'x-api-key': ADMIN_KEY }
    const answer = await call({ port, path, headers, body: JSON.stringify(body) })
    expect([answer.status, problemOf(answer).errors?.[0]?.code]).toEqual([400, 'INVALID_TIME'])
  })
})

describe('paths', () => {
  it.each([
    '/docs/../../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/....//package.json',
    '/docs/..\\..\\package.json',
    '/docs/swagger-ui.css%00.js',
    '/docs/package.json',
    '/docs//etc/passwd',
    '/docs/swagger-ui-bundle.js/../../../../package.json',
  ])('lead to no file that is not the page’s: %s', async (path) => {
    const { port } = await start()
    const answer = await call({ port, method: 'GET', path })
    expect([400, 404]).toContain(answer.status)
    expect(answer.text).not.toContain('swagger-ui-dist')
  })
})

describe('X-Forwarded-For', () => {
  const onlyFrom = (network: string): PartnerDirectory => {
    const directory = new PartnerDirectory()
    const { settings, ...partner } = partnerOf({ partner_id: PARTNER_ID })
    directory.applyPartner({ ...partner, settings: { ...settings, allowed_ips: [network] } })
    return directory
  }
  const betFrom = async (options: TestAppOptions, forwarded: string): Promise<number> => {
    const { port } = await start({ directory: onlyFrom('203.0.113.0/24'), ...options })
    const headers = {
      ...JSON_HEADERS,
      'x-forwarded-for': forwarded,
      'x-real-ip': forwarded,
      forwarded: `for=${forwarded}`,
    }
    return (await call({ port, path: '/wallet/p/bet', headers, body: BET })).status
  }

  it('of a stranger opens no allow list', async () => {
    expect(await betFrom({}, '203.0.113.7')).toBe(403)
  })
  it('that a caller put before what the proxy says doesn’t either', async () => {
    expect(await betFrom({ trustedProxies: ['127.0.0.1'] }, '203.0.113.7, 198.51.100.9')).toBe(403)
  })
  it('of a trusted proxy counts', async () => {
    expect(await betFrom({ trustedProxies: ['127.0.0.1'] }, '203.0.113.7')).toBe(200)
  })
})

describe('answers', () => {
  it.each([
    ['money', '/transactions', JSON_HEADERS],
    ['a refusal', '/transactions', {}],
    ['what is not there', '/nothing', {}],
    ['a balance', '/wallet/p?currency=USD', JSON_HEADERS],
  ])('are kept by nobody and guessed at by nobody: %s', async (_, path, headers) => {
    const { port } = await start()
    const answer = await call({ port, method: 'GET', path, headers })
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    for (const name of ['server', 'x-powered-by', 'set-cookie']) expect(answer.headers[name]).toBeUndefined()
  })

  it('to what is not HTTP are kept by nobody either', async () => {
    const { port } = await start()
    const text = await openConnection(port, 'hello\r\n\r\n').ended
    expect(text).toMatch(/\r\nCache-Control: no-store\r\n/)
    expect(text).toMatch(/\r\nX-Content-Type-Options: nosniff\r\n/)
  })

  it('of the documentation run only what the page brings', async () => {
    const { port } = await start()
    const { headers } = await call({ port, method: 'GET', path: '/docs' })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /)
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe|\*/)
  })

  it('to a fault of ours say nothing of where it is', async () => {
    const { port } = await start({
      database: {
        query: () => Promise.reject(new Error('secret place')),
        state: () => 'up',
        close: () => Promise.resolve(),
      },
    })
    const answer = await call({ port, method: 'GET', path: '/transactions', headers: JSON_HEADERS })
    expect([answer.status, problemOf(answer).code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(answer.text).not.toMatch(/secret place|\.ts|at /)
  })
})
