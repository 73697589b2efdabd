/** Every row of the contract's table of bets, rollbacks and wins. */
import { describe, expect, it } from 'vitest'
import { Scenario, bet, days, funded, rollback, win } from './testing/scenario.ts'

const APPLIED = { outcome: 'APPLIED', error_code: null, status: 'COMPLETED' }
const REPLAYED = { ...APPLIED, outcome: 'REPLAYED' }
const rejected = (code: string): object => ({ outcome: 'REJECTED', error_code: code, status: 'FAILED' })

describe('no bet yet', () => {
  it('bet: applied, and the stake goes to the house', () => {
    const answer = funded(1_000n).send(bet('b1', 300n))
    expect(answer).toMatchObject({ ...APPLIED, new_balance: 700n, balance: 700n, held: 0n, version: 2 })
    expect(answer.event).toMatchObject({
      type: 'BET',
      balance_before: 1_000n,
      balance_after: 700n,
      entries: [
        { account: 'HOUSE', amount: 300n },
        { account: 'PLAYER', amount: -300n },
      ],
    })
  })

  it('bet without the funds: rejected for good, even after a deposit', () => {
    const wallet = funded(100n)
    const first = wallet.send(bet('b1', 300n))
    expect(first).toMatchObject({ ...rejected('INSUFFICIENT_FUNDS'), new_balance: 100n, version: 1 })
    expect(first.event).toMatchObject({ status: 'FAILED', retryable: false, entries: [] })
    wallet.send({ type: 'DEPOSIT', amount: 1_000n })
    const again = wallet.send(bet('b1', 300n))
    expect(again).toMatchObject({ outcome: 'REPLAYED', error_code: 'INSUFFICIENT_FUNDS', new_balance: 100n })
    expect(again).toMatchObject({ transaction_id: first.transaction_id, balance: 1_100n, event: undefined })
  })

  it('bet of an unknown player: no wallet, and the id is free to succeed later', () => {
    const wallet = new Scenario()
    const answer = wallet.send(bet('b1', 1n))
    expect(answer).toMatchObject({ ...rejected('WALLET_NOT_FOUND'), balance: null, version: 0 })
    expect(answer.event).toMatchObject({ retryable: true, balance_before: null, balance_after: null })
    wallet.send({ type: 'DEPOSIT', amount: 10n })
    expect(wallet.send(bet('b1', 1n))).toMatchObject({ ...APPLIED, balance: 9n })
  })

  it('rollback: a tombstone, balance unchanged', () => {
    const answer = funded(1_000n).send(rollback('b1', 'rb1'))
    expect(answer).toMatchObject({ ...APPLIED, new_balance: 1_000n, version: 1 })
    expect(answer.event).toMatchObject({ type: 'ROLLBACK', amount: 0n, entries: [], version: 1 })
  })

  it('rollback: its answer says that the bet is unknown, however often it comes, and of no other rollback', () => {
    const wallet = funded(1_000n)
    expect(wallet.send(rollback('b1', 'rb1'))).toMatchObject({ ...APPLIED, bet_unknown: true })
    expect(wallet.reload().send(rollback('b1', 'rb1'))).toMatchObject({ ...REPLAYED, bet_unknown: true })
    expect(wallet.send(rollback('b1', 'rb2'))).toMatchObject({ ...REPLAYED, bet_unknown: true })
    wallet.send(bet('b2', 300n))
    expect(wallet.send(rollback('b2', 'rb3'))).toMatchObject({ ...APPLIED, bet_unknown: false })
    expect(wallet.reload().send(rollback('b2', 'rb3'))).toMatchObject({ ...REPLAYED, bet_unknown: false })
  })

  it('rollback of an unknown player: a tombstone without a wallet', () => {
    const wallet = new Scenario()
    const answer = wallet.send(rollback('b1'))
    expect(answer).toMatchObject({ ...APPLIED, new_balance: null, balance: null, version: 0 })
    wallet.send({ type: 'DEPOSIT', amount: 10n })
    expect(wallet.send(bet('b1', 1n))).toMatchObject(rejected('TRANSACTION_ROLLED_BACK'))
  })

  it('win that names a bet: refused, and may be sent again once the bet is there', () => {
    const wallet = funded(100n)
    const early = win('w1', 50n, { reference_transaction_id_partner: 'b1' })
    const answer = wallet.send(early)
    expect(answer).toMatchObject(rejected('BET_NOT_FOUND'))
    expect(answer.event?.retryable).toBe(true)
    wallet.send(bet('b1', 10n))
    expect(wallet.send(early)).toMatchObject({ ...APPLIED, balance: 140n })
  })

  it('win that names only a round: refused, and may be sent again', () => {
    const wallet = funded(100n)
    expect(wallet.send(win('w1', 50n))).toMatchObject(rejected('BET_NOT_FOUND'))
    wallet.send(bet('b1', 10n))
    expect(wallet.send(win('w1', 50n))).toMatchObject({ ...APPLIED, balance: 140n })
  })

  it('win that names neither bet nor round: refused', () => {
    const wallet = funded(100n)
    wallet.send(bet('b1', 10n))
    expect(wallet.send(win('w1', 50n, { round_id: null }))).toMatchObject(rejected('BET_NOT_FOUND'))
  })
})

