/** Whatever is malformed gets its 4xx with a code and a line of help, and never reaches the gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BATCH_COMMANDS_MAX, COMMAND_BODY_BYTES_MAX, HEADER_BYTES_MAX, JSON_DEPTH_MAX } from './limits.ts'
import { PARTNER_KEY, READ_KEY, fakeGateway, startTestApp } from './testing/app.ts'
import type { TestApp } from './testing/app.ts'
import { call, problemOf, rawExchange } from './testing/http.ts'
import type { HttpCall } from './testing/http.ts'

const gateway = fakeGateway()
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ gateway })
})
afterAll(() => app.close())

const HEADERS = { 'x-api-key': PARTNER_KEY, 'content-type': 'application/json' }
const post = (
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<HttpAnswerOf> => call({ port: app.port, path, body, headers: { ...HEADERS, ...headers } })
type HttpAnswerOf = Awaited<ReturnType<typeof call>>

const bet = (amount: string, rest = ''): string =>
  `{"amount":${amount},"currency":"USD","game_id":"g","round_id":"r"${rest}}`

/** The answer is a problem with this status and code, and nothing was submitted. */
function expectRefused(answer: HttpAnswerOf, status: number, code: string, path?: string): void {
  const problem = problemOf(answer)
  expect([answer.status, problem.status, problem.code]).toEqual([status, status, code])
  if (path !== undefined) expect(problem.errors?.map((error) => error.path)).toContain(path)
  expect(problem.request_id).toBe(answer.headers['x-request-id'])
  expect(gateway.submitted).toEqual([])
}

describe('amounts', () => {
  it.each([
    ['exponent', '1e2'],
    ['exponent with sign', '1E+2'],
    ['exponent as text', '"1e2"'],
    ['negative', '-1'],
    ['negative zero', '-0'],
    ['negative zero with decimals', '-0.0'],
    ['zero', '0'],
    ['zero as text', '"0.0000"'],
    ['five decimals', '1.00001'],
    ['five decimals, all zero', '1.00000'],
    ['beyond NUMERIC(19,4)', '1000000000000000'],
    ['a huge integer', '9'.repeat(400)],
    ['a huge fraction', `0.${'3'.repeat(400)}`],
    ['plus sign', '"+1"'],
    ['blank', '" 1"'],
    ['empty text', '""'],
    ['comma', '"1,5"'],
    ['no leading digit', '".5"'],
    ['trailing dot', '"1."'],
    ['hexadecimal', '"0x10"'],
    ['full-width digits', '"\uff11"'],
    ['NaN as text', '"NaN"'],
    ['Infinity as text', '"Infinity"'],
    ['null', 'null'],
    ['boolean', 'true'],
    ['array', '[1]'],
    ['object', '{"value":"1"}'],
  ])('refuses %s', async (_name, amount) => {
    expectRefused(await post('/wallet/p/bet', bet(amount)), 400, 'INVALID_AMOUNT', 'amount')
  })
  it('says that it is missing', async () => {
    const answer = await post('/wallet/p/deposit', '{"currency":"USD","transaction_id_partner":"d"}')
    expectRefused(answer, 400, 'VALIDATION_FAILED', 'amount')
  })
})

describe('JSON', () => {
  const deep = (levels: number): string => `{"m":${'['.repeat(levels)}${']'.repeat(levels)}}`
  it.each([
    ['nothing', ''],
    ['no JSON', 'amount=1'],
    ['cut short', '{"amount":1'],
    ['more than one value', `${bet('1')}{}`],
    ['a comment', `/**/${bet('1')}`],
    ['a trailing comma', '{"amount":1,}'],
    ['single quotes', "{'amount':1}"],
    ['NaN', bet('NaN')],
    ['a leading zero', bet('01')],
    ['a byte order mark', `\ufeff${bet('1')}`],
    ['a repeated key', bet('1', ',"amount":2')],
    ['a repeated key of equal value', bet('1', ',"currency":"USD"')],
    ['a repeated key spelled with an escape', bet('1', ',"am\\u006funt":1')],
    ['a repeated key in metadata', bet('1', ',"metadata":{"a":{"b":1,"b":1}}')],
    ['__proto__', bet('1', ',"metadata":{"__proto__":{"x":1}}')],
    ['constructor', bet('1', ',"metadata":{"constructor":{"prototype":1}}')],
    ['U+0000 in a text', bet('1', ',"metadata":{"a":"\\u0000"}')],
    ['U+0000 in a key', bet('1', ',"metadata":{"\\u0000":1}')],
    ['a lone surrogate', bet('1', ',"metadata":{"a":"\\ud800"}')],
    ['a control character', bet('1', ',"metadata":{"a":"\n"}')],
    ['too deep', deep(JSON_DEPTH_MAX)],
    ['far too deep', deep(7_000)],
  ])('refuses %s', async (_name, body) => {
    expectRefused(await post('/wallet/p/bet', body), 400, 'MALFORMED_JSON')
  })
  it('refuses bytes that are not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"game_id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    expectRefused(await post('/wallet/p/bet', body), 400, 'MALFORMED_JSON')
  })
  it.each(['null', '[]', '"text"', '5', 'true'])('refuses %s, which is no object', async (body) => {
    expectRefused(await post('/wallet/p/bet', body), 400, 'VALIDATION_FAILED', '')
  })
})

