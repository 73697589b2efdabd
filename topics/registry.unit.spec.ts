/** The registry client against an HTTP server that misbehaves as told. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperationalError } from './errors.ts'
import { registryApi } from './registry-api.ts'
import { registrySource } from './registry.ts'

interface Answer {
  status: number
  body: string
}
const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) })

let server: Server
let url: string
let asked: string[]
/** What each request has said of who asks. */
let authorizations: (string | undefined)[]
/** Answers in turn; the last one repeats. */
let answers: Answer[]

beforeEach(async () => {
  asked = []
  authorizations = []
  server = createServer((request, response) => {
    authorizations.push(request.headers.authorization)
    asked.push(`${request.method} ${request.url}`)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' })
    response.end(answer?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const SCHEMA = '{"type":"record","name":"Any","namespace":"stakestream.test","fields":[]}'
const codeOf = (error: unknown): string => (error instanceof OperationalError ? error.code : String(error))

describe('the text of a schema', () => {
  it('is asked once', async () => {
    answers = [json(200, { schema: SCHEMA })]
    const source = registrySource({ url })
    expect(await Promise.all([source.textOf(3), source.textOf(3)])).toEqual([SCHEMA, SCHEMA])
    expect(await source.textOf(3)).toBe(SCHEMA)
    expect(asked).toEqual(['GET /base/schemas/ids/3'])
  })

  it('is undefined where the registry says that it has no such id, and is asked again later', async () => {
    answers = [json(404, { error_code: 40403, message: 'Schema not found' }), json(200, { schema: SCHEMA })]
    const source = registrySource({ url })
    expect(await source.textOf(3)).toBe(undefined)
    expect(await source.textOf(3)).toBe(SCHEMA)
  })

  it.each([0, -5])('is undefined for %i, which is no id, without asking', async (id) => {
    answers = [json(500, {})]
    expect(await registrySource({ url }).textOf(id)).toBe(undefined)
    expect(asked).toEqual([])
  })

  it.each([
    ['a 404 of something that is no registry', { status: 404, body: '<html>not here</html>' }],
    ['a 404 of a gateway', json(404, { message: 'no upstream' })],
    ['a server error', json(500, { error_code: 50001, message: 'store' })],
    ['a gateway without its server', { status: 503, body: '' }],
  ])('is an error, never unknown, after %s', async (_, answer) => {
    answers = [answer]
    const error = await registryApi({ url, retries: false })
      .textOf(3)
      .catch((caught: unknown) => caught)
    expect(codeOf(error)).toBe('REGISTRY_UNREACHABLE')
  })

  it('is tried again while the registry restarts', async () => {
    answers = [{ status: 503, body: '' }, json(500, {}), json(200, { schema: SCHEMA })]
    expect(await registrySource({ url }).textOf(3)).toBe(SCHEMA)
    expect(asked.length).toBe(3)
  })

  it('is an error that says what to do where nobody listens', async () => {
    server.close()
    const error = await registryApi({ url, retries: false })
      .textOf(3)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      fault: 'unreachable',
      help: 'is the stack up?',
    })
    expect(String(error)).toContain(`SCHEMA_REGISTRY_URL ${url} not reachable`)
  })
})

describe('the id of a schema', () => {
  it('is looked up, not registered, by a service; once', async () => {
    answers = [json(200, { subject: 'wallet.command-value', id: 9, version: 1, schema: SCHEMA })]
    const source = registrySource({ url })
    expect(
      await Promise.all([source.idOf('wallet.command', SCHEMA), source.idOf('wallet.command', SCHEMA)]),
    ).toEqual([9, 9])
    expect(asked).toEqual(['POST /base/subjects/wallet.command-value'])
  })

  it('that is not registered says to run topics apply', async () => {
    answers = [json(404, { error_code: 40401, message: 'Subject not found' })]
    const error = await registrySource({ url })
      .idOf('wallet.command', SCHEMA)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'SCHEMA_NOT_REGISTERED', fault: 'missing' })
    expect((error as OperationalError).help).toContain('topics apply')
  })

  it('is registered where asked for, under the rule of the subject', async () => {
    answers = [
      json(404, { error_code: 40401, message: 'Subject not found' }),
      json(200, { id: 4 }),
      json(200, {}),
    ]
    expect(await registrySource({ url, register: true }).idOf('wallet.command', SCHEMA)).toBe(4)
    expect(asked).toEqual([
      'GET /base/config/wallet.command-value',
      'POST /base/subjects/wallet.command-value/versions',
      'PUT /base/config/wallet.command-value',
    ])
  })

  it.each([
    [
      'an incompatible schema',
      [
        json(200, { compatibilityLevel: 'BACKWARD' }),
        json(409, { error_code: 409, message: 'incompatible' }),
      ],
    ],
    [
      'an invalid schema',
      [json(200, { compatibilityLevel: 'BACKWARD' }), json(422, { error_code: 42201, message: 'invalid' })],
    ],
    ['a subject under another rule', [json(200, { compatibilityLevel: 'NONE' })]],
  ])('is refused for %s', async (_, refusals) => {
    answers = refusals
    const error = await registrySource({ url, register: true })
      .idOf('wallet.command', SCHEMA)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'SCHEMA_REFUSED', fault: 'refused' })
  })

  it('is tried again while the registry restarts, and a failure is not kept', async () => {
    answers = [
      json(503, { message: 'starting' }),
      json(200, { subject: 's', id: 9, version: 1, schema: SCHEMA }),
    ]
    expect(await registrySource({ url }).idOf('wallet.command', SCHEMA)).toBe(9)
    server.close()
    server.closeAllConnections()
    const source = registrySource({ url, retries: false })
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await source.idOf('wallet.command', SCHEMA).catch((caught: unknown) => caught)
      expect(codeOf(error)).toBe('REGISTRY_UNREACHABLE')
    }
  })
})

