/**
 * What a command prints: data on stdout, everything said to a person on stderr. Nothing is coloured, so NO_COLOR holds
 * by itself, and progress is shown on a terminal only.
 */

/** One line of data. */
export const printLine = (text: string): void => void process.stdout.write(`${text}\n`)

/** Data as one JSON document; amounts (bigint) must have been formatted before. */
export const printJson = (value: unknown): void => printLine(JSON.stringify(value, null, 2))

/** One line to the person at the terminal or to the log of a job. */
export const note = (text: string): void => void process.stderr.write(`${text}\n`)

/** True where a progress bar may be drawn. */
export const showsProgress = (): boolean => process.stderr.isTTY

/** Rows in aligned columns under a header. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  for (const row of [header, ...rows])
    printLine(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
