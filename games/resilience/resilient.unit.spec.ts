import { Registry } from '@prometheus-io/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BetPlaced, BetRequest, Call, GameAdapter, Outcome } from '../adapter.ts'
import { fatal, rejected, succeeded, uncertain } from '../outcome.ts'
import { createProviderMetrics } from './metrics.ts'
import { withResilience } from './resilient.ts'
import type { ResilienceBounds } from './resilient.ts'

const BET = { transactionId: 'bet-1' } as BetRequest
const DONE = succeeded<BetPlaced>({ replayed: false })
const LOST = uncertain('TIMEOUT', 'no answer', { sent: true })
const NOT_SENT = uncertain('ECONNREFUSED', 'nobody there', { sent: false })

type Placing = (call: Call) => Promise<Outcome<BetPlaced>>

const notAsked = () => Promise.reject(new Error('not asked for'))

function adapterOf(placeBet: Placing, launch: GameAdapter['launch'] = notAsked): GameAdapter {
  return {
    providerId: 'p1',
    listGames: notAsked,
    launch,
    placeBet: (_, call) => placeBet(call),
    roundResult: notAsked,
    cancelBet: notAsked,
    verifyCallback: () => ({
      ok: false,
      refusal: 'MALFORMED',
      answer: { status: 400, headers: {}, body: '' },
    }),
    answerCallback: () => ({ status: 200, headers: {}, body: '' }),
  }
}

let registry: Registry
beforeEach(() => {
  vi.useFakeTimers()
  registry = new Registry()
})
afterEach(() => vi.useRealTimers())

const guarded = (placeBet: Placing, bounds: Partial<ResilienceBounds> = {}, launch?: GameAdapter['launch']) =>
  withResilience(adapterOf(placeBet, launch), { metrics: createProviderMetrics(registry), bounds })

const within = (ms: number): Call => ({ deadlineAtMs: Date.now() + ms })

/** Answers one after the other, the last one for ever. */
function answering(...outcomes: Outcome<BetPlaced>[]) {
  const left = [...outcomes]
  return vi.fn<Placing>(() => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? DONE))
}

async function settle<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync()
  return promise
}

const valueOf = async (name: string, labels: Record<string, string>): Promise<number | undefined> => {
  const metric = await registry.getSingleMetric(name)?.get()
  return metric?.values.find((value) =>
    Object.entries(labels).every(([label, is]) => String(Object(value.labels)[label]) === is),
  )?.value
}

describe('repetitions', () => {
  it('a call in doubt is repeated until there is an answer', async () => {
    const placing = answering(LOST, NOT_SENT, DONE)
    expect(await settle(guarded(placing).placeBet(BET, within(60_000)))).toEqual(DONE)
    expect(placing).toHaveBeenCalledTimes(3)
    expect(await valueOf('stakestream_game_provider_retries_total', { operation: 'place_bet' })).toBe(2)
    expect(await valueOf('stakestream_game_provider_calls_total', { outcome: 'SUCCESS' })).toBe(1)
  })

  it('and not more often than the limit says', async () => {
    const placing = answering(LOST)
    expect(await settle(guarded(placing, { retriesMax: 2 }).placeBet(BET, within(60_000)))).toEqual(LOST)
    expect(placing).toHaveBeenCalledTimes(3)
  })

  it.each([rejected('LIMIT_REACHED', 'E_LIMIT', ''), fatal('E_AUTH', ''), DONE])(
    'an answer of the class $class ends the matter at once',
    async (outcome) => {
      const placing = answering(outcome)
      expect(await settle(guarded(placing).placeBet(BET, within(60_000)))).toEqual(outcome)
      expect(placing).toHaveBeenCalledTimes(1)
    },
  )

  it('none begins that the caller would not wait for', async () => {
    const placing = answering(LOST, DONE)
    expect(await settle(guarded(placing).placeBet(BET, within(1_000)))).toEqual(LOST)
    expect(placing).toHaveBeenCalledTimes(1)
  })

  it('none begins for a caller that has called it off', async () => {
    const controller = new AbortController()
    const placing = vi.fn<Placing>(() => {
      controller.abort()
      return Promise.resolve(LOST)
    })
    await settle(guarded(placing).placeBet(BET, { ...within(60_000), signal: controller.signal }))
    expect(placing).toHaveBeenCalledTimes(1)
  })

  it('a launch, which makes a session each time, is not repeated', async () => {
    const launch = vi.fn<GameAdapter['launch']>(() => Promise.resolve(LOST))
    const provider = guarded(answering(DONE), {}, launch)
    expect(await settle(provider.launch({} as Parameters<GameAdapter['launch']>[0], within(60_000)))).toEqual(
      LOST,
    )
    expect(launch).toHaveBeenCalledTimes(1)
  })
})

