/** What the routes answer, given what the wallet and PostgreSQL say. Answers are held against the documented schemas. */
import { afterEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { WalletCommand, WalletReplyData } from '../avro/types.ts'
import type { CommandResult } from './commands/gateway.ts'
import {
  batchAnswer,
  commandAnswer,
  pendingAnswer,
  pendingTransaction,
  problemAnswer,
  standingAnswer,
  transactionAnswer,
  transactionPage,
  walletAnswer,
} from './schemas/answers.ts'
import {
  ADMIN_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  appliedReply,
  fakeDatabase,
  fakeGateway,
  startTestApp,
} from './testing/app.ts'
import type { FakeGateway, FakeRows, TestApp, TestAppOptions } from './testing/app.ts'
import { call } from './testing/http.ts'
import type { HttpAnswer } from './testing/http.ts'
import { v7 as uuidv7 } from 'uuid'

let app: TestApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

const JSON_TYPE = { 'content-type': 'application/json' }

async function send(
  options: TestAppOptions,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  app = await startTestApp(options)
  const text = JSON.stringify(body)
  return call({
    port: app.port,
    path,
    body: text,
    headers: { 'x-api-key': PARTNER_KEY, ...JSON_TYPE, ...headers },
  })
}

async function get(
  options: TestAppOptions,
  path: string,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  app = await startTestApp(options)
  return call({ port: app.port, method: 'GET', path, headers: { 'x-api-key': PARTNER_KEY, ...headers } })
}

/** The body, if it has the documented shape. */
const bodyOf = <T extends z.ZodType>(schema: T, answer: HttpAnswer): z.output<T> =>
  schema.parse(JSON.parse(answer.text))

const replying = (
  change: Partial<WalletReplyData> | ((command: WalletCommand) => Partial<WalletReplyData>),
) =>
  fakeGateway((command) => ({
    kind: 'decided',
    reply: appliedReply(command, typeof change === 'function' ? change(command) : change),
  }))

const always = (result: CommandResult): FakeGateway => fakeGateway(() => result)

const BET = {
  amount: '10.50',
  currency: 'USD',
  game_id: 'g',
  round_id: 'r',
  transaction_id_partner: 't 1'.replace(' ', '/'),
}

describe('a movement', () => {
  it('answers with the seed’s fields and exact amounts', async () => {
    const gateway = replying({ new_balance: 895_000n, balance: 9_999_999_999_999_999_999n })
    const answer = await send({ gateway }, '/wallet/p%C3%A9/bet', BET)
    const body = bodyOf(commandAnswer, answer)
    expect([answer.status, body.player_id, body.status]).toEqual([200, 'pé', 'COMPLETED'])
    expect(answer.text).toContain('"new_balance":89.50,')
    expect(answer.text).toContain('"balance":999999999999999.9999,')
    expect(answer.headers['idempotent-replayed']).toBeUndefined()
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  })

  it('becomes a command of the key’s partner with all that was sent', async () => {
    const gateway = fakeGateway()
    const details = {
      metadata: { a: 1 },
      ip_address: '203.0.113.7',
      user_agent: 'UA',
      country: 'MT',
      created_at: '2026-01-02T03:04:05Z',
    }
    await send({ gateway }, '/wallet/p/bet', { ...BET, ...details }, { 'x-api-key': ADMIN_KEY })
    expect(gateway.submitted[0]?.data).toMatchObject({
      partner_id: PARTNER_ID,
      player_id: 'p',
      type: 'BET',
      amount: 105_000n,
      currency: 'USD',
      game_id: 'g',
      round_id: 'r',
      transaction_id_partner: 't/1',
      win_type: null,
      round_closed: false,
      hold_expires_at: null,
      created_at: Date.UTC(2026, 0, 2, 3, 4, 5),
      ip_address: '203.0.113.7',
      user_agent: 'UA',
      country: 'MT',
      metadata: '{"a":1}',
      reply_to: null,
    })
  })

  it.each([
    [
      'win',
      { amount: 0, currency: 'USD', game_id: 'g', round_id: 'r' },
      { win_type: 'STANDARD', round_closed: true },
    ],
    [
      'win',
      { amount: 1, currency: 'USD', win_type: 'BONUS', transaction_id_partner: 'w' },
      { win_type: 'BONUS', round_closed: false, amount: 10_000n },
    ],
    [
      'rollback',
      { currency: 'USD', reference_transaction_id_partner: 'b' },
      { amount: null, reference_transaction_id_partner: 'b' },
    ],
    [
      'adjustment',
      { amount: 1, currency: 'USD', direction: 'DEBIT', reason: 'why' },
      { direction: 'DEBIT', reason: 'why' },
    ],
    ['bet', { ...BET, amount: 0, campaign_id: 'c' }, { amount: 0n, campaign_id: 'c' }],
    ['withdrawal', { amount: 100, currency: 'USD', transaction_id_partner: 'w' }, { auto_approve: true }],
    ['withdrawal', { amount: 100.01, currency: 'USD', transaction_id_partner: 'w' }, { auto_approve: false }],
    ['withdrawal', { amount: 1, currency: 'EUR', transaction_id_partner: 'w' }, { auto_approve: false }],
  ])('%s of %j is understood', async (segment, body, expected) => {
    const gateway = fakeGateway()
    expect((await send({ gateway }, `/wallet/p/${segment}`, body)).status).toBe(200)
    expect(gateway.submitted[0]?.data).toMatchObject(expected)
    expect(gateway.submitted[0]?.data.hold_expires_at === null).toBe(segment !== 'withdrawal')
  })

  it('says that it is a repetition', async () => {
    const original = uuidv7()
    const answer = await send(
      { gateway: replying({ outcome: 'REPLAYED', transaction_id: original, new_balance: 1n, balance: 2n }) },
      '/wallet/p/bet',
      BET,
    )
    expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([200, 'true'])
    expect(bodyOf(commandAnswer, answer)).toMatchObject({
      transaction_id: original,
      new_balance: 0.0001,
      balance: 0.0002,
    })
  })

  it.each([
    ['REJECTED', undefined],
    ['REPLAYED', 'true'],
  ] as const)(
    'answers with the actual balance where funds are insufficient (%s)',
    async (outcome, replayed) => {
      const gateway = replying({
        outcome,
        error_code: 'INSUFFICIENT_FUNDS',
        status: 'FAILED',
        balance: 55_000n,
      })
      const answer = await send({ gateway }, '/wallet/p/bet', BET)
      expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([400, replayed])
      expect(bodyOf(problemAnswer, answer)).toMatchObject({
        detail: 'Insufficient funds.',
        code: 'INSUFFICIENT_FUNDS',
        balance: 5.5,
        transaction_id: gateway.submitted[0]?.event_id,
      })
    },
  )

  it.each([
    ['WALLET_NOT_FOUND', 404],
    ['WALLET_FROZEN', 403],
    ['ROUND_CLOSED', 409],
    ['TRANSACTION_CONFLICT', 409],
    ['BALANCE_LIMIT_EXCEEDED', 422],
    ['A_CODE_OF_TOMORROW', 500],
  ])('answers %s with %s', async (code, status) => {
    const answer = await send(
      { gateway: replying({ outcome: 'REJECTED', error_code: code }) },
      '/wallet/p/bet',
      BET,
    )
    expect(bodyOf(problemAnswer, answer).status).toBe(status)
    expect(answer.status).toBe(status)
  })

  it.each([
    ['TOO_MANY_PENDING', 503],
    ['SERVICE_UNAVAILABLE', 503],
  ] as const)('answers %s with Retry-After', async (code, status) => {
    const answer = await send({ gateway: always({ kind: 'unsent', code }) }, '/wallet/p/bet', BET)
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, '1'])
    expect(bodyOf(problemAnswer, answer).code).toBe(code)
  })

  it('hides what failed inside', async () => {
    const gateway = fakeGateway(() => {
      throw new Error('secret')
    })
    const answer = await send({ gateway }, '/wallet/p/bet', BET)
    expect([answer.status, bodyOf(problemAnswer, answer).code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(answer.text).not.toContain('secret')
  })
})

describe('a command whose outcome is not known', () => {
  const pending = (acknowledged: boolean): FakeGateway => always({ kind: 'pending', acknowledged })
  it.each([
    ['bet', BET, '/transactions?transaction_id_partner=t%2F1&player_id=p'],
    [
      'rollback',
      { currency: 'USD', reference_transaction_id_partner: 'b', transaction_id_partner: 'r' },
      '/transactions?reference_transaction_id_partner=b&type=ROLLBACK&player_id=p',
    ],
    ['bet', { amount: 1, currency: 'USD', game_id: 'g', round_id: 'r' }, undefined],
  ])('%s answers 202 with where to look', async (segment, body, url) => {
    const gateway = pending(true)
    const answer = await send({ gateway }, `/wallet/p/${segment}`, body)
    const expected = url ?? `/transactions/${gateway.submitted[0]?.event_id}`
    expect([answer.status, answer.headers.location]).toEqual([202, expected])
    expect(bodyOf(pendingAnswer, answer)).toMatchObject({
      acknowledged: true,
      status: 'PENDING',
      status_url: expected,
    })
    expect(answer.headers['preference-applied']).toBeUndefined()
  })

  it('says where it is not even known whether it is stored', async () => {
    const answer = await send({ gateway: pending(false) }, '/wallet/p/bet', BET)
    expect(bodyOf(pendingAnswer, answer).acknowledged).toBe(false)
  })

  it.each(['respond-async', 'wait=5, respond-async', 'Respond-Async;x=1'])(
    'is what a caller gets who prefers: %s',
    async (prefer) => {
      let awaited: boolean | undefined
      const gateway = fakeGateway((_command, awaitReply) => {
        awaited = awaitReply
        return { kind: 'pending', acknowledged: true }
      })
      const answer = await send({ gateway }, '/wallet/p/bet', BET, { prefer })
      expect([answer.status, answer.headers['preference-applied'], awaited]).toEqual([
        202,
        'respond-async',
        false,
      ])
    },
  )

  it('is not what a caller gets who prefers something else', async () => {
    const answer = await send({}, '/wallet/p/bet', BET, { prefer: 'return=minimal' })
    expect(answer.status).toBe(200)
  })
})

describe('a batch', () => {
  const item = { player_id: 'p', type: 'DEPOSIT', amount: 1, currency: 'USD', transaction_id_partner: 'd' }
  it('gives each command its own result, in order', async () => {
    const gateway = replying((command) =>
      command.data.player_id === 'poor'
        ? { outcome: 'REJECTED', error_code: 'INSUFFICIENT_FUNDS' }
        : command.data.player_id === 'again'
          ? { outcome: 'REPLAYED' }
          : {},
    )
    const commands = [
      item,
      { ...item, amount: '1e5' },
      { ...item, player_id: 'poor' },
      'nonsense',
      { ...item, created_at: '2026-01-01T00:00:00Z' },
      { ...item, player_id: 'again' },
      { ...item, type: 'WITHDRAWAL_APPROVE' },
      5,
    ]
    const answer = await send({ gateway }, '/wallet/batch', { commands })
    const { results } = bodyOf(batchAnswer, answer)
    expect(answer.status).toBe(200)
    expect(results.map((result) => ('problem' in result ? result.problem.code : result.body.status))).toEqual(
      [
        'COMPLETED',
        'INVALID_AMOUNT',
        'INSUFFICIENT_FUNDS',
        'VALIDATION_FAILED',
        'FORBIDDEN',
        'COMPLETED',
        'VALIDATION_FAILED',
        'VALIDATION_FAILED',
      ],
    )
    expect(results.map(({ status }) => status)).toEqual([200, 400, 400, 400, 403, 200, 400, 400])
    expect(results.map((result) => result.idempotent_replayed ?? false)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ])
    expect(results[1]).toMatchObject({ problem: { errors: [{ path: 'commands.1.amount' }] } })
    expect(gateway.submitted.map(({ data }) => data.player_id)).toEqual(['p', 'poor', 'again'])
  })

  it('is refused as a whole where it would exceed what may be pending', async () => {
    const gateway = always({ kind: 'unsent', code: 'TOO_MANY_PENDING' })
    const answer = await send({ gateway }, '/wallet/batch', { commands: [item, item] })
    expect([answer.status, bodyOf(problemAnswer, answer).code]).toEqual([503, 'TOO_MANY_PENDING'])
  })

  it('may be all malformed', async () => {
    const gateway = fakeGateway()
    const answer = await send({ gateway }, '/wallet/batch', { commands: [{}] })
    expect([answer.status, gateway.submitted]).toEqual([200, []])
  })
})

