/** Batches, steps of withdrawals and changes of standing, given what the wallet says. */
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { batchAnswer, commandAnswer, problemAnswer, standingAnswer } from '../schemas/answers.ts'
import { ADMIN_KEY, fakeDatabase, fakeGateway } from '../testing/app.ts'
import type { FakeRows } from '../testing/app.ts'
import { always, bodyOf, replying, send } from '../testing/requests.ts'

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
      const answer = await send(
        { gateway, database: fakeDatabase(found) },
        `/withdrawals/${id}/${step}`,
        undefined,
      )
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

  it.each([
    ['there is no such withdrawal', uuidv7({ msecs: Date.now() - 120_000 }), 404, 'TRANSACTION_NOT_FOUND'],
    ['it is not known yet, where the id is recent', uuidv7(), 503, 'SERVICE_UNAVAILABLE'],
  ])('says that %s', async (_name, unknown, status, code) => {
    const gateway = fakeGateway()
    const answer = await send({ gateway, database: fakeDatabase() }, `/withdrawals/${unknown}/approve`, {})
    expect([answer.status, bodyOf(problemAnswer, answer).code]).toEqual([status, code])
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
