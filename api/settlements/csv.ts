/** The lines of a statement as CSV that no spreadsheet runs: a cell that it would take for a formula gets an apostrophe. */
import { stringify } from 'csv-stringify/sync'
import { formatAmount } from '../../domain/money.ts'
import type { SettlementLine } from '../reads/settlements.ts'

const FORMULA = /^[=+\-@\t\r]/
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/ // oxlint-disable-line security/detect-unsafe-regex -- digits, a point, digits: linear

/** A cell as it may stand in a file that Excel opens. */
export const safeCell = (text: string): string =>
  FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text

const amountOrEmpty = (units: bigint | null): string => (units === null ? '' : formatAmount(units))

export const linesCsv = (lines: readonly SettlementLine[]): string =>
  stringify(
    [
      ['code', 'label', 'kind', 'basis', 'rate', 'amount'],
      ...lines.map(({ code, label, kind, basis, rate, amount }) =>
        [code, label, kind, amountOrEmpty(basis), amountOrEmpty(rate), formatAmount(amount)].map(safeCell),
      ),
    ],
    { record_delimiter: 'windows' },
  )