describe('TOMBSTONE', () => {
  it('bet: refused for good', () => {
    const wallet = funded(1_000n)
    wallet.send(rollback('b1', 'rb1'))
    const refused = wallet.send(bet('b1', 300n))
    expect(refused).toMatchObject({ ...rejected('TRANSACTION_ROLLED_BACK'), balance: 1_000n })
    expect(wallet.send(bet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: 'TRANSACTION_ROLLED_BACK',
      transaction_id: refused.transaction_id,
    })
  })

  it.each([
    ['DEPOSIT', { type: 'DEPOSIT', amount: 5n }],
    ['ADJUSTMENT', { type: 'ADJUSTMENT', amount: 5n, direction: 'CREDIT' }],
  ] as const)(
    '%s under the id: refused too, since its sender was told that it is rolled back',
    (_type, parts) => {
      const wallet = funded(1_000n)
      wallet.send(rollback('x1'))
      expect(wallet.send({ ...parts, transaction_id_partner: 'x1' })).toMatchObject(
        rejected('TRANSACTION_ROLLED_BACK'),
      )
    },
  )

  it('rollback under another id: the same success, no credit', () => {
    const wallet = funded(1_000n)
    const first = wallet.send(rollback('b1', 'rb1'))
    const second = wallet.send(rollback('b1', 'rb2'))
    expect(second).toMatchObject({
      outcome: 'REPLAYED',
      status: 'COMPLETED',
      error_code: null,
      event: undefined,
    })
    expect(second).toMatchObject({ transaction_id: first.transaction_id, balance: 1_000n })
  })

  it('rollback after the late bet: still the same success', () => {
    const wallet = funded(1_000n)
    const first = wallet.send(rollback('b1', 'rb1'))
    wallet.send(bet('b1', 300n))
    expect(wallet.send(rollback('b1', 'rb2'))).toMatchObject({
      outcome: 'REPLAYED',
      transaction_id: first.transaction_id,
      balance: 1_000n,
    })
  })

  it('win that names the late bet: refused as rolled back', () => {
    const wallet = funded(1_000n)
    wallet.send(rollback('b1', 'rb1'))
    expect(wallet.send(win('w1', 5n, { reference_transaction_id_partner: 'b1' }))).toMatchObject(
      rejected('TRANSACTION_ROLLED_BACK'),
    )
  })
})

describe('APPLIED', () => {
  it('rollback: refunded, with the game and round of its bet', () => {
    const wallet = funded(1_000n)
    const placed = wallet.send(bet('b1', 300n))
    const answer = wallet.send(rollback('b1', 'rb1'))
    expect(answer).toMatchObject({ ...APPLIED, new_balance: 1_000n, version: 3 })
    expect(answer.event).toMatchObject({
      amount: 300n,
      game_id: 'game',
      round_id: 'round',
      reference_transaction_id: placed.transaction_id,
      entries: [
        { account: 'PLAYER', amount: 300n },
        { account: 'HOUSE', amount: -300n },
      ],
    })
  })

  it('rollback under the id of its bet, as some providers send it: refunded once', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    const answer = wallet.send(rollback('b1', 'b1'))
    expect(answer).toMatchObject({ ...APPLIED, balance: 1_000n })
    expect(answer.event?.transaction_id_partner).toBeNull()
    expect(wallet.send(rollback('b1', 'b1'))).toMatchObject({ outcome: 'REPLAYED', balance: 1_000n })
  })

  it('rollback in another currency: refused', () => {
    const wallet = funded(1_000n)
    wallet.send({ type: 'DEPOSIT', amount: 10n, currency: 'EUR' })
    wallet.send(bet('b1', 300n))
    expect(wallet.send(rollback('b1', 'rb1', { currency: 'EUR' }))).toMatchObject(
      rejected('CURRENCY_MISMATCH'),
    )
  })

  it('rollback of a bet without a round: refunded', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n, { round_id: null }))
    expect(wallet.send(rollback('b1'))).toMatchObject({ ...APPLIED, balance: 1_000n })
  })

  it('rollback in a closed round: refunded where no win settled the bet', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(bet('b2', 100n))
    wallet.send(win('w1', 0n, { reference_transaction_id_partner: 'b2' }))
    expect(wallet.send(rollback('b1'))).toMatchObject({ ...APPLIED, balance: 900n })
  })

  it('win in another currency than the bet that it names: refused', () => {
    const wallet = funded(1_000n)
    wallet.send({ type: 'DEPOSIT', amount: 10n, currency: 'EUR' })
    wallet.send(bet('b1', 300n))
    const other = win('w1', 5n, { currency: 'EUR', reference_transaction_id_partner: 'b1' })
    expect(wallet.send(other)).toMatchObject(rejected('CURRENCY_MISMATCH'))
    expect(wallet.send(win('w2', 5n, { currency: 'EUR' }))).toMatchObject(rejected('BET_NOT_FOUND'))
  })

  it('win: paid by the house, more than once', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    const answer = wallet.send(win('w1', 500n))
    expect(answer).toMatchObject({ ...APPLIED, balance: 1_200n })
    expect(answer.event).toMatchObject({
      win_type: 'STANDARD',
      entries: [{ account: 'PLAYER' }, { account: 'HOUSE' }],
    })
    expect(wallet.send(win('w2', 100n))).toMatchObject({ ...APPLIED, balance: 1_300n })
  })
})

