/** Settlements as CSV: the lines of one, and all of them in a list. */
import { Readable } from 'node:stream'
import { formatAmount } from '../../domain/money.ts'
import { csvLines, csvStream } from '../csv.ts'
import type { Cells } from '../csv.ts'
import type { Database } from '../reads/database.ts'
import { readSettlements } from '../reads/settlements.ts'
import type { SettlementDocument, SettlementLine, SettlementsQuery } from '../reads/settlements.ts'

/** Runs that are in memory at a time while a list is written out. */
const CHUNK_ROWS = 500

const amountOrNull = (units: bigint | null): string | null => (units === null ? null : formatAmount(units))

export const linesCsv = (lines: readonly SettlementLine[]): string =>
  csvLines([
    ['code', 'label', 'kind', 'basis', 'rate', 'amount'],
    ...lines.map(({ code, label, kind, basis, rate, amount }) => [
      code,
      label,
      kind,
      amountOrNull(basis),
      amountOrNull(rate),
      formatAmount(amount),
    ]),
  ])

const NAMES = [
  'id',
  'partner_id',
  'currency',
  'status',
  'period_from',
  'period_to',
  'time_zone',
  'carried_in',
  'net_payable',
  'carried_forward',
  'late_entries',
  'hash',
  'previous_id',
  'requested_by',
  'confirmed_by',
  'confirmed_at',
  'paid_by',
  'paid_at',
  'payment_reference',
  'canceled_by',
  'canceled_at',
  'version',
  'created_at',
] as const

const cellsOf = (run: SettlementDocument): Cells => {
  const values: Readonly<Record<(typeof NAMES)[number], string | number | null>> = {
    ...run,
    id: run.settlement_id,
    carried_in: formatAmount(run.carried_in),
    net_payable: formatAmount(run.net_payable),
    carried_forward: formatAmount(run.carried_forward),
  }
  return NAMES.map((name) => values[name]).map((value) => (typeof value === 'number' ? String(value) : value))
}

/** The runs of a list, the newest first, as they come: a run that is added meanwhile is not in it, none is there twice. */
export function settlementsCsv(
  database: Database,
  asked: Pick<SettlementsQuery, 'partnerId' | 'currency' | 'status'>,
): Readable {
  async function* chunks(): AsyncGenerator<Cells[]> {
    let after: SettlementsQuery['after']
    for (;;) {
      const runs = await readSettlements(database, { ...asked, after, limit: CHUNK_ROWS })
      if (runs.length > 0) yield runs.map(cellsOf)
      const last = runs.at(-1)
      if (last === undefined || runs.length < CHUNK_ROWS) return
      after = { createdAtMs: Date.parse(last.created_at), id: last.settlement_id }
    }
  }
  return csvStream(NAMES, Readable.from(chunks(), { highWaterMark: 1 }))
}
