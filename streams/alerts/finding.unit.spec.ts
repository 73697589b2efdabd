/** Given what was found before, when something is found, then it joins, raises or is counted. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OPEN_ALERTS_MAX, TRANSACTIONS_MAX } from './limits.ts'
import type { AlertsCodecs } from './logic.ts'
import {
  ANN,
  BOB,
  Bench,
  HOUR_MS,
  START_MS,
  WEEK_MS,
  close,
  create,
  endSnooze,
  factor,
  investigate,
  raise,
  report,
  snooze,
  testCodecs,
  testUuid,
} from './testing/fixtures.ts'

let codecs: AlertsCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const TX = testUuid(0x77)

describe('a finding', () => {
  it('raises an alert that says what was found', () => {
    const id = bench.send(
      raise({ transaction_id: TX, factors: [factor('LARGE_TRANSACTION', { amount: 12_000 })] }),
    )
    expect(bench.alert()).toMatchObject({
      player_id: 'ann',
      transaction_id: TX,
      alert_type: 'THRESHOLD',
      alert_severity: 'MEDIUM',
      alert_status: 'NEW',
      risk_score: 40,
      risk_factors: [{ code: 'LARGE_TRANSACTION', numbers: { amount: 12_000 } }],
      occurrences: 1,
      transaction_ids: [TX],
      first_occurred_at: START_MS,
      last_occurred_at: START_MS,
      created_at: START_MS + 1,
      version: 1,
      change: { action: 'RAISED', command_id: id, actor: null, from_status: null, transaction_id: TX },
    })
    expect(bench.output.of('aml.reply')).toEqual([])
  })

  it('joins an open alert of its type: counted, with the newest factor of each code and the gravest of the rest', () => {
    bench.send(raise({ transaction_id: TX, factors: [factor('A', { n: 1 }), factor('B', { n: 1 })] }))
    bench.send(
      raise({
        occurred_at: START_MS + HOUR_MS,
        alert_severity: 'HIGH',
        risk_score: 61,
        description: 'More of it.',
        transaction_id: testUuid(0x78),
        factors: [factor('B', { n: 2 }), factor('C', { n: 2 })],
        rules_version: 'platform:2',
        blocks_withdrawals: true,
      }),
    )
    bench.send(raise({ occurred_at: START_MS - HOUR_MS, transaction_id: TX, factors: [] }))
    expect(bench.alerts).toHaveLength(1)
    expect(bench.alert()).toMatchObject({
      occurrences: 3,
      alert_severity: 'HIGH',
      risk_score: 61,
      description: 'More of it.',
      transaction_ids: [testUuid(0x78), TX],
      first_occurred_at: START_MS - HOUR_MS,
      last_occurred_at: START_MS + HOUR_MS,
      rules_version: 'platform:1',
      blocks_withdrawals: true,
      version: 3,
      change: { action: 'JOINED', from_status: 'NEW', transaction_id: TX },
    })
    expect(bench.alert().risk_factors.map(({ code, numbers }) => [code, numbers['n']])).toEqual([
      ['B', 2],
      ['C', 2],
      ['A', 1],
    ])
  })

  it.each([
    [WEEK_MS, 1],
    [WEEK_MS + 1, 2],
    [-WEEK_MS, 1],
    [-WEEK_MS - 1, 2],
  ])('%s ms from the last one: %s alerts', (offMs, count) => {
    bench.send(raise())
    bench.send(raise({ occurred_at: START_MS + offMs }))
    expect(bench.alerts).toHaveLength(count)
  })

  it('joins the nearest of several', () => {
    bench.send(raise())
    bench.send(raise({ occurred_at: START_MS + WEEK_MS + HOUR_MS }))
    bench.send(raise({ occurred_at: START_MS + WEEK_MS - HOUR_MS }))
    expect(bench.alerts.map(({ occurrences }) => occurrences)).toEqual([1, 2])
    bench.send(raise({ alert_type: 'PATTERN' }))
    bench.send(raise({ alert_type: 'PATTERN', occurred_at: START_MS + 2 * WEEK_MS }))
    bench.send(raise({ alert_type: 'PATTERN', occurred_at: START_MS + WEEK_MS }))
    expect(bench.alerts.slice(2).map(({ occurrences }) => occurrences)).toEqual([1, 2])
  })

  it('raises another alert where the types differ, and where the work on the other is done', () => {
    bench.send(raise())
    bench.send(raise({ alert_type: 'PATTERN' }))
    bench.send(investigate(bench.alert(0).alert_id))
    bench.send(raise())
    expect(bench.alerts.map(({ occurrences }) => occurrences)).toEqual([2, 1])
    bench.send(report(bench.alert(0).alert_id))
    bench.send(close(bench.alert(1).alert_id))
    bench.send(raise())
    bench.send(raise({ alert_type: 'PATTERN' }))
    expect(bench.alerts.map(({ alert_status: status }) => status)).toEqual([
      'REPORTED',
      'CLOSED',
      'NEW',
      'NEW',
    ])
  })

  it('leaves the last transactions alone', () => {
    for (let at = 0; at <= TRANSACTIONS_MAX; at++) bench.send(raise({ transaction_id: testUuid(at) }))
    const { transaction_ids: ids, occurrences } = bench.alert()
    expect(ids).toHaveLength(TRANSACTIONS_MAX)
    expect([ids[0], ids.at(-1)]).toEqual([testUuid(1), testUuid(TRANSACTIONS_MAX)])
    expect(occurrences).toBe(TRANSACTIONS_MAX + 1)
  })

  it('joins, however late, where the player has as many open alerts as one may have; an officer is refused', () => {
    for (let at = 0; at < OPEN_ALERTS_MAX; at++)
      bench.send(raise({ occurred_at: START_MS + at * 2 * WEEK_MS }))
    expect(bench.alerts).toHaveLength(OPEN_ALERTS_MAX)
    bench.send(raise({ occurred_at: START_MS + OPEN_ALERTS_MAX * 2 * WEEK_MS }))
    expect(bench.ask(create())).toBe('ALERT_LIMIT_REACHED')
    expect(bench.alerts).toHaveLength(OPEN_ALERTS_MAX)
    expect(bench.alert(OPEN_ALERTS_MAX - 1).occurrences).toBe(2)
    bench.send(close(bench.alert(0).alert_id))
    expect(bench.ask(create())).toBeNull()
  })
})

describe("an officer's alert", () => {
  it('is one of its own, of whatever type, open or snoozed as that may be', () => {
    bench.send(raise())
    bench.send(snooze('THRESHOLD', bench.nowMs + HOUR_MS))
    expect(bench.ask(create({ alert_type: 'THRESHOLD', occurred_at: bench.nowMs }, BOB))).toBeNull()
    expect(bench.alert(1)).toMatchObject({
      alert_type: 'THRESHOLD',
      occurrences: 1,
      change: { action: 'CREATED', actor: 'bob', note: 'seen it' },
    })
    expect(bench.replies.at(-1)).toMatchObject({ alert_id: bench.alert(1).alert_id, version: 1 })
  })

  it('is told by the key where the caller names nobody', () => {
    bench.send(create({}, { ...ANN, name: null }))
    expect(bench.alert().change.actor).toBe('key-1')
  })
})

describe('a snooze', () => {
  const until = START_MS + HOUR_MS

  it('counts what is found while it is in force, and raises nothing', () => {
    bench.send(snooze('THRESHOLD', until))
    for (const at of [START_MS + 1, START_MS + 9, START_MS + 5, until - 1])
      bench.send(raise({ occurred_at: at }))
    expect(bench.alerts).toEqual([])
    expect(bench.player().snoozes).toEqual([
      {
        alert_type: 'THRESHOLD',
        until,
        by: 'ann',
        note: 'known high roller',
        at: START_MS + 1,
        suppressed: 4,
        last_suppressed_at: until - 1,
      },
    ])
  })

  it.each([
    ['before it was asked for', 'THRESHOLD', START_MS],
    ['at its end', 'THRESHOLD', until],
    ['of another type', 'PATTERN', START_MS + 1],
  ])('lets through what is found %s', (_, type, occurredAt) => {
    bench.send(snooze('THRESHOLD', until))
    bench.send(raise({ alert_type: type, occurred_at: occurredAt }))
    expect(bench.alerts).toHaveLength(1)
  })

  it('ends when an officer says so, and shows what it passed over', () => {
    bench.send(snooze('THRESHOLD', until))
    bench.send(raise({ occurred_at: START_MS + 1 }))
    expect(bench.ask(endSnooze('THRESHOLD'))).toBeNull()
    expect(bench.player().snoozes).toMatchObject([{ until: START_MS + 3, suppressed: 1 }])
    bench.send(raise({ occurred_at: START_MS + 3 }))
    expect(bench.alerts).toHaveLength(1)
    expect(bench.ask(endSnooze('THRESHOLD'))).toBe('SNOOZE_NOT_FOUND')
    expect(bench.ask(endSnooze('PATTERN'))).toBe('SNOOZE_NOT_FOUND')
  })

  it('goes on counting where it is prolonged, and begins at nothing where it had ended', () => {
    bench.send(snooze('THRESHOLD', until))
    bench.send(raise({ occurred_at: START_MS + 1 }))
    bench.send(snooze('THRESHOLD', until + HOUR_MS))
    expect(bench.player().snoozes).toMatchObject([{ until: until + HOUR_MS, suppressed: 1 }])
    bench.nowMs = until + 2 * HOUR_MS
    bench.send(snooze('THRESHOLD', until + 3 * HOUR_MS))
    expect(bench.player().snoozes).toMatchObject([{ suppressed: 0, last_suppressed_at: null }])
  })
})

describe('withdrawals', () => {
  const blocking = { alert_severity: 'CRITICAL', blocks_withdrawals: true } as const
  const told = (): boolean[] => bench.standings.map(({ data }) => data.withdrawals_blocked)

  it('are held up from the first open alert that is CRITICAL and blocks to the end of the last', () => {
    bench.send(raise({ blocks_withdrawals: true }))
    bench.send(raise({ alert_type: 'PATTERN', alert_severity: 'CRITICAL' }))
    expect(told()).toEqual([])
    bench.send(raise({ alert_severity: 'CRITICAL' }))
    expect(told()).toEqual([true])
    bench.send(raise({ alert_type: 'STRUCTURING', ...blocking }))
    bench.send(close(bench.alert(0).alert_id))
    expect(told()).toEqual([true])
    bench.send(investigate(bench.alert(2).alert_id))
    bench.send(report(bench.alert(2).alert_id))
    expect(told()).toEqual([true, false])
    bench.send(create(blocking))
    expect(told()).toEqual([true, false, true])
    expect(bench.player()).toMatchObject({ version: 3, command_id: testUuid(8), recent_command_ids: [] })
  })
})
