import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CommissionRate } from '../../avro/types.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  DAY_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  PROFILE,
  START_MS,
  create,
  email,
  testCodecs,
  testUuid,
  update,
} from './testing/fixtures.ts'

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

describe('CREATE_PARTNER', () => {
  it('makes the first version of a partner', () => {
    expect(bench.send(create(email('ann')))).toMatchObject({
      outcome: 'APPLIED',
      error_code: null,
      version: 1,
    })
    expect(bench.partner()).toMatchObject({
      ...PROFILE,
      ...email('ann'),
      partner_id: PARTNER_ID,
      version: 1,
      created_at: START_MS + 1,
      updated_at: START_MS + 1,
      command_id: testUuid(1),
    })
  })

  it('may begin with rates of the past', () => {
    const commission_rates = [{ rate: 1000n, effective_from: START_MS - DAY_MS }]
    expect(bench.send(create({ commission_rates })).outcome).toBe('APPLIED')
  })

  it('refuses an id that is there', () => {
    bench.send(create())
    expect(bench.send(create({ name: 'Red Casino' }))).toMatchObject({
      outcome: 'REFUSED',
      error_code: 'PARTNER_EXISTS',
      after: null,
      version: null,
    })
    expect(bench.partner()).toMatchObject({ name: PROFILE.name, version: 1 })
  })

  it("refuses another partner's contact address", () => {
    bench.send(create(email('ann')))
    const entry = bench.send(create(email('ann'), OTHER_PARTNER_ID))
    expect(entry).toMatchObject({ outcome: 'REFUSED', error_code: 'CONTACT_EMAIL_TAKEN', before: null })
    expect(bench.state.partner(OTHER_PARTNER_ID)).toBeUndefined()
  })

  it('lets any number of partners go without a contact address', () => {
    bench.send(create())
    expect(bench.send(create({}, OTHER_PARTNER_ID)).outcome).toBe('APPLIED')
  })
})

describe('UPDATE_PARTNER', () => {
  it('puts the whole profile in place of the old one', () => {
    bench.send(create({ ...email('ann'), address: 'sealed' }))
    expect(bench.send(update(1, { name: 'Red Casino', status: 'suspended' }))).toMatchObject({
      outcome: 'APPLIED',
      version: 2,
    })
    expect(bench.partner()).toMatchObject({
      name: 'Red Casino',
      status: 'suspended',
      contact_email: null,
      address: null,
      version: 2,
      created_at: START_MS + 1,
      updated_at: START_MS + 2,
      command_id: testUuid(2),
    })
  })

  it('refuses where there is no such partner', () => {
    expect(bench.send(update(1))).toMatchObject({ error_code: 'PARTNER_NOT_FOUND', before: null })
  })

  it.each([0, 2])('refuses a change made on version %i of 1', (version) => {
    bench.send(create())
    expect(bench.send(update(version))).toMatchObject({ outcome: 'REFUSED', error_code: 'VERSION_CONFLICT' })
    expect(bench.partner().version).toBe(1)
  })

  it("refuses another partner's contact address, and takes its own again", () => {
    bench.send(create(email('ann')))
    bench.send(create(email('bob'), OTHER_PARTNER_ID))
    expect(bench.send(update(1, email('bob'))).error_code).toBe('CONTACT_EMAIL_TAKEN')
    expect(bench.send(update(1, { ...email('ann'), name: 'Red Casino' })).outcome).toBe('APPLIED')
  })

  it('gives a contact address free with the change', () => {
    bench.send(create(email('ann')))
    bench.send(update(1, email('eve')))
    expect(bench.send(create(email('ann'), OTHER_PARTNER_ID)).outcome).toBe('APPLIED')
    expect(bench.state.partnerOfEmail('hash-ann')).toBe(OTHER_PARTNER_ID)
    expect(bench.state.partnerOfEmail('hash-eve')).toBe(PARTNER_ID)
  })

  it('never dates a state before the one that it follows', () => {
    bench.send(create())
    bench.nowMs -= DAY_MS
    bench.send(update(1))
    expect(bench.partner()).toMatchObject({ version: 2, updated_at: START_MS + 1 })
  })
})

describe('commission rates', () => {
  const PAST = { rate: 1000n, effective_from: START_MS - DAY_MS }
  const AHEAD = { rate: 2000n, effective_from: START_MS + DAY_MS }
  /** When the update comes. */
  const NOW = START_MS + 2

  it.each<[string, CommissionRate[]]>([
    ['stay', [PAST, AHEAD]],
    ['ahead are taken back', [PAST]],
    ['ahead are changed', [PAST, { ...AHEAD, rate: 3000n }]],
    ['begin now', [PAST, { rate: 3000n, effective_from: NOW }]],
    ['come before and behind one ahead', [PAST, { rate: 1n, effective_from: NOW + 1 }, AHEAD]],
  ])('may %s', (_, commission_rates) => {
    bench.send(create({ commission_rates: [PAST, AHEAD] }))
    expect(bench.send(update(1, { commission_rates })).outcome).toBe('APPLIED')
    expect(bench.partner().commission_rates).toEqual(commission_rates)
  })

  it.each<[string, CommissionRate[]]>([
    ['vanish', [AHEAD]],
    ['vanish all', []],
    ['change', [{ ...PAST, rate: 1001n }, AHEAD]],
    ['begin at another time', [{ ...PAST, effective_from: PAST.effective_from + 1 }, AHEAD]],
    ['get one before them', [{ rate: 1n, effective_from: PAST.effective_from - 1 }, PAST, AHEAD]],
    ['get one that began just now', [PAST, { rate: 1n, effective_from: NOW - 1 }, AHEAD]],
  ])('that have been in force may not %s', (_, commission_rates) => {
    bench.send(create({ commission_rates: [PAST, AHEAD] }))
    expect(bench.send(update(1, { commission_rates }))).toMatchObject({
      outcome: 'REFUSED',
      error_code: 'RATE_IN_FORCE',
    })
    expect(bench.partner().version).toBe(1)
  })

  it('that begin at the very time of the command are not in force yet', () => {
    bench.send(create({ commission_rates: [{ rate: 1n, effective_from: NOW }] }))
    expect(bench.send(update(1)).outcome).toBe('APPLIED')
  })
})
