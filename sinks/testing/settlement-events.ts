/** Settlement runs and terms for tests of the sinks. */
import { randomUUID } from 'node:crypto'
import type {
  Settlement,
  SettlementTerms,
  SettlementTermsUpdated,
  SettlementUpdated,
} from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { aSettlement, settlementTerms } from '../../tests/support/settlements.ts'

export const NOW_MS = Date.UTC(2026, 10, 24)
export const FEE = { code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: 500n } as const

/** A draft whose amounts are as large as a column holds. */
export const aRun = (change: Partial<Settlement> = {}): SettlementUpdated => ({
  event_id: randomUUID(),
  event_type: 'settlement.updated',
  timestamp: NOW_MS,
  data: aSettlement({
    fees: [FEE],
    net_payable: AMOUNT_UNITS_MAX,
    carried_forward: -AMOUNT_UNITS_MAX,
    payment_reference: 'SEPA-1',
    created_at: NOW_MS,
    updated_at: NOW_MS,
    ...change,
  }),
})

export const someTerms = (change: Partial<SettlementTerms> = {}): SettlementTermsUpdated => ({
  event_id: randomUUID(),
  event_type: 'settlement_terms.updated',
  timestamp: NOW_MS,
  data: settlementTerms({ fees: [FEE], created_at: NOW_MS, updated_at: NOW_MS, ...change }),
})