describe('fields', () => {
  const bad = (rest: string): string => bet('1', rest)
  it.each([
    ['an unknown field', bad(',"amuont":1'), 'amuont'],
    ['a field of another command', bad(',"direction":"CREDIT"'), 'direction'],
    ['lower-case currency', bet('1').replace('USD', 'usd'), 'currency'],
    ['unknown currency', bet('1').replace('USD', 'XXX'), 'currency'],
    ['a number as id', bet('1').replace('"g"', '5'), 'game_id'],
    ['an empty id', bet('1').replace('"g"', '""'), 'game_id'],
    ['a blank in an id', bet('1').replace('"g"', '"a b"'), 'game_id'],
    ['a control character in an id', bet('1').replace('"g"', '"a\\u0007"'), 'game_id'],
    ['a zero-width character in an id', bet('1').replace('"g"', '"a\\u200b"'), 'game_id'],
    ['too long an id', bet('1').replace('"g"', `"${'g'.repeat(101)}"`), 'game_id'],
    [
      'too long a transaction id',
      bad(`,"transaction_id_partner":"${'t'.repeat(256)}"`),
      'transaction_id_partner',
    ],
    ['null for an id', bad(',"transaction_id_partner":null'), 'transaction_id_partner'],
    ['no address', bad(',"ip_address":"1.2.3"'), 'ip_address'],
    ['an address with a zone', bad(',"ip_address":"fe80::1%eth0"'), 'ip_address'],
    ['a long country', bad(',"country":"Malta"'), 'country'],
    ['too long a user agent', bad(`,"user_agent":"${'u'.repeat(513)}"`), 'user_agent'],
    ['a line break in a user agent', bad(',"user_agent":"a\\r\\nb"'), 'user_agent'],
    ['metadata that is a list', bad(',"metadata":[]'), 'metadata'],
    ['metadata that is a number', bad(',"metadata":1'), 'metadata'],
    ['metadata that is too large', bad(`,"metadata":{"a":"${'x'.repeat(4_096)}"}`), 'metadata'],
    ['metadata with a number beyond doubles', bad(',"metadata":{"a":1e999}'), 'metadata'],
    ['metadata with a number of too many digits', bad(`,"metadata":{"a":${'1'.repeat(41)}}`), 'metadata'],
    ['an escaped NUL that is escaped in metadata', bad(',"metadata":{"a":"\\\\u0000"}'), 'metadata'],
    ['a date without time', bad(',"created_at":"2026-01-01"'), 'created_at'],
    ['a time without offset', bad(',"created_at":"2026-01-01T00:00:00"'), 'created_at'],
    ['30 February', bad(',"created_at":"2026-02-30T00:00:00Z"'), 'created_at'],
    ['a time in the future', bad(',"created_at":"2999-01-01T00:00:00Z"'), 'created_at'],
    ['a time before 2000', bad(',"created_at":"1999-12-31T23:59:59Z"'), 'created_at'],
    ['epoch milliseconds', bad(',"created_at":1700000000000'), 'created_at'],
  ])('refuses %s', async (_name, body, path) => {
    expectRefused(await post('/wallet/p/bet', body), 400, 'VALIDATION_FAILED', path)
  })

  it.each([
    ['deposit', '{"amount":1,"currency":"USD"}', 'transaction_id_partner'],
    ['withdrawal', '{"amount":1,"currency":"USD"}', 'transaction_id_partner'],
    ['bet', '{"amount":1,"currency":"USD","game_id":"g"}', 'round_id'],
    ['win', '{"amount":1,"currency":"USD"}', 'game_id'],
    ['win', '{"amount":0,"currency":"USD","win_type":"BONUS"}', 'round_id'],
    [
      'win',
      '{"amount":0,"currency":"USD","game_id":"g","round_id":"r","round_closed":false}',
      'round_closed',
    ],
    ['win', '{"amount":1,"currency":"USD","game_id":"g","round_id":"r","win_type":"HUGE"}', 'win_type'],
    ['rollback', '{"currency":"USD"}', 'reference_transaction_id_partner'],
    ['rollback', '{"amount":1,"currency":"USD","reference_transaction_id_partner":"t"}', 'amount'],
    ['adjustment', '{"amount":1,"currency":"USD","reason":"x"}', 'direction'],
    ['adjustment', '{"amount":1,"currency":"USD","direction":"CREDIT"}', 'reason'],
  ])('refuses a %s of %s', async (segment, body, path) => {
    expectRefused(await post(`/wallet/p/${segment}`, body), 400, 'VALIDATION_FAILED', path)
  })

  it('names every fault at once', async () => {
    const problem = problemOf(await post('/wallet/p/bet', '{"amount":"x","currency":"y","z":1}'))
    expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual([
      'amount',
      'currency',
      'game_id',
      'round_id',
      'z',
    ])
  })
})

