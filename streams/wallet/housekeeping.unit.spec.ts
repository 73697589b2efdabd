import { beforeAll, describe, expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import { dueHolds, sweep } from './housekeeping.ts'
import { holdKey, splitHoldKey } from './keys.ts'
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
import { bet, days, rollback, win, withdrawal } from './testing/scenario.ts'

const DEADLINE_MS = START_MS + days(1)
const ODD_PLAYER = 'h|0:ü'

let codecs: WalletCodecs
beforeAll(async () => {
  codecs = await memoryCodecs()
})

/** A store in which these commands have been processed, one a millisecond. */
function processed(...parts: readonly CommandParts[]): { store: MapStore; logic: WalletLogic } {
  const store = new MapStore()
  const logic = new WalletLogic(codecs, { replyPartitions: 1 })
  parts.forEach((each, index) => {
    const command = testCommand(testUuid(index + 1), START_MS + index, each)
    logic.process(commandRecord(codecs, command, index), store, new ListOutput())
  })
  logic.endBatch(store, new ListOutput(), true)
  store.commit()
  return { store, logic }
}

const keys = (store: MapStore): string[] =>
  [...store.committed.keys()].map((key) => key.slice(0, 1)).toSorted()

const deposit = (player = 'ann'): CommandParts => ({ type: 'DEPOSIT', amount: 1_000n, player_id: player })

describe('holds that are due', () => {
  it('are found at their deadline, not before, whatever the player is called', () => {
    const { store } = processed(deposit(ODD_PLAYER), withdrawal(5n, { player_id: ODD_PLAYER }))
    expect(dueHolds(store, DEADLINE_MS - 1, 10)).toEqual([])
    expect(dueHolds(store, DEADLINE_MS, 10)).toEqual([
      {
        player: playerKey(PARTNER_ID, ODD_PLAYER),
        partnerId: PARTNER_ID,
        playerId: ODD_PLAYER,
        transactionId: testUuid(2),
        type: 'WITHDRAWAL',
        currency: 'USD',
        expiresAtMs: DEADLINE_MS,
      },
    ])
  })

  it('come oldest first, up to a limit', () => {
    const { store } = processed(
      deposit(),
      withdrawal(5n, { hold_expires_at: START_MS + 30 }),
      withdrawal(5n, { hold_expires_at: START_MS + 10 }),
      withdrawal(5n, { hold_expires_at: START_MS + 20 }),
    )
    expect(dueHolds(store, DEADLINE_MS, 2).map((hold) => hold.transactionId)).toEqual([
      testUuid(3),
      testUuid(4),
    ])
  })

  it('are gone once the withdrawal has ended', () => {
    const { store } = processed(deposit(), withdrawal(5n), {
      type: 'WITHDRAWAL_DECLINE',
      transaction_id: testUuid(2),
    })
    expect(dueHolds(store, DEADLINE_MS, 10)).toEqual([])
  })

  it('become commands that end them, asked again only after a while', () => {
    const { store, logic } = processed(deposit(), withdrawal(5n))
    const asked = logic.housekeep(store, DEADLINE_MS)
    expect(asked).toHaveLength(1)
    expect(logic.housekeep(store, DEADLINE_MS + 59_999)).toEqual([])
    const again = logic.housekeep(store, DEADLINE_MS + 60_000)
    expect(again).toHaveLength(1)
    const [first, second] = [...asked, ...again].map(({ value }) => codecs.command.decode(value))
    expect(first).toMatchObject({ event_id: second?.event_id, timestamp: DEADLINE_MS })
    expect(first?.data).toMatchObject({
      type: 'WITHDRAWAL_EXPIRE',
      transaction_id: testUuid(2),
      reply_to: null,
    })
  })

  it('end when these commands are processed', () => {
    const { store, logic } = processed(deposit(), withdrawal(5n))
    const output = new ListOutput()
    for (const { key, value } of logic.housekeep(store, DEADLINE_MS))
      logic.process(logRecord(key, value), store, output)
    logic.endBatch(store, output, true)
    store.commit()
    const [event] = output.of('wallet.transaction.created')
    expect(codecs.transaction.decode(event?.value ?? Buffer.alloc(0)).data).toMatchObject({
      status: 'CANCELED',
      error_code: 'HOLD_EXPIRED',
      balance_after: 1_000n,
      held_after: 0n,
    })
    expect(dueHolds(store, DEADLINE_MS, 10)).toEqual([])
  })

  it('keys come apart as they were put together', () => {
    const key = holdKey(5, playerKey(PARTNER_ID, ODD_PLAYER), testUuid(9))
    expect(splitHoldKey(key)).toEqual({
      expiresAtMs: 5,
      partnerId: PARTNER_ID,
      playerId: ODD_PLAYER,
      transactionId: testUuid(9),
    })
  })
})

describe('the sweep', () => {
  const story: CommandParts[] = [
    deposit(),
    bet('b1', 5n),
    win('w1', 5n),
    rollback('b2', 'rb1'),
    withdrawal(5n, { transaction_id_partner: 'open' }),
    withdrawal(5n, { transaction_id_partner: 'ended' }),
    { type: 'WITHDRAWAL_DECLINE', transaction_id: testUuid(6) },
  ]

  it('leaves what the rules still look at', () => {
    const { store } = processed(...story)
    expect(sweep(store, '', 1_000, START_MS + days(121))).toBe('')
    store.commit()
    expect(keys(store)).toEqual('chprttttttww'.split(''))
  })

  it('removes forgotten ids, rounds and ended withdrawals; players and open withdrawals stay', () => {
    const { store } = processed(...story)
    sweep(store, '', 1_000, START_MS + days(122))
    store.commit()
    expect(keys(store)).toEqual('hpw'.split(''))
  })

  it('goes on where it stopped, a few entries at a time', () => {
    const { store } = processed(...story)
    let key = ''
    let rounds = 0
    do {
      key = sweep(store, key, 2, START_MS + days(122))
      store.commit()
      rounds++
    } while (key !== '')
    expect(rounds).toBe(5)
    expect(keys(store)).toEqual('hpw'.split(''))
  })

  it('is part of housekeeping', () => {
    const { store, logic } = processed(...story)
    logic.housekeep(store, START_MS + days(122))
    store.commit()
    expect(keys(store)).toEqual('hpw'.split(''))
  })
})