describe('steps and standing', () => {
  const id = uuidv7()
  const found: FakeRows = (text, values) =>
    text.includes("type = 'WITHDRAWAL'") && values[0] === id ? [{ player_id: 'p', currency: 'EUR' }] : []

  it.each(['approve', 'decline', 'complete', 'fail'])(
    '%s finds the player of the withdrawal',
    async (step) => {
      const gateway = replying({
        outcome: 'REPLAYED',
        status: 'CANCELED',
        error_code: 'WITHDRAWAL_DECLINED',
        transaction_id: id,
      })
      app = await startTestApp({ gateway, database: fakeDatabase(found) })
      const headers = { 'x-api-key': PARTNER_KEY }
      const answer = await call({ port: app.port, path: `/withdrawals/${id}/${step}`, headers })
      expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([200, 'true'])
      expect(bodyOf(commandAnswer, answer)).toMatchObject({ transaction_id: id, status: 'CANCELED' })
      expect(gateway.submitted[0]?.data).toMatchObject({
        type: `WITHDRAWAL_${step.toUpperCase()}`,
        player_id: 'p',
        currency: 'EUR',
        transaction_id: id,
        amount: null,
      })
    },
  )

  it('keeps the reason of a step', async () => {
    const gateway = fakeGateway()
    await send({ gateway, database: fakeDatabase(found) }, `/withdrawals/${id}/decline`, {
      reason: 'unclear',
    })
    expect(gateway.submitted[0]?.data.reason).toBe('unclear')
  })

  it('says that there is no such withdrawal', async () => {
    const gateway = fakeGateway()
    const answer = await send({ gateway, database: fakeDatabase() }, `/withdrawals/${uuidv7()}/approve`, {})
    expect([answer.status, bodyOf(problemAnswer, answer).code]).toEqual([404, 'TRANSACTION_NOT_FOUND'])
    expect(gateway.submitted).toEqual([])
  })

  it.each(['freeze', 'unfreeze'])('%s changes the standing', async (step) => {
    const gateway = replying({ status: null })
    const answer = await send(
      { gateway },
      `/wallet/p/${step}`,
      { currency: 'USD' },
      { 'x-api-key': ADMIN_KEY },
    )
    expect(bodyOf(standingAnswer, answer)).toMatchObject({ player_id: 'p', currency: 'USD', version: 2 })
    expect(gateway.submitted[0]?.data.type).toBe(`WALLET_${step.toUpperCase()}`)
  })
})

