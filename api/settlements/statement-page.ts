/** The statement of a run as a page that prints well: no script, every text escaped, the one style named by its hash. */
import { createHash } from 'node:crypto'
import { formatAmountShort } from '../../domain/money.ts'
import type { SettlementDocument } from '../reads/settlements.ts'

const STYLE = `
body { font: 11pt/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 48rem; color: #111; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.5rem; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.RESULT td { font-weight: bold; border-top: 2px solid #111; }
footer { margin-top: 2rem; font-size: 8pt; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } thead { display: table-header-group; } tr { break-inside: avoid; } }
@page { size: A4; margin: 18mm; }
`

/** The page may use its own style, and nothing else. */
export const STATEMENT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => ENTITIES[each] ?? each)

type Cell = string | bigint
const cell = (value: Cell): string =>
  typeof value === 'bigint' ? `<td class="n">${formatAmountShort(value)}</td>` : `<td>${escaped(value)}</td>`

const row = (cells: readonly Cell[], kind = ''): string =>
  `<tr class="${kind}">${cells.map(cell).join('')}</tr>`

const head = (names: readonly string[], numbersFrom: number): string =>
  `<thead><tr>${names
    .map((name, at) => `<th${at < numbersFrom ? '' : ' class="n"'}>${escaped(name)}</th>`)
    .join('')}</tr></thead>`

const percent = (rate: bigint): string => `${formatAmountShort(rate * 100n)} %`

const linesTable = (run: SettlementDocument): string =>
  `<table>${head(['', 'Of', 'Amount'], 1)}<tbody>${run.lines
    .map(({ label, basis, rate, kind, amount }) =>
      row(
        [
          label,
          basis === null || rate === null ? '' : `${percent(rate)} of ${formatAmountShort(basis)}`,
          amount,
        ],
        kind,
      ),
    )
    .join('')}</tbody></table>`

const DAY_COLUMNS = ['Date', 'Rate', 'Bets', 'Wins', 'Rolled back', 'Bonus cost', 'NGR', 'Commission']

const daysTable = (run: SettlementDocument): string =>
  `<table>${head(DAY_COLUMNS, 2)}<tbody>${run.days
    .map((day) =>
      row([
        day.late ? `${day.date} (late)` : day.date,
        percent(day.rate),
        day.bets,
        day.wins,
        day.rollbacks,
        day.bonus_cost,
        day.ngr,
        day.commission,
      ]),
    )
    .join('')}</tbody></table>`

/** `partnerName` is undefined for a partner that nobody has described. */
export function statementPage(run: SettlementDocument, partnerName: string | undefined): string {
  const title = `Settlement ${run.period_from} to ${run.period_to}, ${run.currency}`
  const seals = run.seals.map(({ partition, next_offset: next }) => `${partition}:${next}`).join(' ')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${escaped(partnerName ?? run.partner_id)}<br>${escaped(run.partner_id)}<br>Status: ${run.status}<br>
${run.period_from} up to, but not including, ${run.period_to} (${escaped(run.time_zone)})</p>
${linesTable(run)}
<h2>Days</h2>${daysTable(run)}
<p>Late entries of earlier periods: ${run.late_entries}</p>
<footer>Run ${run.settlement_id}. Sealed at the offsets ${escaped(seals)}. SHA-256 ${escaped(run.hash ?? 'none yet')}</footer>
</body></html>
`
}
