import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testCommand, testUuid } from './testing/fixtures.ts'
import { payloadHash } from './idempotency.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { Scenario, bet, days, funded, rollback, win, withdrawal } from './testing/scenario.ts'

describe('the same id, the same payload', () => {
  it('answers the original result with the current balance beside it, and moves nothing', () => {
    const wallet = funded(1_000n)
    const first = wallet.send(bet('b1', 300n))
    wallet.send({ type: 'DEPOSIT', amount: 5n })
    const again = wallet.send(bet('b1', 300n))
    expect(again).toMatchObject({
      outcome: 'REPLAYED',
      error_code: null,
      status: 'COMPLETED',
      transaction_id: first.transaction_id,
      processed_at: first.processed_at,
      new_balance: 700n,
      balance: 705n,
      version: 3,
      event: undefined,
    })
  })

  it('looks at money, not at what is carried along', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n, { ip_address: '192.0.2.1', metadata: '{"a":1}' }))
    expect(wallet.send(bet('b1', 300n, { ip_address: '192.0.2.2', reason: 'again' })).outcome).toBe(
      'REPLAYED',
    )
  })

  it('holds across batches', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.reload()
    expect(wallet.send(bet('b1', 300n))).toMatchObject({ outcome: 'REPLAYED', balance: 700n })
  })

  it('a withdrawal repeats its first status, whatever became of it', () => {
    const wallet = funded(1_000n)
    const asked = withdrawal(100n, { transaction_id_partner: 'wd1' })
    const first = wallet.send(asked)
    wallet.send({ type: 'WITHDRAWAL_DECLINE', transaction_id: first.transaction_id })
    expect(wallet.send(asked)).toMatchObject({
      outcome: 'REPLAYED',
      status: 'PENDING',
      new_balance: 900n,
      balance: 1_000n,
    })
  })

  it('a win without a type is a standard one', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(win('w1', 5n))
    expect(wallet.send(win('w1', 5n, { win_type: 'STANDARD' })).outcome).toBe('REPLAYED')
  })
})

describe('the same id, another payload', () => {
  const original = bet('x1', 300n, { campaign_id: 'c' })
  const others: [string, CommandParts][] = [
    ['type', { ...original, type: 'DEPOSIT' }],
    ['amount', { ...original, amount: 301n }],
    ['currency', { ...original, currency: 'EUR' }],
    ['game_id', { ...original, game_id: 'other' }],
    ['round_id', { ...original, round_id: null }],
    ['campaign_id', { ...original, campaign_id: null }],
    ['reference', { ...original, reference_transaction_id_partner: 'r' }],
  ]
  it.each(others)('another %s: a conflict that names the original and records nothing', (_field, other) => {
    const wallet = funded(1_000n)
    const first = wallet.send(original)
    expect(wallet.send(other)).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'TRANSACTION_CONFLICT',
      transaction_id: first.transaction_id,
      event: undefined,
    })
    expect(wallet.send(original).outcome).toBe('REPLAYED')
  })

  it('another direction', () => {
    const wallet = funded(1_000n)
    const parts = { type: 'ADJUSTMENT', amount: 5n, transaction_id_partner: 'a1' } as const
    wallet.send({ ...parts, direction: 'CREDIT' })
    expect(wallet.send({ ...parts, direction: 'DEBIT' }).error_code).toBe('TRANSACTION_CONFLICT')
  })

  it('another win type, or another say on the round', () => {
    const wallet = funded(1_000n)
    wallet.send(win('w1', 5n, { win_type: 'BONUS' }))
    expect(wallet.send(win('w1', 5n, { win_type: 'JACKPOT' })).error_code).toBe('TRANSACTION_CONFLICT')
    expect(wallet.send(win('w1', 5n, { win_type: 'BONUS', round_closed: true })).error_code).toBe(
      'TRANSACTION_CONFLICT',
    )
  })

  it('a rejected id is taken too', () => {
    const wallet = funded(1n)
    wallet.send(bet('b1', 300n))
    expect(wallet.send(bet('b1', 1n)).error_code).toBe('TRANSACTION_CONFLICT')
  })

  it('the id of a rollback stands for its reference', () => {
    const wallet = funded(1_000n)
    wallet.send(rollback('b1', 'rb1'))
    expect(wallet.send(rollback('b1', 'rb1')).outcome).toBe('REPLAYED')
    expect(wallet.send(rollback('b2', 'rb1')).error_code).toBe('TRANSACTION_CONFLICT')
  })
})

describe('the index', () => {
  it('remembers for 120 days and not longer', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.wait(days(120) - 1)
    expect(wallet.send(bet('b1', 300n)).outcome).toBe('REPLAYED')
    wallet.wait(1)
    expect(wallet.send(bet('b1', 300n))).toMatchObject({ outcome: 'APPLIED', balance: 400n })
  })

  it('forgets a bet and its rollback each at its own time', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.wait(days(100))
    wallet.send(rollback('b1'))
    wallet.wait(days(30))
    expect(wallet.send(bet('b1', 300n))).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'TRANSACTION_ROLLED_BACK',
    })
    wallet.wait(days(100))
    expect(wallet.send(bet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: 'TRANSACTION_ROLLED_BACK',
    })
  })

  it('knows a command without an id of the partner by its own id', () => {
    const wallet = funded(1_000n)
    const twice = testCommand(testUuid(77), wallet.nowMs, { type: 'BET', amount: 10n })
    expect(wallet.apply(twice)).toMatchObject({ outcome: 'APPLIED', balance: 990n })
    expect(wallet.apply(twice)).toMatchObject({ outcome: 'REPLAYED', balance: 990n })
  })

  it('keeps the ids of partners and of commands apart', () => {
    const wallet = funded(1_000n)
    wallet.apply(testCommand(testUuid(77), wallet.nowMs, { type: 'BET', amount: 10n }))
    expect(wallet.send(bet(testUuid(77), 10n))).toMatchObject({ outcome: 'APPLIED', balance: 980n })
  })

  it('gives one hold to one id', () => {
    const wallet = funded(1_000n)
    const first = testCommand(testUuid(77), wallet.nowMs, withdrawal(10n, { transaction_id_partner: 'wd1' }))
    const second = testCommand(testUuid(77), wallet.nowMs, withdrawal(10n, { transaction_id_partner: 'wd2' }))
    wallet.apply(first)
    expect(wallet.apply(second)).toMatchObject({
      error_code: 'TRANSACTION_CONFLICT',
      held: 10n,
      event: undefined,
    })
  })

  it('starts empty', () => {
    expect(new Scenario().player.wallets).toEqual([])
  })
})

describe('payloadHash', () => {
  const text = fc.option(fc.string({ maxLength: 4 }))
  const payload = fc.record({
    type: fc.constant('WIN' as const),
    direction: fc.constant(null),
    game_id: text,
    round_id: text,
    campaign_id: text,
    reference_transaction_id_partner: text,
    win_type: fc.constant('STANDARD' as const),
    round_closed: fc.boolean(),
  })

  it('is an exact number and tells payloads apart', () => {
    fc.assert(
      fc.property(payload, payload, (one, other) => {
        expect(Number.isSafeInteger(payloadHash(one))).toBe(true)
        expect(payloadHash(one) >= 0).toBe(true)
        expect(payloadHash(one) === payloadHash(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })
})
