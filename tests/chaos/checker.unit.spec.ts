/** The checker must see every kind of wrong, and nothing where all is right. */
import { describe, expect, it } from 'vitest'
import type { Transaction } from '../../avro/types.ts'
import { Scenario, bet } from '../../streams/wallet/testing/scenario.ts'
import { check } from './checker.ts'
import type { Operation } from './history.ts'

const PLAYER = 'ann'

/** An operation that was answered as the event says; `atMs` is its place in time. */
function operationOf(event: Transaction, atMs: number, change: Partial<Operation> = {}): Operation {
  return {
    transactionIdPartner: event.transaction_id_partner ?? '',
    playerId: PLAYER,
    type: 'BET',
    invokedAtMs: atMs,
    endedAtMs: atMs + 1,
    leftOpen: false,
    stored: false,
    outcome:
      event.status === 'FAILED'
        ? { kind: 'rejected', code: event.error_code ?? '' }
        : { kind: 'acknowledged', transactionId: event.transaction_id, newBalance: event.balance_after },
    ...change,
  }
}

interface Run {
  operations: Operation[]
  log: Transaction[]
}

/** A deposit, two bets, and one that is too large. */
function soundRun(): Run {
  const scenario = new Scenario()
  scenario.send({ type: 'DEPOSIT', amount: 100n, transaction_id_partner: 'd' })
  for (const [id, amount] of [
    ['b1', 10n],
    ['b2', 20n],
    ['b3', 1_000n],
  ] as const)
    scenario.send(bet(id, amount))
  const log = scenario.events
  return { log, operations: log.map((event, index) => operationOf(event, index * 10)) }
}

function eventAt(log: readonly Transaction[], at: number): Transaction {
  const event = log[at]
  if (event === undefined) throw new RangeError(`the log has no event ${at}`)
  return event
}

const SOUND = { acknowledged: 3, lost: [], doubled: [], violations: [] }

/** A change of one member of a list. */
const changed = <T>(items: readonly T[], at: number, change: Partial<T>): T[] =>
  items.map((item, index) => (index === at ? { ...item, ...change } : item))

it('finds nothing where all is right', () => {
  const { operations, log } = soundRun()
  expect(check(operations, log)).toEqual(SOUND)
})

it('takes an operation without an answer as it comes', () => {
  const { operations, log } = soundRun()
  const unknown = changed(operations, 2, { outcome: { kind: 'unknown' } })
  expect(check(unknown, log)).toEqual({ ...SOUND, acknowledged: 2 })
  const never = {
    ...operationOf(eventAt(log, 1), 50),
    transactionIdPartner: 'b9',
    outcome: { kind: 'unknown' as const },
  }
  expect(check([...operations, never], log)).toEqual(SOUND)
})

it('takes a rejection behind a try that nobody answered for what it proves', () => {
  const { operations, log } = soundRun()
  const outcome = { kind: 'rejected' as const, code: 'INSUFFICIENT_FUNDS' }
  const rejected = changed(operations, 2, { outcome, leftOpen: true })
  expect(check(rejected, log)).toEqual({ ...SOUND, acknowledged: 2 })
})

describe('sees', () => {
  const cases: [string, (run: Run) => Run, 'lost' | 'doubled' | RegExp][] = [
    [
      'an acknowledged bet that is gone',
      ({ operations, log }) => ({ operations, log: log.filter((_, at) => at !== 2) }),
      'lost',
    ],
    [
      'a stored command that was never decided',
      ({ operations, log }) => ({
        operations: changed(operations, 3, { stored: true, outcome: { kind: 'unknown' } }),
        log: log.slice(0, 3),
      }),
      'lost',
    ],
    [
      'a bet that happened twice',
      ({ operations, log }) => ({ operations, log: [...log, eventAt(log, 2)] }),
      'doubled',
    ],
    [
      'another result than the one that was answered',
      ({ operations, log }) => ({
        operations: changed(operations, 1, {
          outcome: { kind: 'acknowledged', transactionId: 'x', newBalance: 90n },
        }),
        log,
      }),
      /was answered as x/,
    ],
    [
      'another balance than the one that was answered',
      ({ operations, log }) => ({
        operations: changed(operations, 1, {
          outcome: { kind: 'acknowledged', transactionId: eventAt(log, 1).transaction_id, newBalance: 91n },
        }),
        log,
      }),
      /was answered with 91/,
    ],
    [
      'a rejected bet that happened',
      ({ operations, log }) => ({
        operations: changed(operations, 2, { outcome: { kind: 'rejected', code: 'INSUFFICIENT_FUNDS' } }),
        log,
      }),
      /was rejected .* and happened/,
    ],
    [
      'a refused bet in the log',
      ({ operations, log }) => ({
        operations: changed(operations, 3, { outcome: { kind: 'refused' } }),
        log,
      }),
      /was refused on every try/,
    ],
    [
      'a bet that nobody asked for',
      ({ operations, log }) => ({ operations: operations.slice(0, 3), log }),
      /never asked for/,
    ],
    [
      'a gap in the versions',
      ({ operations, log }) => ({ operations, log: changed(log, 2, { version: 4 }) }),
      /follows version/,
    ],
    [
      'a broken chain of balances',
      ({ operations, log }) => ({ operations, log: changed(log, 2, { balance_before: 91n }) }),
      /begins at 91/,
    ],
    [
      'entries that do not balance',
      ({ operations, log }) => ({
        operations,
        log: changed(log, 0, { entries: [{ account: 'PLAYER', amount: 100n }] }),
      }),
      /entries sum to 100/,
    ],
    [
      'a negative balance',
      ({ operations, log }) => ({ operations, log: changed(log, 2, { held_after: -1n }) }),
      /negative/,
    ],
    [
      'a history that runs against the order in which clients saw it',
      ({ operations, log }) => ({
        operations: changed(operations, 2, { invokedAtMs: 1, endedAtMs: 2 }),
        log,
      }),
      /ended before b1 began, and stands behind it/,
    ],
  ]
  it.each(cases)('%s', (_what, spoil, expected) => {
    const { operations, log } = spoil(soundRun())
    const { lost, doubled, violations } = check(operations, log)
    if (expected === 'lost') expect(lost).toHaveLength(1)
    else if (expected === 'doubled') expect(doubled).toEqual(['ann/b2'])
    else expect(violations.join('\n')).toMatch(expected)
  })
})
