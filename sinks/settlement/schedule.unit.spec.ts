/** Which runs are due, and what the worker does about them. */
import { describe, expect, it } from 'vitest'
import { pino } from 'pino'
import type { Settlement, SettlementCommand, SettlementTerms } from '../../avro/types.ts'
import { aSettlement, settlementTerms } from '../../tests/support/settlements.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { SettlementBook } from './book.ts'
import { dueRuns, scheduledIdOf } from './schedule.ts'
import { startWorker } from './worker.ts'

const PARTNER_ID = '0198c1a2-7d00-7000-8000-000000000001'
const NOW_MS = Date.parse('2026-11-24T10:00:00Z')

const terms = (parts: Partial<SettlementTerms> = {}): SettlementTerms =>
  settlementTerms({ partner_id: PARTNER_ID, ...parts })

/** Of August. */
const run = (parts: Partial<Settlement> = {}): Settlement =>
  aSettlement({
    partner_id: PARTNER_ID,
    status: 'CONFIRMED',
    period_from: '2026-08-01',
    period_to: '2026-09-01',
    from_at: Date.parse('2026-07-31T22:00:00Z'),
    to_at: Date.parse('2026-08-31T22:00:00Z'),
    chain_from_at: Date.parse('2026-07-31T22:00:00Z'),
    ...parts,
  })

function bookOf(given: SettlementTerms, ...runs: readonly Settlement[]): SettlementBook {
  const book = new SettlementBook()
  book.layTerms(given)
  for (const each of runs) book.layRun(each)
  return book
}

describe('due', () => {
  it.each<[string, SettlementBook, [string, string][]]>([
    ['nothing without a schedule', bookOf(terms({ schedule: 'NONE' })), []],
    ['at first the last period that is over', bookOf(terms()), [['2026-10-01', '2026-11-01']]],
    [
      'or that which the terms name',
      bookOf(terms({ schedule_from: '2026-05-10' })),
      [['2026-05-10', '2026-06-01']],
    ],
    ['then the one after the last confirmed', bookOf(terms(), run()), [['2026-09-01', '2026-10-01']]],
    ['nothing while one is counted', bookOf(terms(), run({ status: 'CALCULATING' })), []],
    ['nothing while a draft waits', bookOf(terms(), run({ status: 'DRAFT' })), []],
    ['nothing before the next is over', bookOf(terms(), run({ period_to: '2026-11-01' })), []],
    [
      'days and weeks too',
      bookOf(terms({ schedule: 'DAILY' }), run({ period_to: '2026-11-23' })),
      [['2026-11-23', '2026-11-24']],
    ],
  ])('%s', (_what, book, periods) => {
    expect(dueRuns(book, NOW_MS).map(({ from, to }) => [from, to])).toEqual(periods)
  })

  it('has an id that follows from what it is', () => {
    const [due] = dueRuns(bookOf(terms()), NOW_MS)
    if (due === undefined) throw new Error('nothing is due')
    expect(scheduledIdOf(due)).toBe(scheduledIdOf({ ...due }))
    expect(scheduledIdOf(due)).not.toBe(scheduledIdOf({ ...due, currency: 'USD' }))
  })

  it('a confirmed run is the last one, whichever is heard of last', () => {
    const later = run({ settlement_id: 'x', to_at: run().to_at + 1, period_to: '2026-10-01', status: 'PAID' })
    expect(bookOf(terms(), later, run()).lastConfirmed(PARTNER_ID, 'EUR')).toBe(later)
  })
})

describe('the worker', () => {
  it('asks once for what is due, and says what fails', async () => {
    const sent: SettlementCommand[] = []
    let nowMs = NOW_MS
    let isDown = true
    const worker = startWorker({
      client: { query: () => Promise.reject(new Error('not asked')) },
      book: bookOf(terms()),
      caughtUp: () => Promise.resolve(),
      logEnds: () => Promise.resolve(new Map()),
      holdsRecords: () => Promise.resolve(false),
      send: (command) => {
        if (isDown) return Promise.reject(new Error('the broker is away'))
        sent.push(command)
        nowMs += 60_000
        return Promise.resolve()
      },
      nowMs: () => nowMs,
      logger: pino({ level: 'silent' }),
    })
    await waitFor(() => worker.failing() === 'the broker is away', { what: 'the failure' })
    isDown = false
    await waitFor(() => sent.length > 0 && worker.failing() === null, { what: 'the request' })
    await worker.stop()
    expect(sent).toMatchObject([
      {
        data: {
          action: 'REQUEST',
          actor: null,
          partner_id: PARTNER_ID,
          period: { currency: 'EUR', from: '2026-10-01', to: '2026-11-01' },
        },
      },
    ])
  })
})
