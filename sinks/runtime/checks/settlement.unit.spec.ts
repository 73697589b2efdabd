import { describe, expect, it } from 'vitest'
import type { Settlement, SettlementTerms } from '../../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { settlementObjection, settlementTermsObjection } from './settlement.ts'

const ID = '0198c1a2-7d00-7000-8000-000000000001'
const NOW_MS = Date.UTC(2026, 10, 24)
const FEE = { code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: 500n } as const

const aRun = (change: Partial<Settlement> = {}) => ({
  event_id: ID,
  event_type: 'settlement.updated',
  timestamp: NOW_MS,
  data: {
    settlement_id: ID,
    partner_id: ID,
    currency: 'EUR',
    status: 'DRAFT' as const,
    period_from: '2026-10-01',
    period_to: '2026-11-01',
    time_zone: 'Europe/Berlin',
    from_at: NOW_MS,
    to_at: NOW_MS,
    chain_from_at: NOW_MS,
    previous_id: null,
    previous_seals: [],
    seals: [],
    fees: [FEE],
    carried_in: 0n,
    days: [],
    lines: [],
    late_entries: 0,
    late_digest: null,
    net_payable: AMOUNT_UNITS_MAX,
    carried_forward: -AMOUNT_UNITS_MAX,
    hash: null,
    commission_id: null,
    requested_by: null,
    confirmed_by: null,
    confirmed_at: null,
    paid_by: null,
    paid_at: null,
    payment_reference: 'SEPA-1',
    canceled_by: null,
    canceled_at: null,
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    command_id: ID,
    ...change,
  },
})

describe('a settlement', () => {
  it('passes', () => expect(settlementObjection(aRun())).toBeUndefined())

  const faults: [Partial<Settlement>, string][] = [
    [{ settlement_id: 'x' }, 'settlement_id is not a UUID'],
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ currency: 'EURO' }, 'currency is longer than 3 characters'],
    [{ period_from: '2026-02-30' }, 'period_from is not a date'],
    [{ period_to: 'soon' }, 'period_to is not a date'],
    [{ fees: [{ ...FEE, label: 'a\0b' }] }, 'the texts holds a NUL character'],
    [{ payment_reference: '\0' }, 'the reference holds a NUL character'],
    [{ net_payable: -1n }, 'net_payable is outside what NUMERIC(19,4) may hold there'],
    [
      { carried_forward: -AMOUNT_UNITS_MAX - 1n },
      'carried_forward is outside what NUMERIC(19,4) may hold there',
    ],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ created_at: -1 }, 'created_at is not a time from 1970 to 2199'],
    [{ updated_at: Date.UTC(2200, 0, 1) }, 'updated_at is not a time from 1970 to 2199'],
  ]
  it.each(faults)('with %o is turned away', (change, objection) =>
    expect(settlementObjection(aRun(change))).toBe(objection),
  )
})

describe('the terms of a partner', () => {
  const objectionTo = (change: Partial<SettlementTerms>) =>
    settlementTermsObjection({
      event_id: ID,
      event_type: 'settlement_terms.updated',
      timestamp: NOW_MS,
      data: {
        partner_id: ID,
        time_zone: 'Europe/Berlin',
        schedule: 'MONTHLY',
        schedule_from: null,
        currencies: ['EUR'],
        fees: [FEE],
        version: 1,
        created_at: NOW_MS,
        updated_at: NOW_MS,
        updated_by: null,
        command_id: ID,
        ...change,
      },
    })

  it('pass', () => expect(objectionTo({})).toBeUndefined())
  it.each<[Partial<SettlementTerms>, string]>([
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ time_zone: '\0' }, 'the texts holds a NUL character'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 2199'],
  ])('with %o are turned away', (change, objection) => expect(objectionTo(change)).toBe(objection))
})
