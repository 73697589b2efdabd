/** What the worker makes of a provider's outcomes, and which records it counts as finished. */
import { describe, expect, it } from 'vitest'
import { fatal, rejected, succeeded, uncertain } from '../../games/outcome.ts'
import type { BetPlaced, RoundState } from '../../games/adapter.ts'
import { canceled, checked, placed, unreachable } from './answer.ts'
import { Finished } from './finished.ts'

const FIRST = true
const AGAIN = false

describe('placing', () => {
  const taken = succeeded<BetPlaced>({ replayed: false }, 'ref-1')

  it('a bet that was taken is accepted, whoever had sent it before', () => {
    for (const isFirst of [FIRST, AGAIN])
      expect(placed(taken, isFirst)).toMatchObject({ answer: 'ACCEPTED', reference: 'ref-1' })
  })

  it.each([
    ['a refusal', rejected('LIMIT_REACHED', 'E_LIMIT', ''), 'REFUSED'],
    ['nothing sent', uncertain('CIRCUIT_OPEN', '', { sent: false }), 'NOT_SENT'],
    ['a fault of ours', fatal('HTTP_401', ''), 'NOT_SENT'],
    ['an answer that did not come', uncertain('TIMEOUT', '', { sent: true }), 'UNCERTAIN'],
  ] as const)('%s: final only where nobody can have sent it before', (_what, outcome, answer) => {
    expect(placed(outcome, FIRST).answer).toBe(answer)
    expect(placed(outcome, AGAIN).answer).toBe('UNCERTAIN')
  })

  it('a refusal of a bet that was cancelled is final whoever asks', () => {
    expect(placed(rejected('BET_CANCELLED', 'E_VOID', ''), AGAIN).answer).toBe('REFUSED')
  })

  it('of a provider or game that is not known nothing is sent', () => {
    expect(unreachable('PLACE', FIRST, 'GAME_UNKNOWN')).toMatchObject({
      answer: 'NOT_SENT',
      code: 'GAME_UNKNOWN',
    })
    expect(unreachable('PLACE', AGAIN, 'GAME_UNKNOWN').answer).toBe('UNCERTAIN')
    expect(unreachable('CANCEL', FIRST, 'PROVIDER_UNKNOWN').answer).toBe('UNCERTAIN')
  })
})

describe('checking', () => {
  const round = (bet: RoundState['bet'], parts: Partial<RoundState> = {}) =>
    checked(succeeded<RoundState>({ bet, round: 'OPEN', wins: [], ...parts }))

  it.each([
    ['ACCEPTED', 'ACCEPTED'],
    ['REJECTED', 'REFUSED'],
    ['CANCELLED', 'REFUSED'],
    ['UNKNOWN', 'ABSENT'],
  ] as const)('%s is %s', (bet, answer) => {
    expect(round(bet)).toMatchObject({ answer, round_closed: false, wins: [] })
  })

  it('a result comes along', () => {
    const wins = [
      { providerTransactionId: 'w1', amount: { units: 5n, currency: 'USD' }, winType: 'FREE_ROUND' as const },
    ]
    expect(round('ACCEPTED', { round: 'CLOSED', wins })).toMatchObject({
      round_closed: true,
      wins: [{ id: 'w1', amount: 5n, win_type: 'FREE_ROUND' }],
    })
  })

  it('who can not be asked is told to cancel, who does not answer is asked again', () => {
    expect(checked(rejected('NOT_SUPPORTED', 'NOT_SUPPORTED', '')).answer).toBe('ABSENT')
    expect(checked(uncertain('TIMEOUT', '', { sent: true })).answer).toBe('UNCERTAIN')
    expect(checked(fatal('HTTP_401', '')).answer).toBe('UNCERTAIN')
  })
})

it.each([
  [succeeded({ was: 'NEVER_PLACED' as const }), 'CANCELED'],
  [rejected('BET_SETTLED', 'E_DONE', ''), 'STANDS'],
  [rejected('OTHER', 'E_X', ''), 'UNCERTAIN'],
  [uncertain('TIMEOUT', '', { sent: true }), 'UNCERTAIN'],
  [fatal('HTTP_401', ''), 'UNCERTAIN'],
] as const)('cancelling: %o is %s', (outcome, answer) => {
  expect(canceled(outcome).answer).toBe(answer)
})

it('words of a provider are cut to what a command takes', () => {
  expect(placed(rejected('OTHER', 'x'.repeat(300), ''), FIRST).code).toHaveLength(255)
})

it('an offset is finished when all before it are, in whatever order they end', () => {
  const finished = new Finished(7)
  expect(finished.offset).toBe(7)
  for (const offset of [7, 8, 11]) finished.begin(offset)
  finished.end(8)
  expect(finished.offset).toBe(7)
  finished.end(7)
  expect(finished.offset).toBe(11)
  finished.end(11)
  expect(finished.offset).toBe(12)
})
