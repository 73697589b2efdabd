import { describe, expect, it } from 'vitest'
import type { Settlement, SettlementTerms } from '../../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { aRun, FEE, someTerms } from '../../testing/settlement-events.ts'
import { settlementObjection, settlementTermsObjection } from './settlement.ts'

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
  it('pass', () => expect(settlementTermsObjection(someTerms())).toBeUndefined())
  it.each<[Partial<SettlementTerms>, string]>([
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ time_zone: '\0' }, 'the texts holds a NUL character'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 2199'],
  ])('with %o are turned away', (change, objection) =>
    expect(settlementTermsObjection(someTerms(change))).toBe(objection),
  )
})
