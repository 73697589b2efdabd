/** A run that is counted from events is what plain sums give; anything else in the log, or in the run, makes another text. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Settlement, TransactionCreated } from '../../avro/types.ts'
import { canonicalText } from '../../domain/settlement/canonical.ts'
import { canonicalOf } from '../../domain/settlement/run-form.ts'
import {
  Bench,
  PARTNER_ID,
  TOOLS,
  complete,
  day,
  putTerms,
  request,
  testCodecs,
  testUuid,
} from '../../streams/settlement/testing/fixtures.ts'
import { Scenario, bet, win } from '../../streams/wallet/testing/scenario.ts'
import { Recount } from './recount.ts'

const RATES = [{ rate: 1_500n, effective_from: 0 }]
const AT_MS = Date.parse('2026-09-05T12:00:00Z')

let events: TransactionCreated[]
let run: Settlement
beforeAll(async () => {
  const wallet = new Scenario()
  const sent = [
    wallet.send({ type: 'DEPOSIT', amount: 5_000_000n, currency: 'EUR', created_at: AT_MS }),
    wallet.send({ ...bet('b1', 1_000_000n), currency: 'EUR', created_at: AT_MS }),
    wallet.send({
      ...win('w1', 250_000n, { reference_transaction_id_partner: 'b1' }),
      currency: 'EUR',
      created_at: AT_MS,
    }),
  ]
  events = sent.flatMap(({ event }) =>
    event === undefined || event === null
      ? []
      : [
          {
            event_id: event.command_id,
            event_type: 'transaction.created',
            timestamp: event.processed_at,
            data: { ...event, partner_id: PARTNER_ID },
          },
        ],
  )
  const bench = new Bench(await testCodecs())
  bench.send(putTerms())
  const id = bench.send(request())
  const counted = { bets: 1_000_000n, wins: 250_000n, deposits: 5_000_000n, movements: 3 }
  bench.send(complete(id, { seals: [{ partition: 0, next_offset: 3 }], days: [day('2026-09-05', counted)] }))
  run = bench.run(id)
})

const textOf = (of: Settlement, list: readonly TransactionCreated[]): string => {
  const recount = new Recount(of)
  for (const [offset, event] of list.entries()) recount.take(event, 0, offset)
  return recount.text(RATES, TOOLS.sha256)
}

describe('a recount', () => {
  it('gives the text that the hash is over', () => {
    expect(events).toHaveLength(3)
    expect(textOf(run, events)).toBe(canonicalText(canonicalOf(run)))
    expect(TOOLS.sha256(textOf(run, events))).toBe(run.hash)
  })

  it('passes over what is above the seals, of another partner, or of another currency', () => {
    const [first] = events
    if (first === undefined) throw new Error('no event')
    const strangers = [
      first,
      { ...first, data: { ...first.data, partner_id: testUuid(9) } },
      { ...first, data: { ...first.data, currency: 'USD' } },
    ]
    const recount = new Recount(run)
    for (const [at, event] of events.entries()) recount.take(event, 0, at)
    recount.take(strangers[0] ?? first, 0, 3)
    recount.take(strangers[1] ?? first, 0, 2)
    recount.take(strangers[2] ?? first, 0, 2)
    recount.take(first, 1, 0)
    expect(recount.text(RATES, TOOLS.sha256)).toBe(canonicalText(canonicalOf(run)))
  })

  it('gives another text where an event, the rate or the period is another', () => {
    const whole = canonicalText(canonicalOf(run))
    expect(textOf(run, events.slice(0, 2))).not.toBe(whole)
    const recount = new Recount(run)
    for (const [at, event] of events.entries()) recount.take(event, 0, at)
    expect(recount.text([], TOOLS.sha256)).not.toBe(whole)
    expect(textOf({ ...run, to_at: AT_MS }, events)).not.toBe(whole)
  })

  it('names what is late by its place in the log', () => {
    const late: Settlement = {
      ...run,
      from_at: AT_MS + 1,
      previous_seals: [{ partition: 0, next_offset: 1 }],
      period_from: '2026-09-06',
    }
    const lines = events.slice(1).map(({ data }, at) => `0:${at + 1} ${data.transaction_id}\n`)
    expect(textOf(late, events)).toContain(`late\t2\t${TOOLS.sha256(lines.join(''))}\n`)
  })
})
