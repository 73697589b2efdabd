/** Deposits, corrections, commissions, standing, and the limits of a balance. */
import { describe, expect, it } from 'vitest'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { START_MS } from './testing/fixtures.ts'
import { Scenario, bet, funded, rollback, win, withdrawal } from './testing/scenario.ts'

const USD_AND_EUR = 2

describe('deposit', () => {
  it('opens the wallet, against cash', () => {
    const wallet = new Scenario()
    const answer = wallet.send({ type: 'DEPOSIT', amount: 1_000n })
    expect(answer).toMatchObject({ outcome: 'APPLIED', balance: 1_000n, held: 0n, version: 1 })
    expect(answer.event).toMatchObject({
      balance_before: 0n,
      balance_after: 1_000n,
      entries: [
        { account: 'PLAYER', amount: 1_000n },
        { account: 'CASH', amount: -1_000n },
      ],
    })
    expect(wallet.player.wallets[0]).toMatchObject({ status: 'active', amlHold: false, currency: 'USD' })
  })

  it('opens one wallet per currency, each with its own balance and version', () => {
    const wallet = funded(1_000n)
    expect(wallet.send({ type: 'DEPOSIT', amount: 5n, currency: 'EUR' })).toMatchObject({
      balance: 5n,
      version: 1,
    })
    const [eur, usd] = wallet.player.wallets
    expect(wallet.player.wallets).toHaveLength(USD_AND_EUR)
    expect([eur?.currency, usd?.currency]).toEqual(['EUR', 'USD'])
    expect(eur?.walletId).not.toBe(usd?.walletId)
  })

  it('keeps event time and processing time apart', () => {
    const wallet = new Scenario()
    const { event } = wallet.send({ type: 'DEPOSIT', amount: 1n, created_at: 12_345 })
    expect(event).toMatchObject({ created_at: 12_345, processed_at: START_MS })
    expect(wallet.player.wallets[0]).toMatchObject({ createdAtMs: START_MS, updatedAtMs: START_MS })
  })

  it('carries along who asked and why', () => {
    const origin = {
      ip_address: '192.0.2.1',
      user_agent: 'x',
      country: 'DE',
      metadata: '{"a":1}',
      reason: 'r',
    }
    expect(new Scenario().send({ type: 'DEPOSIT', amount: 1n, ...origin }).event).toMatchObject(origin)
  })
})

describe.each(['ADJUSTMENT', 'COMMISSION'] as const)('%s', (type) => {
  it('credits', () => {
    const answer = funded(100n).send({ type, amount: 7n, direction: 'CREDIT' })
    expect(answer).toMatchObject({ outcome: 'APPLIED', balance: 107n })
    expect(answer.event?.entries).toEqual([
      { account: 'PLAYER', amount: 7n },
      { account: type, amount: -7n },
    ])
  })

  it('debits, never below 0', () => {
    const wallet = funded(100n)
    expect(wallet.send({ type, amount: 100n, direction: 'DEBIT' })).toMatchObject({
      outcome: 'APPLIED',
      balance: 0n,
    })
    expect(wallet.send({ type, amount: 1n, direction: 'DEBIT' }).error_code).toBe('INSUFFICIENT_FUNDS')
  })

  it('opens no wallet', () => {
    const answer = new Scenario().send({ type, amount: 1n, direction: 'CREDIT' })
    expect(answer).toMatchObject({ error_code: 'WALLET_NOT_FOUND', balance: null })
  })
})

describe('the account of a partner', () => {
  const account = { player_id: PARTNER_ACCOUNT }
  it('is opened by the first commission, and by nothing else', () => {
    const wallet = new Scenario()
    for (const parts of [
      { type: 'ADJUSTMENT', direction: 'CREDIT' },
      { type: 'COMMISSION', direction: 'DEBIT' },
    ] as const)
      expect(wallet.send({ ...account, ...parts, amount: 5n }).error_code).toBe('WALLET_NOT_FOUND')
    expect(wallet.send({ ...account, type: 'COMMISSION', amount: 5n, direction: 'CREDIT' })).toMatchObject({
      outcome: 'APPLIED',
      balance: 5n,
      version: 1,
    })
  })
})

