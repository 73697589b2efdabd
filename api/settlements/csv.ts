/** The lines of a statement as CSV. */
import { formatAmount } from '../../domain/money.ts'
import { csvLines } from '../csv.ts'
import type { SettlementLine } from '../reads/settlements.ts'

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