describe('REJECTED', () => {
  it('rollback: no refund, PARENT_FAILED', () => {
    const wallet = funded(100n)
    wallet.send(bet('b1', 300n))
    expect(wallet.send(rollback('b1', 'rb1'))).toMatchObject({ ...rejected('PARENT_FAILED'), balance: 100n })
    expect(wallet.send(rollback('b1', 'rb1'))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: 'PARENT_FAILED',
    })
  })

  it('win that names it: PARENT_FAILED', () => {
    const wallet = funded(100n)
    wallet.send(bet('b1', 300n))
    expect(wallet.send(win('w1', 5n, { reference_transaction_id_partner: 'b1' }))).toMatchObject(
      rejected('PARENT_FAILED'),
    )
  })

  it('rollback of a bet whose rejection is not remembered: a tombstone', () => {
    const wallet = new Scenario()
    wallet.send(bet('b1', 300n))
    expect(wallet.send(rollback('b1'))).toMatchObject(APPLIED)
  })
})

describe('settled by a win', () => {
  it('rollback of the bet that the win names: refused; another bet of the round is still refunded', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(bet('b2', 100n))
    wallet.send(win('w1', 1n, { reference_transaction_id_partner: 'b1' }))
    expect(wallet.send(rollback('b1'))).toMatchObject(rejected('BET_ALREADY_SETTLED'))
    expect(wallet.send(rollback('b2'))).toMatchObject({ ...APPLIED, balance: 701n })
  })

  it('rollback of a bet before a win that names only the round: refused; a later bet is refunded', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(win('w1', 1n))
    wallet.send(bet('b2', 100n))
    expect(wallet.send(rollback('b1'))).toMatchObject(rejected('BET_ALREADY_SETTLED'))
    expect(wallet.send(rollback('b2'))).toMatchObject({ ...APPLIED, balance: 701n })
  })

  it('a win settles a bet however often it is named', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    const named = { reference_transaction_id_partner: 'b1' }
    wallet.send(win('w1', 1n, named))
    expect(wallet.send(win('w2', 1n, named))).toMatchObject({ ...APPLIED, balance: 702n })
    expect(wallet.send(rollback('b1'))).toMatchObject(rejected('BET_ALREADY_SETTLED'))
  })
})

describe('ROLLED_BACK', () => {
  it('rollback under another id: the same success, no second credit', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    const first = wallet.send(rollback('b1', 'rb1'))
    wallet.send({ type: 'DEPOSIT', amount: 7n })
    const second = wallet.send(rollback('b1', 'rb2'))
    expect(second).toMatchObject({ outcome: 'REPLAYED', transaction_id: first.transaction_id })
    expect(second).toMatchObject({ new_balance: 1_000n, balance: 1_007n, event: undefined })
  })

  it('win: refused, by name and by round', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(rollback('b1'))
    const named = win('w1', 5n, { reference_transaction_id_partner: 'b1' })
    expect(wallet.send(named)).toMatchObject(rejected('TRANSACTION_ROLLED_BACK'))
    expect(wallet.send(win('w2', 5n))).toMatchObject(rejected('TRANSACTION_ROLLED_BACK'))
  })

  it('win by round while another bet of the round stands: paid', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(bet('b2', 100n))
    wallet.send(rollback('b1'))
    expect(wallet.send(win('w1', 5n))).toMatchObject({ ...APPLIED, balance: 905n })
  })

  it('the bet again: the original result', () => {
    const wallet = funded(1_000n)
    const placed = wallet.send(bet('b1', 300n))
    wallet.send(rollback('b1'))
    expect(wallet.send(bet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: null,
      transaction_id: placed.transaction_id,
      new_balance: 700n,
      balance: 1_000n,
    })
  })
})

