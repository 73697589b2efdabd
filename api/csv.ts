/** CSV (RFC 4180) that spreadsheets open as data: no cell of it is run as a formula. */
import { Transform, pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'

/** As documents name it, and as an answer does. */
export const CSV = 'text/csv'
export const CSV_TYPE = `${CSV}; charset=utf-8; header=present`

/** null is an empty cell. */
export type Cell = string | null
export type Cells = readonly Cell[]

/** What spreadsheets take for the beginning of a formula; the wide forms as well, which some of them fold. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/
// oxlint-disable-next-line security/detect-unsafe-regex -- digits, a point, digits: linear
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/

/** The cell as a text that no spreadsheet runs (OWASP, CSV injection): an apostrophe goes before what looks like a formula. */
export const safeCell = (cell: Cell): string => {
  if (cell === null) return ''
  return FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell
}

/** A few rows at once. */
export const csvLines = (rows: readonly Cells[]): string =>
  stringify(
    rows.map((row) => row.map(safeCell)),
    { record_delimiter: 'windows' },
  )

/**
 * The text of the rows as they come, under a line of names. Reads no further ahead than its reader: what is in memory doesn't grow with the
 * number of rows. When either side ends early, so does the other.
 *
 * @param rows chunks of rows, in object mode
 */
export function csvStream(names: readonly string[], rows: Readable): Readable {
  const csv = new Transform({
    writableObjectMode: true,
    transform: (chunk: readonly Cells[], _encoding, done) => done(null, csvLines(chunk)),
  })
  csv.push(csvLines([names]))
  // An error destroys the text too, and so the connection: a file that was cut off must not look whole.
  pipeline(rows, csv, () => undefined)
  return csv
}