describe('paths and queries', () => {
  it.each([
    ['a blank in the player id', '/wallet/a%20b/bet', 'path.player_id'],
    ['a slash in the player id', '/wallet/a%2Fb/bet', 'path.player_id'],
    ['NUL in the player id', '/wallet/a%00b/bet', 'path.player_id'],
    ['too long a player id', `/wallet/${'p'.repeat(256)}/bet`, 'path.player_id'],
    ['an invalid percent-encoding', '/wallet/%E0%A4%A/bet', 'path'],
    ['an encoding that is not UTF-8', '/wallet/%FF/bet', 'path'],
    ['an unknown query parameter', '/wallet/p/bet?dry_run=1', 'query.dry_run'],
    ['an invalid percent-encoding in the query', '/wallet/p/bet?a=%', 'query.a'],
    ['a withdrawal id that is no UUID', '/withdrawals/1/approve', 'path.id'],
    ['a withdrawal id in capitals', '/withdrawals/019A1F0C-5F3E-7C4E-9C3C-2F6F0E6F9B11/approve', 'path.id'],
  ])('refuses %s', async (_name, path, at) => {
    expectRefused(await post(path, bet('1')), 400, 'VALIDATION_FAILED', at)
  })

  it.each([
    ['no currency', '/wallet/p', 'query.currency'],
    ['a version that is no number', '/wallet/p?currency=USD&min_version=x', 'query.min_version'],
    ['version 0', '/wallet/p?currency=USD&min_version=0', 'query.min_version'],
    ['a repeated parameter', '/wallet/p?currency=USD&currency=EUR', 'query.currency'],
    [
      'a moment and a version',
      '/wallet/p?currency=USD&min_version=1&at=2026-01-01T00:00:00Z',
      'query.min_version',
    ],
    ['a limit of 0', '/wallet/p/transactions?limit=0', 'query.limit'],
    ['a limit that is too large', '/wallet/p/transactions?limit=501', 'query.limit'],
    ['a cursor of someone else', '/wallet/p/transactions?cursor=abc', 'query.cursor'],
    ['an unknown type', '/wallet/p/transactions?type=BETS', 'query.type'],
    ['a wait that is too long', '/transactions?wait_ms=10001', 'query.wait_ms'],
    ['an unknown filter', '/transactions?amount=1', 'query.amount'],
    ['an id that is no UUID', '/transactions/1', 'path.id'],
  ])('refuses a read with %s', async (_name, path, at) => {
    const answer = await call({ port: app.port, method: 'GET', path, headers: HEADERS })
    expectRefused(answer, 400, 'VALIDATION_FAILED', at)
  })
})

