/** Given terms and runs, when a command comes, then it is decided like this. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'
import { canonicalText } from '../../domain/settlement/canonical.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { faultOfCommand } from '../wallet/validate.ts'
import { PoisonError } from '../runtime/processor.ts'
import { SettlementLogic } from './logic.ts'
import type { SettlementCodecs } from './logic.ts'
import { canonicalOf, dayOf, dayRow } from '../../domain/settlement/run-form.ts'
import { STORE_VERSION } from './state.ts'
import {
  ADMIN,
  Bench,
  MapStore,
  NOW_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  TOOLS,
  complete,
  day,
  logRecord,
  putTerms,
  request,
  step,
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

let codecs: SettlementCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
  bench.send(putTerms())
})

const ILLEGAL = 'SETTLEMENT_TRANSITION_ILLEGAL'

describe('terms', () => {
  it('have versions, and say who changed them', () => {
    expect(bench.ask({ ...putTerms({ schedule: 'DAILY' }), expected_version: 1 })).toBeNull()
    expect(bench.terms).toMatchObject([
      { version: 1, schedule: 'MONTHLY', updated_by: 'key-1' },
      { version: 2, schedule: 'DAILY' },
    ])
    expect(bench.ask({ ...putTerms(), expected_version: 1 })).toBe('VERSION_CONFLICT')
    expect(bench.terms).toHaveLength(2)
  })
})

describe('a request', () => {
  it('makes a run that is to be counted, in the time zone of the partner', () => {
    const id = bench.send(request())
    expect(bench.run(id)).toMatchObject({
      settlement_id: id,
      status: 'CALCULATING',
      from_at: Date.parse('2026-08-31T22:00:00Z'),
      to_at: Date.parse('2026-09-30T22:00:00Z'),
      chain_from_at: Date.parse('2026-08-31T22:00:00Z'),
      previous_id: null,
      carried_in: 0n,
      requested_by: 'key-1',
      version: 1,
    })
  })

  it.each<[string, CommandParts, string]>([
    ['that ends as it begins', request('2026-09-01', '2026-09-01'), 'SETTLEMENT_PERIOD_INVALID'],
    ['that ends before', request('2026-09-02', '2026-09-01'), 'SETTLEMENT_PERIOD_INVALID'],
    ['of more than a year', request('2025-01-01', '2026-01-03'), 'SETTLEMENT_PERIOD_INVALID'],
    ['that is not over', request('2026-11-01', '2026-12-01'), 'SETTLEMENT_PERIOD_INVALID'],
    ['of a day that is not over there', request('2026-11-24', '2026-11-25'), 'SETTLEMENT_PERIOD_INVALID'],
    [
      'of a partner without terms',
      { ...request(), partner_id: OTHER_PARTNER_ID },
      'SETTLEMENT_TERMS_NOT_FOUND',
    ],
  ])('%s is refused', (_what, parts, code) => {
    expect(bench.ask(parts)).toBe(code)
    expect(bench.runs).toEqual([])
  })

  it('goes on where the last confirmed run ends, and carries its loss', () => {
    const first = bench.confirmed(request(), { days: [day('2026-09-05', { bets: 0n, wins: 1_000n })] })
    expect(first).toMatchObject({ net_payable: 0n, carried_forward: -150n, commission_id: null })
    expect(bench.walletCommands).toEqual([])
    expect(bench.ask(request('2026-09-30', '2026-10-15'))).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    expect(bench.ask(request())).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    expect(bench.ask(request('2026-10-02', '2026-10-15'))).toBe('SETTLEMENT_PERIOD_GAP')
    expect(bench.ask(request('2026-09-01', '2026-10-01', 'USD'))).toBeNull()
    const id = bench.send(request('2026-10-01', '2026-11-01'))
    expect(bench.run(id)).toMatchObject({
      previous_id: first.settlement_id,
      previous_seals: first.seals,
      chain_from_at: first.from_at,
      carried_in: -150n,
    })
  })

  it('begins at the moment at which the last one ended, though the time zone has changed', () => {
    const first = bench.confirmed()
    bench.send(putTerms({ time_zone: 'Asia/Seoul' }))
    const id = bench.send(request('2026-10-01', '2026-11-01'))
    expect(bench.run(id)).toMatchObject({
      from_at: first.to_at,
      to_at: Date.parse('2026-10-31T15:00:00Z'),
      time_zone: 'Asia/Seoul',
    })
  })
})

describe('a run', () => {
  it('is counted, confirmed and paid', () => {
    bench.send(putTerms({ fees: [{ code: 'TAX', label: 'Tax', basis: 'GGR', rate: 500n }] }))
    const id = bench.send(request())
    expect(bench.ask(complete(id))).toBeNull()
    expect(bench.run(id)).toMatchObject({ status: 'DRAFT', net_payable: 100_000n, version: 2 })
    expect(bench.ask(step('CONFIRM', id, { expected_version: 1 }))).toBe('VERSION_CONFLICT')
    expect(bench.ask(step('CONFIRM', id, { expected_version: 2 }))).toBeNull()
    expect(bench.ask(step('PAY', id, { payment_reference: 'SEPA-1' }))).toBeNull()
    expect(bench.run(id)).toMatchObject({
      status: 'PAID',
      confirmed_by: 'key-1',
      paid_by: 'key-1',
      payment_reference: 'SEPA-1',
      version: 4,
    })
    expect(bench.replies.at(-1)).toMatchObject({ action: 'PAY', settlement_id: id, version: 4, actor: ADMIN })
  })

  it('has a hash over its canonical form', () => {
    const { hash, ...run } = bench.confirmed()
    expect(hash).toBe(TOOLS.sha256(canonicalText(canonicalOf(run))))
    expect(run.days).toMatchObject([day('2026-09-05')])
    expect(dayRow(dayOf(day('2026-09-05')))).toEqual(day('2026-09-05'))
  })

  it('pays by one wallet command with an id that follows from it', () => {
    const run = bench.confirmed()
    const [command, ...more] = bench.walletCommands
    expect(more).toEqual([])
    if (command === undefined) throw new Error('no command')
    expect(faultOfCommand(command)).toBeUndefined()
    expect(command).toMatchObject({
      event_id: run.commission_id,
      data: {
        partner_id: PARTNER_ID,
        player_id: PARTNER_ACCOUNT,
        type: 'COMMISSION',
        direction: 'CREDIT',
        amount: 150_000n,
        currency: 'EUR',
        transaction_id_partner: `settlement/${run.settlement_id}`,
      },
    })
    bench.send(step('PAY', run.settlement_id))
    expect(bench.walletCommands).toHaveLength(1)
  })

  it('of a period that another one has settled meanwhile can not be confirmed', () => {
    const [one, two] = [bench.send(request()), bench.send(request())]
    bench.send(complete(one))
    bench.send(complete(two))
    expect(bench.ask(step('CONFIRM', two))).toBeNull()
    expect(bench.ask(step('CONFIRM', one))).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    expect(bench.ask(step('CANCEL', one))).toBeNull()
    expect(bench.walletCommands).toHaveLength(1)
  })

  it.each<[string, (id: string) => CommandParts[], (id: string) => CommandParts, string | null]>([
    ['CALCULATING', () => [], (id) => step('CONFIRM', id), ILLEGAL],
    ['CALCULATING', () => [], (id) => step('PAY', id), ILLEGAL],
    ['CALCULATING', () => [], (id) => step('CANCEL', id), null],
    ['DRAFT', (id) => [complete(id)], (id) => complete(id), ILLEGAL],
    ['DRAFT', (id) => [complete(id)], (id) => step('PAY', id), ILLEGAL],
    ['DRAFT', (id) => [complete(id)], (id) => step('CANCEL', id), null],
    ['CONFIRMED', (id) => [complete(id), step('CONFIRM', id)], (id) => step('CONFIRM', id), ILLEGAL],
    ['CONFIRMED', (id) => [complete(id), step('CONFIRM', id)], (id) => step('CANCEL', id), ILLEGAL],
    ['PAID', (id) => [complete(id), step('CONFIRM', id), step('PAY', id)], (id) => step('PAY', id), ILLEGAL],
    ['CANCELED', (id) => [step('CANCEL', id)], (id) => complete(id), ILLEGAL],
    ['CANCELED', (id) => [step('CANCEL', id)], (id) => step('CONFIRM', id), ILLEGAL],
  ])('%s', (status, way, next, refusal) => {
    const id = bench.send(request())
    for (const each of way(id)) expect(bench.ask(each)).toBeNull()
    expect(bench.run(id).status).toBe(status)
    const { version } = bench.run(id)
    expect(bench.ask(next(id))).toBe(refusal)
    expect(bench.run(id).version).toBe(refusal === null ? version + 1 : version)
  })

  it('of another partner, or of nobody, is not there', () => {
    const id = bench.send(request())
    expect(bench.ask({ ...step('CANCEL', id), partner_id: OTHER_PARTNER_ID })).toBe('SETTLEMENT_NOT_FOUND')
    expect(bench.ask(step('CANCEL', testUuid(99)))).toBe('SETTLEMENT_NOT_FOUND')
  })

  it('takes no count that does not fit it', () => {
    const first = bench.confirmed()
    const id = bench.send(request('2026-10-01', '2026-11-01'))
    const october = { days: [day('2026-10-01')] }
    for (const wrong of [
      { ...october, seals: [{ partition: 0, next_offset: 99 }] },
      { ...october, seals: [] },
      { days: [day('2026-11-01')] },
      { days: [day('2026-09-30')] },
      { days: [day('2026-10-01', { late: true })] },
      { days: [day('2026-10-01', { bets: AMOUNT_UNITS_MAX, wins: -AMOUNT_UNITS_MAX })] },
    ])
      expect(bench.ask(complete(id, wrong))).toBe('SETTLEMENT_DRAFT_INVALID')
    const late = { days: [day('2026-09-30', { late: true }), day('2026-10-01')], late_entries: 1 }
    expect(bench.ask(complete(id, { ...late, seals: first.seals }))).toBeNull()
    expect(bench.run(id)).toMatchObject({ late_entries: 1, net_payable: 300_000n })
  })
})

describe('what can not be decided', () => {
  it.each<[string, CommandParts, string]>([
    ['no terms', { action: 'PUT_TERMS' }, 'PUT_TERMS without terms'],
    ['a time zone of no place', putTerms({ time_zone: 'Mars/Olympus' }), 'time_zone is no IANA time zone'],
    ['a date of no calendar', request('2026-02-30'), 'from or to is no date'],
    ['no currency', request('2026-09-01', '2026-10-01', 'ABC'), 'currency is not an ISO 4217 code in use'],
    ['a step on nothing', { action: 'CONFIRM' }, 'CONFIRM without settlement_id'],
    ['no draft', { action: 'COMPLETE', settlement_id: testUuid(1) }, 'COMPLETE without draft'],
    [
      'days that do not rise',
      complete(testUuid(1), { days: [day('2026-09-02'), day('2026-09-01')] }),
      'days do not rise',
    ],
    [
      'a rate above 1',
      putTerms({ fees: [{ code: 'A', label: 'a', basis: 'GGR', rate: 10_001n }] }),
      'rate of a fee is not within 0 and 1',
    ],
    [
      'seals of some partitions',
      complete(testUuid(1), { seals: [{ partition: 1, next_offset: 1 }] }),
      'seals are not those of all partitions in their order',
    ],
  ])('%s is a dead letter', (_what, parts, reason) => {
    expect(() => bench.send(parts)).toThrow(new PoisonError('RECORD_INVALID', reason))
  })

  it('a key of another partner, no value, and what is no command', () => {
    const logic = new SettlementLogic(codecs, TOOLS)
    const value = codecs.command.encode(testCommand(testUuid(1), NOW_MS, request()))
    const process = (record: ReturnType<typeof logRecord>) => () =>
      logic.process(record, bench.store, bench.output)
    expect(process(logRecord(OTHER_PARTNER_ID, value, 0))).toThrow('key is not partner_id')
    expect(process({ ...logRecord(PARTNER_ID, value, 0), value: null })).toThrow('no value')
    expect(process(logRecord(PARTNER_ID, Buffer.from('x'), 0))).toThrow(PoisonError)
  })
})

describe('the store', () => {
  it('has a version that goes with the form of what it holds: a schema that has changed needs a new one', () => {
    const fingerprint = ['settlement.updated', 'settlement.terms.updated']
      .map((name) => JSON.stringify(avroTypeOf(readSchemaText(name)).schema({ exportAttrs: true })))
      .reduce((hash, text) => hash.update(text), createHash('sha256'))
      .digest('hex')
      .slice(0, 16)
    expect({ version: STORE_VERSION, fingerprint }).toEqual({ version: 1, fingerprint: 'f9006ea79a3e6f54' })
  })

  it('is rebuilt from the topics, whatever commands came and however often', () => {
    const any = fc.array(
      fc.record({ kind: fc.nat(5), run: fc.nat(4), month: fc.nat(3), again: fc.boolean() }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(any, (list) => {
        const played = new Bench(codecs)
        played.send(putTerms())
        const ids: string[] = []
        for (const { kind, run, month, again } of list) {
          const id = ids[run] ?? testUuid(999)
          const from = `2026-0${month + 5}-01`
          const commands = [
            request(from, `2026-0${month + 6}-01`),
            complete(id, { days: [] }),
            step('CONFIRM', id),
            step('PAY', id),
            step('CANCEL', id),
            putTerms({ schedule: 'NONE' }),
          ]
          const parts = commands[kind] ?? putTerms()
          const sent = played.send(parts)
          if (parts.action === 'REQUEST') ids.push(sent)
          if (again) played.process(testCommand(sent, NOW_MS, parts))
        }
        const store = new MapStore()
        const logic = new SettlementLogic(codecs, TOOLS)
        for (const topic of ['settlement.reply', 'settlement.updated', 'settlement.terms.updated']) {
          const sent = played.output.sent.filter((each) => each.topic === topic)
          logic.restore(
            topic,
            sent.map(({ key, value }, at) => logRecord(key, value, at)),
            store,
          )
        }
        store.commit()
        expect(store.entries()).toEqual(played.store.entries())
        const confirmed = played.runs.filter(({ status }) => status === 'CONFIRMED')
        expect(new Set(confirmed.map(({ period_from: from }) => from)).size).toBe(confirmed.length)
      }),
    )
  })
})
