/** Reads a file of wallet events as a stream: a window of it in memory, whatever its size. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import type { CsvError } from 'csv-parse'
import { CliError, EXIT } from '../errors.ts'
import { COLUMNS, REQUIRED_COLUMNS } from './columns.ts'
import type { Column, TextRow } from './columns.ts'
import type { RejectedRow } from './row.ts'

/** Longest row that is read, in bytes; without a limit an open quote would take in the rest of the file. */
const ROW_BYTES_MAX = 64 * 1024
const NEWLINE = 0x0a

/** What is known of a file before its rows are read. */
export interface FileFacts {
  /** SHA-256 of the content, in hex. */
  sha256: string
  bytes: number
  /** Rows at the most: line ends, the header not counted. */
  rowsMax: number
}

const unreadable = (file: string, error: unknown): CliError =>
  new CliError(
    EXIT.usage,
    'UNREADABLE_FILE',
    `${file} can't be read (${error instanceof Error ? error.message : String(error)})`,
    'name a CSV file of wallet events',
  )

/** Reads the file once through for its digest and size. */
export async function inspectFile(file: string): Promise<FileFacts> {
  const hash = createHash('sha256')
  let bytes = 0
  let newlines = 0
  let last = NEWLINE
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1024 * 1024 })
    for await (const chunk of stream) {
      hash.update(chunk)
      bytes += chunk.length
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) newlines++
      last = chunk.at(-1) ?? last
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  const lines = newlines + (last === NEWLINE ? 0 : 1)
  return { sha256: hash.digest('hex'), bytes, rowsMax: Math.max(0, lines - 1) }
}

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name)

/** Which column stands where; columns that mean nothing here are passed over. */
export function readHeader(names: readonly string[]): (Column | undefined)[] {
  const columns = names.map((name) => {
    const column = name.trim().toLowerCase()
    return isColumn(column) ? column : undefined
  })
  const missing = REQUIRED_COLUMNS.filter((column) => !columns.includes(column))
  const twice = columns.filter((column, at) => column !== undefined && columns.indexOf(column) !== at)
  const fault =
    missing.length > 0
      ? `the header lacks ${missing.join(', ')} (it reads: ${names.join(',').slice(0, 200)})`
      : `the header names ${twice.join(', ')} twice`
  if (missing.length > 0 || twice.length > 0)
    throw new CliError(
      EXIT.usage,
      'WRONG_HEADER',
      fault,
      `the first line must name at least ${REQUIRED_COLUMNS.join(',')}`,
    )
  return columns
}

/** A line of the file: fields by column, or why it holds none. */
export type FileRow = { line: number; row: TextRow } | { line: number; rejected: RejectedRow }

interface CsvRecord {
  record: string[]
  info: { lines: number }
}

const rowOf = (columns: readonly (Column | undefined)[], { record, info: { lines } }: CsvRecord): FileRow => {
  if (record.length !== columns.length) {
    const reason = `${record.length} fields where the header has ${columns.length}`
    return { line: lines, rejected: { line: lines, reason } }
  }
  const row: Partial<Record<Column, string>> = {}
  columns.forEach((column, at) => {
    if (column !== undefined) row[column] = record[at] ?? ''
  })
  return { line: lines, row }
}

const lineOf = (error: CsvError): number => (typeof error['lines'] === 'number' ? error['lines'] : 0)

/**
 * The rows of a CSV stream in order, bad ones too. Throws `CliError` for a header without the required columns.
 * Lines are counted from 1, with the header; a row over several lines has the number of its last.
 */
export async function* readRows(source: Readable): AsyncGenerator<FileRow> {
  const malformed: FileRow[] = []
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: ROW_BYTES_MAX,
    on_skip: (error) => {
      if (error === undefined) return
      const line = lineOf(error)
      malformed.push({ line, rejected: { line, reason: `not CSV: ${error.message}` } })
    },
  })
  source.once('error', (error) => parser.destroy(error))
  const records: AsyncIterable<CsvRecord> = source.pipe(parser)
  let columns: (Column | undefined)[] | undefined
  try {
    for await (const record of records) {
      if (columns === undefined) {
        columns = readHeader(record.record)
        continue
      }
      // The parser runs ahead: only what stands before this row is due.
      for (
        let next = malformed[0];
        next !== undefined && next.line < record.info.lines;
        next = malformed[0]
      ) {
        malformed.shift()
        yield next
      }
      yield rowOf(columns, record)
    }
    if (columns === undefined) columns = readHeader([])
    yield* malformed
  } finally {
    source.destroy()
  }
}