describe('the largest balance', () => {
  const full = (): Scenario => {
    const wallet = new Scenario()
    wallet.send({ type: 'DEPOSIT', amount: AMOUNT_UNITS_MAX })
    return wallet
  }
  it.each([
    ['deposit', { type: 'DEPOSIT', amount: 1n }],
    ['win', { type: 'WIN', win_type: 'BONUS', amount: 1n }],
    ['credit', { type: 'ADJUSTMENT', direction: 'CREDIT', amount: 1n }],
  ] as const)('takes no %s, which may be sent again', (_what, parts) => {
    const wallet = full()
    const answer = wallet.send({ ...parts, transaction_id_partner: 'x' })
    expect(answer.error_code).toBe('BALANCE_LIMIT_EXCEEDED')
    expect(answer.event?.retryable).toBe(true)
    wallet.send(bet('b1', 1n))
    expect(wallet.send({ ...parts, transaction_id_partner: 'x' }).outcome).toBe('APPLIED')
  })

  it('takes no refund until there is room', () => {
    const wallet = full()
    wallet.send(bet('b1', 5n))
    wallet.send({ type: 'DEPOSIT', amount: 1n })
    expect(wallet.send(rollback('b1')).error_code).toBe('BALANCE_LIMIT_EXCEEDED')
  })

  it('counts held funds, so that a hold can always be given back', () => {
    const wallet = full()
    wallet.send(withdrawal(10n))
    expect(wallet.send({ type: 'DEPOSIT', amount: 1n }).error_code).toBe('BALANCE_LIMIT_EXCEEDED')
  })

  it('is kept exactly', () => {
    expect(full().reload().player.wallets[0]?.balance).toBe(AMOUNT_UNITS_MAX)
  })
})

describe('standing', () => {
  it('a frozen wallet refuses bets and withdrawals for good, and takes all else', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 100n))
    wallet.send(bet('b2', 100n))
    expect(wallet.send({ type: 'WALLET_FREEZE' })).toMatchObject({
      outcome: 'APPLIED',
      status: null,
      version: 4,
      event: undefined,
    })
    expect(wallet.send(bet('b3', 1n)).error_code).toBe('WALLET_FROZEN')
    expect(wallet.send(withdrawal(1n)).error_code).toBe('WALLET_FROZEN')
    expect(wallet.send({ type: 'DEPOSIT', amount: 1n }).outcome).toBe('APPLIED')
    expect(wallet.send(win('w1', 1n, { reference_transaction_id_partner: 'b1' })).outcome).toBe('APPLIED')
    expect(wallet.send(rollback('b2'))).toMatchObject({ outcome: 'APPLIED', balance: 902n })
    wallet.send({ type: 'WALLET_UNFREEZE' })
    expect(wallet.send(bet('b3', 1n))).toMatchObject({ outcome: 'REPLAYED', error_code: 'WALLET_FROZEN' })
    expect(wallet.send(bet('b4', 1n)).outcome).toBe('APPLIED')
  })

  it.each(['WALLET_FREEZE', 'AML_HOLD'] as const)('%s twice: replayed, and the version stays', (type) => {
    const wallet = funded(1n)
    expect(wallet.send({ type })).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(wallet.send({ type })).toMatchObject({ outcome: 'REPLAYED', version: 2, error_code: null })
  })

  it.each(['WALLET_UNFREEZE', 'AML_RELEASE'] as const)('%s of a wallet in order: replayed', (type) => {
    expect(funded(1n).send({ type })).toMatchObject({ outcome: 'REPLAYED', version: 1 })
  })

  it('both standings are kept side by side', () => {
    const wallet = funded(1n)
    wallet.send({ type: 'WALLET_FREEZE' })
    wallet.send({ type: 'AML_HOLD' })
    expect(wallet.reload().player.wallets[0]).toMatchObject({ status: 'frozen', amlHold: true, version: 3 })
    wallet.send({ type: 'AML_RELEASE' })
    expect(wallet.reload().player.wallets[0]).toMatchObject({ status: 'frozen', amlHold: false })
  })

  it('of a wallet that is not there: refused without a record', () => {
    expect(new Scenario().send({ type: 'WALLET_FREEZE' })).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'WALLET_NOT_FOUND',
      event: undefined,
    })
  })
})