describe('headers and methods', () => {
  const send = (change: Partial<HttpCall>): Promise<HttpAnswerOf> =>
    call({ port: app.port, path: '/wallet/p/bet', headers: HEADERS, body: bet('1'), ...change })

  it.each([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['an unknown key', { 'x-api-key': 'sk_live_nobody_has_this_key' }],
    ['a key that is too long', { 'x-api-key': 'k'.repeat(5_000) }],
    ['a key in another header', { authorization: `Bearer ${PARTNER_KEY}` }],
  ])('answers 401 to %s', async (_name, headers) => {
    const answer = await send({ headers: { 'content-type': 'application/json', ...headers } })
    expectRefused(answer, 401, 'UNAUTHENTICATED')
    expect(answer.headers['www-authenticate']).toBeDefined()
  })
  it('answers 403 to a key without the scope', async () => {
    expectRefused(await send({ headers: { ...HEADERS, 'x-api-key': READ_KEY } }), 403, 'FORBIDDEN')
  })
  it('answers 403 to a back-dated command without its scope', async () => {
    const body = bet('1', ',"created_at":"2026-01-01T00:00:00Z"')
    expectRefused(await send({ body }), 403, 'FORBIDDEN')
  })
  it('answers 403 to a freeze by a partner', async () => {
    expectRefused(await send({ path: '/wallet/p/freeze', body: '{"currency":"USD"}' }), 403, 'FORBIDDEN')
  })

  it.each([
    ['none', {}],
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['a list of types', { 'content-type': 'application/json, text/plain' }],
    ['a compressed body', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('answers 415 to the content type: %s', async (_name, headers) => {
    expectRefused(
      await send({ headers: { 'x-api-key': PARTNER_KEY, ...headers } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    )
  })

  it.each([
    ['PUT', '/wallet/p/bet', 'POST'],
    ['GET', '/wallet/p/bet', 'POST'],
    ['DELETE', '/wallet/p', 'GET, HEAD'],
    ['POST', '/transactions', 'GET, HEAD'],
    ['PATCH', '/health/live', 'GET, HEAD'],
    ['OPTIONS', '/wallet/batch', 'GET, HEAD, POST'],
  ])('answers 405 to %s %s and allows %s', async (method, path, allow) => {
    const answer = await send({ method, path, body: '' })
    expectRefused(answer, 405, 'METHOD_NOT_ALLOWED')
    expect(answer.headers.allow).toBe(allow)
  })

  it.each([
    '/',
    '/wallet',
    '/wallet/p/bet/',
    '/Wallet/p/bet',
    '/wallet//bet',
    '/wallets/p/bet',
    '/docs/../api/main.ts',
  ])('answers 404 to %s', async (path) => {
    expectRefused(await send({ path }), 404, 'NOT_FOUND')
  })

  it('takes over a sane X-Request-Id and makes a new one in place of another', async () => {
    const ids = ['my-request.1', 'a b', 'x'.repeat(129)]
    const answers = await Promise.all(
      ids.map((id) => send({ method: 'PUT', headers: { ...HEADERS, 'x-request-id': id } })),
    )
    expect(answers.map((answer) => problemOf(answer).request_id === answer.headers['x-request-id'])).toEqual([
      true,
      true,
      true,
    ])
    expect(answers.map((answer, at) => answer.headers['x-request-id'] === ids[at])).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('sizes', () => {
  it('answers 413 to a body that is announced too large, and closes', async () => {
    const answer = await post('/wallet/p/bet', ' '.repeat(COMMAND_BODY_BYTES_MAX + 1))
    expectRefused(answer, 413, 'PAYLOAD_TOO_LARGE')
    expect(answer.headers.connection).toBe('close')
  })
  it('answers 413 to a body that turns out too large', async () => {
    const body = ' '.repeat(COMMAND_BODY_BYTES_MAX + 1)
    const headers = { ...HEADERS, 'transfer-encoding': 'chunked' }
    expectRefused(
      await call({ port: app.port, path: '/wallet/p/bet', headers, body }),
      413,
      'PAYLOAD_TOO_LARGE',
    )
  })
  it('answers 431 to headers that are too large', async () => {
    const headers = { ...HEADERS, 'x-large': 'x'.repeat(HEADER_BYTES_MAX) }
    const answer = await call({ port: app.port, path: '/wallet/p/bet', headers, body: bet('1') })
    expectRefused(answer, 431, 'HEADERS_TOO_LARGE')
  })
  it('answers 431 to a path that is too long', async () => {
    const answer = await post(`/wallet/${'p'.repeat(HEADER_BYTES_MAX)}/bet`, bet('1'))
    expectRefused(answer, 431, 'HEADERS_TOO_LARGE')
  })
  it.each([
    ['no', 0],
    ['too many', BATCH_COMMANDS_MAX + 1],
  ])('refuses a batch of %s commands', async (_name, count) => {
    const answer = await post(
      '/wallet/batch',
      JSON.stringify({ commands: Array.from({ length: count }, () => 1) }),
    )
    expectRefused(answer, 400, 'VALIDATION_FAILED', 'commands')
  })
})

describe('broken HTTP', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    [
      'two lengths',
      'POST /wallet/p/bet HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    ],
    [
      'length and chunks',
      'POST /wallet/p/bet HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
  ])('answers 400 to %s', async (_name, bytes) => {
    const text = await rawExchange(app.port, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(gateway.submitted).toEqual([])
  })
  it('answers a problem document to what is not HTTP', async () => {
    const text = await rawExchange(app.port, 'hello\r\n\r\n')
    expect(text).toContain('application/problem+json')
    expect(text).toContain('"code":"VALIDATION_FAILED"')
  })
})
