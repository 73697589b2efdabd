/** Settlement runs and terms in PostgreSQL: rows, and the statements that write them. */
import type { SettlementTermsUpdated, SettlementUpdated } from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import type { SinkRecord } from '../runtime/types.ts'
import { columnsOf } from './columns.ts'
import { sorted, timeOf } from './row-values.ts'

/** A record as JSON: amounts as texts, and what ends in _at as a time. */
const documentOf = (data: object): unknown =>
  JSON.parse(
    JSON.stringify(data, (name, value: unknown) => {
      if (typeof value === 'bigint') return formatAmount(value)
      return name.endsWith('_at') && typeof value === 'number' ? timeOf(value) : value
    }),
  )

const settlementRow = ({ data }: SettlementUpdated) => ({
  id: data.settlement_id,
  partner_id: data.partner_id,
  currency: data.currency,
  status: data.status,
  period_from: data.period_from,
  period_to: data.period_to,
  net_payable: formatAmount(data.net_payable),
  carried_forward: formatAmount(data.carried_forward),
  hash: data.hash,
  document: documentOf(data),
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.updated_at),
  version: data.version,
})
type SettlementRow = ReturnType<typeof settlementRow>

const termsRow = ({ data }: SettlementTermsUpdated) => ({
  id: data.partner_id,
  partner_id: data.partner_id,
  document: documentOf(data),
  updated_at: timeOf(data.updated_at),
  version: data.version,
})
type TermsRow = ReturnType<typeof termsRow>

export interface SettlementRows {
  settlements: SettlementRow[]
  settlementTerms: TermsRow[]
}

/** Keeps of several states of the same thing the newest: one statement can't touch a row twice. */
function keepNewest<T extends { id: string; version: number }>(kept: Map<string, T>, row: T): void {
  if ((kept.get(row.id)?.version ?? 0) <= row.version) kept.set(row.id, row)
}

/** Gathers the rows of a batch. */
export function gatherSettlementRows(partnerIds: Set<string>) {
  const settlements = new Map<string, SettlementRow>()
  const terms = new Map<string, TermsRow>()
  return {
    addSettlement: ({ value }: SinkRecord<SettlementUpdated>): void => {
      partnerIds.add(value.data.partner_id)
      keepNewest(settlements, settlementRow(value))
    },
    addTerms: ({ value }: SinkRecord<SettlementTermsUpdated>): void => {
      partnerIds.add(value.data.partner_id)
      keepNewest(terms, termsRow(value))
    },
    rows: (): SettlementRows => ({
      settlements: sorted(settlements.values()),
      settlementTerms: sorted(terms.values()),
    }),
  }
}

const SETTLEMENT = columnsOf({
  id: 'uuid',
  partner_id: 'uuid',
  currency: 'text',
  status: 'text',
  period_from: 'date',
  period_to: 'date',
  net_payable: 'numeric',
  carried_forward: 'numeric',
  hash: 'text',
  document: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  version: 'int',
})

/** Can be repeated at will: a row is replaced by a newer version only. */
export const UPSERT_SETTLEMENTS = `
INSERT INTO settlements (${SETTLEMENT.names})
SELECT ${SETTLEMENT.names} FROM json_to_recordset($1::json) AS row (${SETTLEMENT.definition})
ON CONFLICT (id) DO UPDATE SET (${SETTLEMENT.names}) = ROW (${SETTLEMENT.of('excluded')})
WHERE excluded.version > settlements.version`

const TERMS = columnsOf({
  partner_id: 'uuid',
  document: 'jsonb',
  updated_at: 'timestamptz',
  version: 'int',
})

/** A row is replaced by a newer version only. */
export const UPSERT_SETTLEMENT_TERMS = `
INSERT INTO settlement_terms (${TERMS.names})
SELECT ${TERMS.names} FROM json_to_recordset($1::json) AS row (${TERMS.definition})
ON CONFLICT (partner_id) DO UPDATE SET (${TERMS.names}) = ROW (${TERMS.of('excluded')})
WHERE excluded.version > settlement_terms.version`