describe('reads', () => {
  const wallet = { balance: '89.5000', held: '0.0000', version: '3', status: 'active' }

  it('answers a balance', async () => {
    const answer = await get(
      { database: fakeDatabase(() => [wallet]) },
      '/wallet/p?currency=USD&min_version=3',
    )
    expect(answer.text).toBe(
      '{"player_id":"p","currency":"USD","balance":89.50,"held":0.00,"status":"active","version":3}',
    )
    bodyOf(walletAnswer, answer)
  })

  it('waits for the version that is asked for', async () => {
    let version = 0
    const database = fakeDatabase(() => [{ ...wallet, version: String(++version) }])
    const answer = await get({ database }, '/wallet/p?currency=USD&min_version=3')
    expect([answer.status, bodyOf(walletAnswer, answer).version]).toEqual([200, 3])
  })

  it('says that the version is not there in time', async () => {
    const answer = await get(
      { database: fakeDatabase(() => [wallet]) },
      '/wallet/p?currency=USD&min_version=4',
    )
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(bodyOf(problemAnswer, answer).code).toBe('VERSION_NOT_REACHED')
  })

  it('looks again for a wallet that may just have been opened, then says 404', async () => {
    let reads = 0
    const answer = await get(
      { database: fakeDatabase(() => (++reads < 3 ? [] : [wallet])) },
      '/wallet/p?currency=USD',
    )
    expect(answer.status).toBe(200)
    await app?.close()
    const missing = await get({ database: fakeDatabase() }, '/wallet/p?currency=USD')
    expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([404, 'WALLET_NOT_FOUND'])
  })

  it('answers a balance of the past', async () => {
    const rows: FakeRows = (_text, values) =>
      values[3] instanceof Date
        ? [{ balance_after: '1.0000', held_after: '2.0000', wallet_version: '1' }]
        : []
    const answer = await get(
      { database: fakeDatabase(rows) },
      '/wallet/p?currency=USD&at=2026-01-01T00:00:00Z',
    )
    expect(bodyOf(walletAnswer, answer)).toEqual({
      player_id: 'p',
      currency: 'USD',
      balance: 1,
      held: 2,
      status: null,
      version: 1,
    })
  })

  const row = (id: string, createdAtMs: number): Record<string, unknown> => ({
    id,
    wallet_id: '3f1c0a52-6d1e-5b59-8f0a-0d6a3f8a7c11',
    player_id: 'p',
    partner_id: PARTNER_ID,
    type: 'BET',
    _encrypted_amount: '105000',
    currency: 'USD',
    direction: null,
    balance_before: '100.0000',
    balance_after: '89.5000',
    held_after: '0.0000',
    wallet_version: '2',
    status: 'COMPLETED',
    game_id: 'g',
    round_id: 'r',
    campaign_id: null,
    transaction_id_partner: 't',
    reference_transaction_id_partner: null,
    reference_transaction_id: null,
    win_type: null,
    round_closed: false,
    hold_expires_at: null,
    error_code: null,
    reason: null,
    ip_address: null,
    user_agent: null,
    country: null,
    created_at: new Date(createdAtMs),
    processed_at: new Date(createdAtMs),
    updated_at: new Date(createdAtMs),
    metadata: '{"a": 1.10}',
  })

  it('answers a transaction, with its amount opened and its metadata to the digit', async () => {
    const id = uuidv7()
    const answer = await get({ database: fakeDatabase(() => [row(id, 1)]) }, `/transactions/${id}`)
    expect(bodyOf(transactionAnswer, answer)).toMatchObject({ id, amount: 10.5, balance_after: 89.5 })
    expect(answer.text).toContain('"amount":10.50')
    expect(answer.text).toContain('"metadata":{"a":1.10}')
    expect(answer.text).not.toContain('_encrypted_amount')
  })

  it('answers 202 for a recent id, 404 for an old one and for one that was never given out', async () => {
    const recent = uuidv7()
    const answer = await get({}, `/transactions/${recent}?wait_ms=50`)
    expect([answer.status, bodyOf(pendingTransaction, answer).transaction_id]).toEqual([202, recent])
    await app?.close()
    for (const id of [uuidv7({ msecs: Date.now() - 120_000 }), '0f0e0d0c-0b0a-4908-8706-050403020100']) {
      const missing = await get({}, `/transactions/${id}`)
      expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([404, 'TRANSACTION_NOT_FOUND'])
      await app?.close()
    }
  })

  it('pages through a history', async () => {
    const ids = [uuidv7(), uuidv7(), uuidv7()]
    const all = ids.map((id, at) => row(id, 5_000 - at))
    const seen: (readonly unknown[])[] = []
    const rows: FakeRows = (_text, values) => {
      seen.push(values)
      const limit = Number(values.at(-1))
      const after = values.find((value) => ids.some((id) => id === value))
      const start = after === undefined ? 0 : ids.findIndex((id) => id === after) + 1
      return all.slice(start, start + limit)
    }
    const path = '/wallet/p/transactions?limit=2&type=BET&from=2026-01-01T00:00:00Z'
    const first = await get({ database: fakeDatabase(rows) }, path)
    const { data, next_cursor: cursor } = bodyOf(transactionPage, first)
    expect(data.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    expect(seen[0]).toEqual([PARTNER_ID, 'p', 'BET', new Date('2026-01-01T00:00:00Z'), 3])
    await app?.close()
    const second = await get({ database: fakeDatabase(rows) }, `${path}&cursor=${cursor}`)
    const last = bodyOf(transactionPage, second)
    expect([last.data.map(({ id }) => id), last.next_cursor]).toEqual([ids.slice(2), undefined])
    expect(second.text).not.toContain('next_cursor')
  })

  it('finds by the partner’s id, waiting where asked', async () => {
    let reads = 0
    const rows: FakeRows = () => (++reads < 3 ? [] : [row(uuidv7(), 1)])
    const answer = await get(
      { database: fakeDatabase(rows) },
      '/transactions?transaction_id_partner=t&wait_ms=1000',
    )
    expect(bodyOf(transactionPage, answer).data).toHaveLength(1)
  })
})

describe('the service itself', () => {
  it('answers documents, health and metrics without a key', async () => {
    app = await startTestApp()
    const { port } = app
    const paths = [
      '/openapi.json',
      '/docs',
      '/docs/start.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
    ]
    for (const path of [...paths, '/health/live', '/health/ready', '/metrics', '/errors']) {
      const answer = await call({ port, method: 'GET', path })
      expect([path, answer.status]).toEqual([path, 200])
    }
    const page = await call({ port, method: 'GET', path: '/docs' })
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    expect(page.text).not.toMatch(/<script>|https?:/)
    const metrics = await call({ port, method: 'GET', path: '/metrics' })
    expect(metrics.text).toMatch(
      /stakestream_http_request_duration_seconds_count\{method="GET",route="\/openapi.json",status="200"\} 1/,
    )
    expect(metrics.text).toContain('stakestream_http_request_duration_seconds')
  })

  it('answers HEAD as GET without a body', async () => {
    app = await startTestApp()
    const answer = await call({ port: app.port, method: 'HEAD', path: '/health/live' })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})
