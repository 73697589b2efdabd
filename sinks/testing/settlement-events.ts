/** Settlement runs and terms for tests of the sinks. */
import { randomUUID } from 'node:crypto'
import type {
  Settlement,
  SettlementTerms,
  SettlementTermsUpdated,
  SettlementUpdated,
} from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'

export const NOW_MS = Date.UTC(2026, 10, 24)
export const FEE = { code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: 500n } as const

/** A draft whose amounts are as large as a column holds. */
export const aRun = (change: Partial<Settlement> = {}): SettlementUpdated => ({
  event_id: randomUUID(),
  event_type: 'settlement.updated',
  timestamp: NOW_MS,
  data: {
    settlement_id: randomUUID(),
    partner_id: randomUUID(),
    currency: 'EUR',
    status: 'DRAFT',
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
    command_id: randomUUID(),
    ...change,
  },
})

export const someTerms = (change: Partial<SettlementTerms> = {}): SettlementTermsUpdated => ({
  event_id: randomUUID(),
  event_type: 'settlement_terms.updated',
  timestamp: NOW_MS,
  data: {
    partner_id: randomUUID(),
    time_zone: 'Europe/Berlin',
    schedule: 'MONTHLY',
    schedule_from: null,
    currencies: ['EUR'],
    fees: [FEE],
    version: 1,
    created_at: NOW_MS,
    updated_at: NOW_MS,
    updated_by: null,
    command_id: randomUUID(),
    ...change,
  },
})
