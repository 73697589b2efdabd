/** What the routes of commands answer, given what the wallet says. Answers are held against the documented schemas. */
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { commandAnswer, pendingAnswer, problemAnswer } from '../schemas/answers.ts'
import { ADMIN_KEY, PARTNER_ID, fakeGateway } from '../testing/app.ts'
import type { FakeGateway } from '../testing/app.ts'
import { BET, always, bodyOf, replying, send } from '../testing/requests.ts'

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
    ['PLAYER_SELF_EXCLUDED', 403],
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
