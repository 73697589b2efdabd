/** The saga of one bet, step by step: what it comes to, what the provider is asked, what the wallet is told. */
import { describe, expect, it } from 'vitest'
import type { GameBet, GameCallKind, ProviderResult } from '../../avro/types.ts'
import { PROVIDER_TIMEOUT_MS_MAX } from '../../domain/game-provider.ts'
import { checkCommand } from './command.ts'
import { decide } from './decide.ts'
import { ANSWER_WAY_MS, CALL_MS, PAUSE_HELD_MS_MAX, PAUSE_MS_MAX } from './limits.ts'
import { BET_ID, HOLD_MS, START_MS, result, terms, testCommand } from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { walletCommandsOf } from './wallet-commands.ts'

type ResultParts = Partial<ProviderResult> & Pick<ProviderResult, 'answer'>

interface Moved {
  state: string | undefined
  asked: GameCallKind | undefined
  wallet: string[]
}

/** One bet; each command takes a millisecond. */
class Saga {
  bet: GameBet | undefined
  nowMs = START_MS
  #sent = 0

  send(parts: CommandParts): Moved {
    const command = checkCommand(testCommand(++this.#sent, this.nowMs++, parts))
    if ('fault' in command) throw new Error(command.fault)
    const decision = decide(command, this.bet)
    if (decision.kind === 'ignored') return { state: this.bet?.state, asked: undefined, wallet: [] }
    const { bet, call, steps } = decision
    this.bet = bet
    const wallet = steps.flatMap((step) => walletCommandsOf(bet, step)).map(({ data }) => data.type)
    return { state: bet.state, asked: call?.kind, wallet }
  }

  /** The answer to the present call, or to an earlier one. */
  answer(parts: ResultParts, call = this.bet?.call ?? 0): Moved {
    return this.send(result(call, parts))
  }

  /** Wakes the bet when it is due. */
  wake(): Moved {
    this.nowMs = this.bet?.due_at ?? this.nowMs
    return this.send({ action: 'WAKE' })
  }
}

const nothing = (state: string): Moved => ({ state, asked: undefined, wallet: [] })

function placed(): Saga {
  const saga = new Saga()
  saga.send({ action: 'HELD', bet: terms() })
  return saga
}

/** A bet whose placing is in doubt. */
function inDoubt(): Saga {
  const saga = placed()
  saga.answer({ answer: 'UNCERTAIN' })
  return saga
}

function canceling(): Saga {
  const saga = inDoubt()
  saga.answer({ answer: 'ABSENT' })
  return saga
}

function reversing(): Saga {
  const saga = placed()
  saga.nowMs = START_MS + HOLD_MS
  saga.send({ action: 'EXPIRED' })
  return saga
}

describe('placing', () => {
  it('a call has time for the slowest provider that there may be', () => {
    expect(CALL_MS).toBeGreaterThan(PROVIDER_TIMEOUT_MS_MAX)
  })

  it('the provider is asked at once, once', () => {
    const saga = new Saga()
    expect(saga.send({ action: 'HELD', bet: terms() })).toEqual({
      state: 'PLACING',
      asked: 'PLACE',
      wallet: [],
    })
    expect(saga.send({ action: 'HELD', bet: terms() })).toEqual(nothing('PLACING'))
  })

  it.each([
    ['ACCEPTED', 'CONFIRMED', 'BET_CONFIRM'],
    ['REFUSED', 'REFUSED', 'BET_REFUSE'],
    ['NOT_SENT', 'CANCELED', 'BET_CANCEL'],
  ] as const)('%s ends it', (answer, state, step) => {
    expect(placed().answer({ answer })).toEqual({ state, asked: undefined, wallet: [step] })
  })

  it('uncertain: the provider is asked what it knows', () => {
    expect(placed().answer({ answer: 'UNCERTAIN' })).toEqual({
      state: 'CHECKING',
      asked: 'CHECK',
      wallet: [],
    })
  })

  it('no answer in time is an uncertain one', () => {
    const saga = placed()
    expect(saga.bet?.due_at).toBe(START_MS + CALL_MS + ANSWER_WAY_MS)
    expect(saga.wake()).toEqual({ state: 'CHECKING', asked: 'CHECK', wallet: [] })
    expect(saga.bet?.code).toBe('NO_ANSWER')
  })

  it('nobody is to place it once its stake is no longer held', () => {
    const saga = new Saga()
    saga.send({ action: 'HELD', bet: terms({ hold_expires_at: START_MS + 1_000 }) })
    expect(saga.bet?.due_at).toBe(START_MS + 1_000 + ANSWER_WAY_MS)
  })

  it('the answer goes where the bet’s caller waits', () => {
    const saga = placed()
    const command = checkCommand(testCommand(9, saga.nowMs, result(1, { answer: 'ACCEPTED' })))
    if ('fault' in command) throw new Error(command.fault)
    const decision = decide(command, saga.bet)
    if (decision.kind === 'ignored') throw new Error('ignored')
    const [confirm] = decision.steps.flatMap((step) => walletCommandsOf(decision.bet, step))
    expect(confirm?.data).toMatchObject({
      type: 'BET_CONFIRM',
      transaction_id: BET_ID,
      reply_to: 3,
      currency: 'USD',
    })
  })

  it('decided again it is the same command; decided of a later version of the bet, another one', () => {
    const { bet } = placed()
    if (bet === undefined) throw new Error('there is no bet')
    const commandsOf = (version: number) =>
      walletCommandsOf(
        { ...bet, version },
        { kind: 'SETTLE', wins: [{ id: 'w1', amount: 5n, win_type: 'STANDARD' }] },
      )
    const idsOf = (version: number): string[] => commandsOf(version).map(({ event_id: id }) => id)
    const movementsOf = (version: number) =>
      commandsOf(version).map(({ data }) => data.transaction_id_partner)
    expect(idsOf(4)).toEqual(idsOf(4))
    expect(new Set([...idsOf(4), ...idsOf(5)]).size).toBe(4)
    expect(movementsOf(5)).toEqual(movementsOf(4))
  })
})

describe('in doubt', () => {
  it('a bet that the provider has is confirmed; with its result, if it has that too', () => {
    expect(inDoubt().answer({ answer: 'ACCEPTED' })).toEqual({
      state: 'CONFIRMED',
      asked: undefined,
      wallet: ['BET_CONFIRM'],
    })
    const wins = [
      { id: 'w1', amount: 50_000n, win_type: 'STANDARD' as const },
      { id: 'w0', amount: 0n, win_type: 'STANDARD' as const },
    ]
    expect(inDoubt().answer({ answer: 'ACCEPTED', round_closed: true, wins }).wallet).toEqual([
      'BET_CONFIRM',
      'WIN',
      'WIN',
    ])
  })

  it('one that the provider does not know is cancelled there before the money goes back', () => {
    const saga = inDoubt()
    expect(saga.answer({ answer: 'ABSENT' })).toEqual({ state: 'CANCELING', asked: 'CANCEL', wallet: [] })
    expect(saga.answer({ answer: 'CANCELED' })).toEqual({
      state: 'CANCELED',
      asked: undefined,
      wallet: ['BET_CANCEL'],
    })
  })

  it('pauses grow, and after half of the hold it is cancelled', () => {
    const saga = inDoubt()
    const pauses: number[] = []
    while (saga.bet?.state === 'CHECKING') {
      saga.answer({ answer: 'UNCERTAIN' })
      if (saga.bet.calling) break
      pauses.push((saga.bet.due_at ?? 0) - saga.bet.updated_at)
      saga.wake()
    }
    expect(pauses.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000])
    expect(Math.max(...pauses)).toBe(PAUSE_HELD_MS_MAX)
    expect(saga.bet?.state).toBe('CANCELING')
    expect(saga.nowMs).toBeLessThan(START_MS + HOLD_MS * 0.75)
  })

  it('a late word that it was taken counts; any other late word does not', () => {
    expect(inDoubt().answer({ answer: 'REFUSED' }, 1)).toEqual(nothing('CHECKING'))
    expect(inDoubt().answer({ answer: 'ACCEPTED' }, 1).wallet).toEqual(['BET_CONFIRM'])
    expect(canceling().answer({ answer: 'ACCEPTED' }, 1)).toEqual(nothing('CANCELING'))
  })

  it('an answer that comes twice counts once', () => {
    const saga = inDoubt()
    saga.answer({ answer: 'UNCERTAIN' }, 2)
    expect(saga.answer({ answer: 'ABSENT' }, 2)).toEqual(nothing('CHECKING'))
  })
})

describe('cancelling', () => {
  it('a bet that has its result stands', () => {
    expect(canceling().answer({ answer: 'STANDS' })).toEqual({
      state: 'CONFIRMED',
      asked: undefined,
      wallet: ['BET_CONFIRM'],
    })
  })

  it.each(['UNCERTAIN', 'NOT_SENT', 'REFUSED'] as const)('%s: again, after a pause', (answer) => {
    const saga = canceling()
    expect(saga.answer({ answer })).toEqual(nothing('CANCELING'))
    expect(saga.wake()).toEqual({ state: 'CANCELING', asked: 'CANCEL', wallet: [] })
  })
})

describe('the end of the hold', () => {
  it('while the provider was not asked out: it is told to cancel, and the wallet nothing', () => {
    const saga = placed()
    expect(saga.send({ action: 'EXPIRED' })).toEqual({ state: 'REVERSING', asked: 'CANCEL', wallet: [] })
    expect(saga.answer({ answer: 'CANCELED' })).toEqual(nothing('CANCELED'))
  })

  it('that came before the confirmation: the same', () => {
    const saga = placed()
    saga.answer({ answer: 'ACCEPTED' })
    expect(saga.send({ action: 'EXPIRED' })).toEqual({ state: 'REVERSING', asked: 'CANCEL', wallet: [] })
  })

  it('of a bet that is cancelled already: nothing', () => {
    const saga = canceling()
    saga.answer({ answer: 'CANCELED' })
    expect(saga.send({ action: 'EXPIRED' })).toEqual(nothing('CANCELED'))
  })

  it('the provider is asked for as long as it takes', () => {
    const saga = reversing()
    for (let tries = 0; tries < 200; tries++) {
      saga.answer({ answer: 'UNCERTAIN' })
      expect(saga.wake().asked).toBe('CANCEL')
    }
    saga.answer({ answer: 'UNCERTAIN' })
    expect((saga.bet?.due_at ?? 0) - (saga.bet?.updated_at ?? 0)).toBe(PAUSE_MS_MAX)
  })

  it('a bet that stands then is for a person', () => {
    expect(reversing().answer({ answer: 'STANDS' })).toEqual(nothing('DISPUTED'))
  })
})

describe('an old round', () => {
  const resolving = (): Saga => {
    const saga = new Saga()
    expect(saga.send({ action: 'RESOLVE', bet: terms() })).toEqual({
      state: 'RESOLVING',
      asked: 'CHECK',
      wallet: [],
    })
    return saga
  }

  it('with a result: its wins are paid, and it is closed', () => {
    const wins = [{ id: 'w1', amount: 50_000n, win_type: 'STANDARD' as const }]
    expect(resolving().answer({ answer: 'ACCEPTED', round_closed: true, wins })).toEqual({
      state: 'RESOLVED',
      asked: undefined,
      wallet: ['WIN', 'WIN'],
    })
  })

  it.each(['ACCEPTED', 'ABSENT'] as const)(
    '%s without a result: cancelled there, then given back',
    (answer) => {
      const saga = resolving()
      expect(saga.answer({ answer })).toEqual({ state: 'VOIDING', asked: 'CANCEL', wallet: [] })
      expect(saga.answer({ answer: 'CANCELED' })).toEqual({
        state: 'ROLLED_BACK',
        asked: undefined,
        wallet: ['ROLLBACK'],
      })
    },
  )

  it('that gets its result just then is asked for again', () => {
    const saga = resolving()
    saga.answer({ answer: 'ACCEPTED' })
    expect(saga.answer({ answer: 'STANDS' })).toEqual({ state: 'RESOLVING', asked: 'CHECK', wallet: [] })
  })

  it('that was refused there is given back', () => {
    expect(resolving().answer({ answer: 'REFUSED' }).wallet).toEqual(['ROLLBACK'])
  })

  it('is looked at once at a time, and never while its bet is open', () => {
    expect(resolving().send({ action: 'RESOLVE', bet: terms() })).toEqual(nothing('RESOLVING'))
    expect(placed().send({ action: 'RESOLVE', bet: terms() })).toEqual(nothing('PLACING'))
  })
})

describe('a stake that the provider gives back of its own accord', () => {
  it.each([
    ['while the bet is placed', placed, 'REFUSED', ['BET_REFUSE']],
    ['while it is in doubt', inDoubt, 'REFUSED', ['BET_REFUSE']],
    ['after the end of the hold', reversing, 'CANCELED', []],
  ] as const)('%s', (_what, given, state, wallet) => {
    expect(given().send({ action: 'VOIDED' })).toEqual({ state, asked: undefined, wallet })
  })

  it('after it was confirmed, once', () => {
    const saga = placed()
    saga.answer({ answer: 'ACCEPTED' })
    expect(saga.send({ action: 'VOIDED' }).wallet).toEqual(['ROLLBACK'])
    expect(saga.send({ action: 'VOIDED' })).toEqual(nothing('ROLLED_BACK'))
  })
})

describe('what can’t be decided', () => {
  it.each<[string, CommandParts]>([
    ['HELD without bet', { action: 'HELD' }],
    ['RESULT without result', { action: 'RESULT' }],
    ['bet_id', { action: 'WAKE', bet_id: 'x' }],
    ['partner_id', { action: 'WAKE', partner_id: 'x' }],
    ['player_id', { action: 'WAKE', player_id: 'a/b' }],
    ['requested_at', { action: 'WAKE', requested_at: -1 }],
    ['provider_id', { action: 'HELD', bet: terms({ provider_id: 'A B' }) }],
    ['game_id', { action: 'HELD', bet: terms({ game_id: '' }) }],
    ['round_id', { action: 'HELD', bet: terms({ round_id: 'r'.repeat(101) }) }],
    ['transaction_id_partner', { action: 'HELD', bet: terms({ transaction_id_partner: '' }) }],
    ['currency', { action: 'HELD', bet: terms({ currency: 'USDT' }) }],
    ['amount', { action: 'HELD', bet: terms({ amount: -1n }) }],
    ['hold_expires_at', { action: 'HELD', bet: terms({ hold_expires_at: 1e15 }) }],
    ['call', result(0, { answer: 'ACCEPTED' })],
    ['code', result(1, { answer: 'ACCEPTED', code: 'x'.repeat(256) })],
    ['win', result(1, { answer: 'ACCEPTED', wins: [{ id: '', amount: 1n, win_type: 'STANDARD' }] })],
  ])('%s', (what, parts) => {
    const checked = checkCommand(testCommand(1, parts.requested_at ?? START_MS, parts))
    expect('fault' in checked ? checked.fault : '').toContain(what)
  })

  it('an answer or a time of a bet that nobody knows is passed over', () => {
    for (const action of ['EXPIRED', 'WAKE', 'VOIDED'] as const)
      expect(new Saga().send({ action }).state).toBeUndefined()
    expect(new Saga().send(result(1, { answer: 'ACCEPTED' })).state).toBeUndefined()
  })
})
