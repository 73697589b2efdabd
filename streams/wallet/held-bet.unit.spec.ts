/** Bets that a provider has to confirm: the stake is held, and the provider's answer or the deadline decides. */
import { beforeAll, describe, expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import { WalletLogic } from './logic.ts'
import type { WalletCodecs } from './logic.ts'
import {
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  commandRecord,
  logRecord,
  memoryCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { bet, days, funded, rollback, win } from './testing/scenario.ts'
import type { Answer, Scenario } from './testing/scenario.ts'

const HOLD_MS = 60_000
const DEADLINE_MS = START_MS + HOLD_MS

const heldBet = (id: string, amount: bigint, parts: Partial<CommandParts> = {}): CommandParts =>
  bet(id, amount, { provider_id: 'ocasino', hold_expires_at: DEADLINE_MS, ...parts })

type BetStep = 'BET_CONFIRM' | 'BET_REFUSE' | 'BET_CANCEL' | 'BET_EXPIRE'

interface Open {
  wallet: Scenario
  placed: Answer
  step: (type: BetStep) => Answer
}

/** A wallet of 1,000 with an open bet of 300. */
function open(): Open {
  const wallet = funded(1_000n)
  const placed = wallet.send(heldBet('b1', 300n, { metadata: '{"a":1}' }))
  return {
    wallet,
    placed,
    step: (type) => wallet.reload().send({ type, transaction_id: placed.transaction_id }),
  }
}

describe('placing', () => {
  it('holds the stake; the house has nothing yet', () => {
    const { placed } = open()
    expect(placed).toMatchObject({ outcome: 'APPLIED', status: 'PENDING', balance: 700n, held: 300n })
    expect(placed.event).toMatchObject({
      hold_expires_at: DEADLINE_MS,
      entries: [
        { account: 'PLAYER_HELD', amount: 300n },
        { account: 'PLAYER', amount: -300n },
      ],
    })
  })

  it('is refused like any bet', () => {
    const { wallet } = open()
    expect(wallet.send(heldBet('b2', 701n))).toMatchObject({ error_code: 'INSUFFICIENT_FUNDS', held: 300n })
    expect(wallet.events.at(-1)).toMatchObject({ status: 'FAILED', hold_expires_at: null })
  })

  it('again under its id: its present state, and no money moves', () => {
    const { wallet, placed } = open()
    expect(wallet.reload().send(heldBet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      status: 'PENDING',
      transaction_id: placed.transaction_id,
      held: 300n,
    })
    expect(wallet.send(heldBet('b1', 301n)).error_code).toBe('TRANSACTION_CONFLICT')
  })
})

describe('the end', () => {
  it('confirmed: the stake is the house’s, and the event is the whole bet', () => {
    const { step, placed, wallet } = open()
    const answer = step('BET_CONFIRM')
    expect(answer).toMatchObject({
      outcome: 'APPLIED',
      // Whoever placed the bet waits for this.
      command_id: placed.transaction_id,
      transaction_id: placed.transaction_id,
      status: 'COMPLETED',
      balance: 700n,
      held: 0n,
    })
    expect(answer.event).toMatchObject({
      type: 'BET',
      game_id: 'game',
      round_id: 'round',
      transaction_id_partner: 'b1',
      metadata: '{"a":1}',
      entries: [
        { account: 'HOUSE', amount: 300n },
        { account: 'PLAYER_HELD', amount: -300n },
      ],
    })
    expect(wallet.reload().send(heldBet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      status: 'COMPLETED',
      error_code: null,
    })
  })

  it.each([
    ['refused', 'BET_REFUSE', 'PROVIDER_REFUSED'],
    ['cancelled', 'BET_CANCEL', 'PROVIDER_FAILED'],
    ['out of time', 'BET_EXPIRE', 'PROVIDER_TIMED_OUT'],
  ] as const)('%s: the money is back, and whoever placed it hears why', (_what, type, code) => {
    const { step, wallet, placed } = open()
    wallet.nowMs = DEADLINE_MS
    expect(step(type)).toMatchObject({
      outcome: 'REJECTED',
      error_code: code,
      command_id: placed.transaction_id,
      status: 'CANCELED',
      balance: 1_000n,
      held: 0n,
    })
    expect(wallet.reload().send(heldBet('b1', 300n))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: code,
      balance: 1_000n,
    })
  })

  it('comes once: a step again does nothing, another one is refused', () => {
    const { step, wallet } = open()
    step('BET_CONFIRM')
    expect(step('BET_CONFIRM')).toMatchObject({ outcome: 'REPLAYED', status: 'COMPLETED', balance: 700n })
    expect(step('BET_CANCEL')).toMatchObject({ error_code: 'INVALID_TRANSITION', balance: 700n })
    expect(wallet.events).toHaveLength(3)
  })

  it('is not by time before the deadline', () => {
    const { step, wallet } = open()
    wallet.nowMs = DEADLINE_MS - 1
    expect(step('BET_EXPIRE').error_code).toBe('INVALID_TRANSITION')
  })

  it('of a withdrawal’s kind is not for bets, nor the other way around', () => {
    const { wallet, placed } = open()
    const asked = wallet.send({
      type: 'WITHDRAWAL',
      amount: 10n,
      hold_expires_at: DEADLINE_MS,
      auto_approve: true,
    })
    const steps = [
      { type: 'WITHDRAWAL_DECLINE', transaction_id: placed.transaction_id },
      { type: 'BET_CONFIRM', transaction_id: asked.transaction_id },
    ] as const
    for (const parts of steps) expect(wallet.send(parts).error_code).toBe('TRANSACTION_NOT_FOUND')
  })
})

describe('what comes about the bet', () => {
  it('while it is open, may be sent again; afterwards it lands', () => {
    const { wallet, step } = open()
    expect(wallet.send(win('w1', 50n, { reference_transaction_id_partner: 'b1' })).error_code).toBe(
      'BET_PENDING',
    )
    expect(wallet.send(win('w2', 50n)).error_code).toBe('BET_NOT_FOUND')
    expect(wallet.send(rollback('b1', 'r1')).error_code).toBe('BET_PENDING')
    step('BET_CONFIRM')
    expect(wallet.send(win('w1', 50n, { reference_transaction_id_partner: 'b1' })).balance).toBe(750n)
    expect(wallet.send(win('w2', 50n)).balance).toBe(800n)
  })

  it('a rollback of a confirmed bet gives it back, of a cancelled one nothing', () => {
    const confirmed = open()
    confirmed.step('BET_CONFIRM')
    expect(confirmed.wallet.send(rollback('b1', 'r1'))).toMatchObject({ outcome: 'APPLIED', balance: 1_000n })
    const canceled = open()
    canceled.step('BET_CANCEL')
    expect(canceled.wallet.send(rollback('b1', 'r1'))).toMatchObject({
      error_code: 'PARENT_FAILED',
      balance: 1_000n,
    })
    expect(canceled.wallet.send(win('w', 5n, { reference_transaction_id_partner: 'b1' })).error_code).toBe(
      'PARENT_FAILED',
    )
  })

  it('a win of its round that was there before does not settle it', () => {
    const { wallet, step } = open()
    wallet.send(bet('other', 10n))
    wallet.send(win('w1', 20n))
    step('BET_CONFIRM')
    expect(wallet.send(rollback('b1', 'r1'))).toMatchObject({ outcome: 'APPLIED', balance: 1_010n })
  })

  it('an id that was forgotten and given to another bet stays with that one', () => {
    const { wallet, step } = open()
    wallet.wait(days(121))
    const later = wallet.send(bet('b1', 5n))
    expect(step('BET_CONFIRM')).toMatchObject({ outcome: 'APPLIED', held: 0n })
    expect(wallet.send(bet('b1', 5n)).transaction_id).toBe(later.transaction_id)
  })
})

describe('the saga', () => {
  let codecs: WalletCodecs
  beforeAll(async () => {
    codecs = await memoryCodecs()
  })

  it('hears of the hold and of its end by time, and nobody is answered before the end', () => {
    const store = new MapStore()
    const output = new ListOutput()
    const logic = new WalletLogic(codecs, { replyPartitions: 1 })
    const parts: CommandParts[] = [
      { type: 'DEPOSIT', amount: 1_000n, reply_to: 0 },
      heldBet('b1', 300n, { reply_to: 0, campaign_id: 'spring' }),
    ]
    parts.forEach((each, at) => {
      const command = testCommand(testUuid(at + 1), START_MS + at, each)
      logic.process(commandRecord(codecs, command, at), store, output)
    })
    logic.endBatch(store, output, true)
    store.commit()
    const expiries = logic.housekeep(store, DEADLINE_MS)
    for (const { key, value } of expiries) logic.process(logRecord(key, value), store, output)
    expect(expiries).toHaveLength(1)

    const told = output.of('game.command')
    expect(told.map(({ key }) => key)).toEqual(Array(2).fill(playerKey(PARTNER_ID, 'ann')))
    const commands = told.map(({ value }) => codecs.game.decode(value).data)
    expect(commands).toEqual([
      expect.objectContaining({
        action: 'HELD',
        bet_id: testUuid(2),
        bet: {
          provider_id: 'ocasino',
          game_id: 'game',
          round_id: 'round',
          campaign_id: 'spring',
          currency: 'USD',
          amount: 300n,
          transaction_id_partner: 'b1',
          placed_at: START_MS,
          hold_expires_at: DEADLINE_MS,
          reply_to: 0,
        },
      }),
      expect.objectContaining({ action: 'EXPIRED', bet_id: testUuid(2), requested_at: DEADLINE_MS }),
    ])
    expect(output.of('wallet.reply')).toHaveLength(1)
  })
})