describe('a refusal after an attempt in doubt', () => {
  it.each([rejected('LIMIT_REACHED', 'E_LIMIT', 'too high'), fatal('E_AUTH', 'who?')])(
    'of the class $class leaves the matter open: the first attempt may still land',
    async (refusal) => {
      const outcome = await settle(guarded(answering(LOST, refusal)).placeBet(BET, within(60_000)))
      expect(outcome).toMatchObject({ class: 'UNCERTAIN', sent: true, code: refusal.code })
    },
  )

  it.each(['BET_CANCELLED', 'BET_SETTLED'] as const)('for %s is final', async (reason) => {
    const refusal = rejected(reason, 'E_ANY', '')
    expect(await settle(guarded(answering(LOST, refusal)).placeBet(BET, within(60_000)))).toEqual(refusal)
  })

  it('that was never sent is final where the first one was not sent either', async () => {
    const refusal = rejected('LIMIT_REACHED', 'E_LIMIT', '')
    expect(await settle(guarded(answering(NOT_SENT, refusal)).placeBet(BET, within(60_000)))).toEqual(refusal)
  })

  it('keeps it open where the last attempt was not even sent', async () => {
    const outcome = await settle(guarded(answering(LOST, NOT_SENT)).placeBet(BET, within(60_000)))
    expect(outcome).toMatchObject({ class: 'UNCERTAIN', sent: true })
  })
})

describe('the circuit', () => {
  const bounds = {
    retriesMax: 0,
    circuitWindowMs: 1_000,
    circuitCallsPerSecondMin: 2,
    circuitOpenMs: 500,
  }

  it('opens after failures, sends nothing, and closes when a call gets through', async () => {
    const placing = answering(LOST, LOST, DONE)
    const provider = guarded(placing, bounds)
    // Time goes by between the calls: the breaker looks at windows.
    for (let calls = 0; calls < 2; calls++) {
      await provider.placeBet(BET, within(60_000))
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(provider.health()).toMatchObject({ circuit: 'open', lastFailure: { code: 'TIMEOUT' } })
    const before = placing.mock.calls.length
    expect(await provider.placeBet(BET, within(60_000))).toMatchObject({
      class: 'UNCERTAIN',
      sent: false,
      code: 'CIRCUIT_OPEN',
    })
    expect(placing).toHaveBeenCalledTimes(before)
    expect(await valueOf('stakestream_game_provider_circuit_state', { provider: 'p1' })).toBe(2)
    expect(await valueOf('stakestream_game_provider_turned_away_total', { why: 'circuit_open' })).toBe(1)
    await vi.advanceTimersByTimeAsync(500)
    expect(await provider.placeBet(BET, within(60_000))).toEqual(DONE)
    expect(provider.health().circuit).toBe('closed')
    expect(await valueOf('stakestream_game_provider_circuit_state', { provider: 'p1' })).toBe(0)
  })

  it.each([rejected('LIMIT_REACHED', 'E_LIMIT', ''), uncertain('DEADLINE', '', { sent: false })])(
    'stays closed over $code: that is no fault of the provider',
    async (outcome) => {
      const provider = guarded(answering(outcome), bounds)
      for (let calls = 0; calls < 20; calls++) {
        await provider.placeBet(BET, within(60_000))
        await vi.advanceTimersByTimeAsync(50)
      }
      expect(provider.health().circuit).toBe('closed')
    },
  )
})

describe('the places', () => {
  const bounds = { retriesMax: 0, callsAtOnceMax: 2, callsWaitingMax: 1 }
  const hanging: Placing = () => new Promise(() => undefined)

  it('what finds neither a place nor room to wait is turned away at once', async () => {
    const provider = guarded(hanging, bounds)
    for (let calls = 0; calls < 3; calls++) void provider.placeBet(BET, within(60_000))
    await vi.advanceTimersByTimeAsync(0)
    expect(provider.health()).toMatchObject({ callsUnderWay: 2, callsWaiting: 1 })
    expect(await provider.placeBet(BET, within(60_000))).toMatchObject({ sent: false, code: 'BULKHEAD_FULL' })
    expect(await valueOf('stakestream_game_provider_turned_away_total', { why: 'bulkhead_full' })).toBe(1)
    expect(await valueOf('stakestream_game_provider_calls_under_way', { state: 'sent' })).toBe(2)
  })

  it('nobody waits for a place beyond his deadline, and the call is not made after it', async () => {
    const releases: (() => void)[] = []
    const placing = vi.fn<Placing>(() => new Promise((resolve) => void releases.push(() => resolve(DONE))))
    const provider = guarded(placing, bounds)
    const first = provider.placeBet(BET, within(60_000))
    void provider.placeBet(BET, within(60_000))
    const third = provider.placeBet(BET, within(300))
    await vi.advanceTimersByTimeAsync(300)
    expect(await third).toMatchObject({ class: 'UNCERTAIN', sent: false, code: 'DEADLINE' })
    releases[0]?.()
    expect(await first).toEqual(DONE)
    await vi.advanceTimersByTimeAsync(0)
    expect(placing).toHaveBeenCalledTimes(2)
  })
})

it('a fault of the program is no outcome: it rises', async () => {
  const provider = guarded(() => Promise.reject(new Error('a bug')))
  await expect(provider.placeBet(BET, within(60_000))).rejects.toThrow('a bug')
})