describe('round closed', () => {
  it.each([
    ['a win of 0', win('w1', 0n)],
    ['round_closed', win('w1', 5n, { round_closed: true })],
    [
      'a win of 0 that names only the bet',
      win('w1', 0n, { round_id: null, reference_transaction_id_partner: 'b1' }),
    ],
  ])('by %s: bet and win are refused, the closing win is repeated', (_how, closing) => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    const closed = wallet.send(closing)
    expect(closed).toMatchObject(APPLIED)
    expect(closed.event?.round_closed).toBe(true)
    expect(wallet.send(bet('b2', 1n))).toMatchObject(rejected('ROUND_CLOSED'))
    expect(wallet.send(win('w2', 1n))).toMatchObject(rejected('ROUND_CLOSED'))
    expect(wallet.send(win('w3', 1n, { win_type: 'JACKPOT' }))).toMatchObject(rejected('ROUND_CLOSED'))
    expect(wallet.send(closing)).toMatchObject({ outcome: 'REPLAYED', transaction_id: closed.transaction_id })
    expect(wallet.send(bet('b1', 300n))).toMatchObject({ outcome: 'REPLAYED', error_code: null })
  })

  it('a win of 0 records no entries', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    expect(wallet.send(win('w1', 0n)).event).toMatchObject({ entries: [], amount: 0n, version: 3 })
  })

  it('a round is as old as its newest command, though another clock was behind', () => {
    const wallet = funded(1_000n)
    wallet.wait(days(10)).send(bet('b1', 1n))
    wallet.wait(-days(10)).send(bet('b2', 1n))
    expect(wallet.wait(days(125)).send(win('w1', 5n))).toMatchObject(APPLIED)
  })

  it('is forgotten with the ids', () => {
    const wallet = funded(1_000n)
    wallet.send(bet('b1', 300n))
    wallet.send(win('w1', 0n))
    wallet.wait(days(121))
    expect(wallet.send(bet('b2', 1n))).toMatchObject(APPLIED)
  })
})

describe('free rounds and promotions', () => {
  it('a free round is a bet of 0 that moves nothing, and its win is bonus cost', () => {
    const wallet = funded(1_000n)
    const free = { campaign_id: 'spring', win_type: null }
    expect(wallet.send(bet('b1', 0n, free)).event).toMatchObject({ ...{ status: 'COMPLETED' }, entries: [] })
    const paid = wallet.send(win('w1', 50n, { campaign_id: 'spring', win_type: 'FREE_ROUND' }))
    expect(paid.event?.entries).toEqual([
      { account: 'PLAYER', amount: 50n },
      { account: 'BONUS', amount: -50n },
    ])
    expect(wallet.send(rollback('b1'))).toMatchObject(rejected('BET_ALREADY_SETTLED'))
  })

  it.each(['PROMOTIONAL', 'BONUS', 'JACKPOT', 'TOURNAMENT'] as const)('a %s win needs no bet', (winType) => {
    const answer = funded(1_000n).send(win('w1', 50n, { round_id: null, win_type: winType }))
    expect(answer).toMatchObject({ ...APPLIED, balance: 1_050n })
    expect(answer.event).toMatchObject({
      win_type: winType,
      entries: [{ account: 'PLAYER' }, { account: 'BONUS' }],
    })
  })

  it('a typed win that names an unknown bet is paid', () => {
    const named = { round_id: null, win_type: 'BONUS', reference_transaction_id_partner: 'nothing' } as const
    expect(funded(1_000n).send(win('w1', 50n, named))).toMatchObject({ ...APPLIED, balance: 1_050n })
  })

  it('a win of an unknown player finds no wallet', () => {
    expect(new Scenario().send(win('w1', 5n, { win_type: 'BONUS' }))).toMatchObject(
      rejected('WALLET_NOT_FOUND'),
    )
  })
})

describe('what is no bet', () => {
  it('rollback: not supported', () => {
    const wallet = funded(1_000n)
    expect(wallet.send(rollback('first-deposit', 'rb1'))).toMatchObject(rejected('ROLLBACK_NOT_SUPPORTED'))
  })

  it('win that names it: no bet found', () => {
    const named = { reference_transaction_id_partner: 'first-deposit' }
    expect(funded(1_000n).send(win('w1', 5n, named))).toMatchObject(rejected('BET_NOT_FOUND'))
  })
})