describe('compatibility', () => {
  it('of a new subject is given', async () => {
    answers = [json(404, { error_code: 40401, message: 'Subject not found' })]
    expect(await registryApi({ url }).checkCompatibility('any-value', SCHEMA)).toEqual({
      compatible: true,
      faults: [],
    })
  })

  it('that is missing comes with its reasons', async () => {
    answers = [json(200, { is_compatible: false, messages: ['a field is gone'] })]
    expect(await registryApi({ url }).checkCompatibility('any-value', SCHEMA)).toEqual({
      compatible: false,
      faults: ['a field is gone'],
    })
  })
})

describe('a registry that asks who is there', () => {
  const withLogin = (): string => url.replace('http://', 'http://us%40er:pass%3Aword@')

  it('is told by both clients, from the URL', async () => {
    answers = [json(200, { subject: 'wallet.command-value', id: 9, version: 1, schema: SCHEMA })]
    const source = registrySource({ url: withLogin() })
    expect(await source.idOf('wallet.command', SCHEMA)).toBe(9)
    expect(await source.textOf(9)).toBe(SCHEMA)
    const basic = `Basic ${Buffer.from('us@er:pass:word').toString('base64')}`
    expect(authorizations).toEqual([basic, basic])
  })

  it.each([
    ['the text of a schema', () => registrySource({ url: withLogin() }).textOf(3)],
    ['the id of a schema', () => registrySource({ url: withLogin() }).idOf('wallet.command', SCHEMA)],
  ])('is not asked again for %s where it refuses, and no message shows the password', async (_, ask) => {
    answers = [json(401, { message: 'Unauthorized' })]
    const error = await ask().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'REGISTRY_FORBIDDEN', fault: 'refused' })
    expect(String(error)).toContain(`${url} answered 401`)
    expect(String(error)).not.toContain('word@')
    expect(asked.length).toBe(1)
  })
})
