/** Lines of a CSV file as a stream; the first fault ends the reading. */
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { WatchlistError } from './error.ts'
import { FILE_BYTES_MAX, LINE_BYTES_MAX } from './limits.ts'

/** Fields of a line; where it spans several, `line` is its last. */
export interface CsvLine {
  line: number
  fields: readonly string[]
}

interface CsvRecord {
  record: string[]
  info: { lines: number }
}

/** What some old programs, OFAC's among them, write at the end of a file. */
const END_OF_FILE_MARK = '\u001a'
/** What the decoder puts for bytes that are not UTF-8. */
const REPLACEMENT_CHARACTER = '\ufffd'

async function* bytesOf(file: string, hash: Hash): AsyncGenerator<Buffer> {
  let bytes = 0
  const stream: AsyncIterable<Buffer> = createReadStream(file)
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > FILE_BYTES_MAX)
      throw new WatchlistError('TOO_LARGE', file, `the file has more than ${FILE_BYTES_MAX} bytes`)
    hash.update(chunk)
    yield chunk
  }
}

function faultOf(file: string, error: unknown): WatchlistError {
  if (error instanceof WatchlistError) return error
  if (error instanceof CsvError) {
    const line = typeof error['lines'] === 'number' ? error['lines'] : undefined
    return new WatchlistError('BROKEN_LINE', file, `not CSV: ${error.message}`, line)
  }
  return new WatchlistError('UNREADABLE', file, error instanceof Error ? error.message : String(error))
}

/**
 * Reads a file of UTF-8, and adds its bytes to the hash. Throws `WatchlistError` for a file that can't be read or is too
 * large and for a line that is not CSV.
 */
export async function* readCsv(file: string, hash: Hash): AsyncGenerator<CsvLine> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LINE_BYTES_MAX,
  })
  const source = Readable.from(bytesOf(file, hash))
  source.once('error', (error) => parser.destroy(error))
  const records: AsyncIterable<CsvRecord> = source.pipe(parser)
  try {
    for await (const { record, info } of records) {
      if (record.length === 1 && record[0] === END_OF_FILE_MARK) continue
      if (record.some((field) => field.includes(REPLACEMENT_CHARACTER)))
        throw new WatchlistError('BROKEN_LINE', file, 'not UTF-8', info.lines)
      yield { line: info.lines, fields: record }
    }
  } catch (error) {
    throw faultOf(file, error)
  } finally {
    source.destroy()
  }
}

/** A line of a file with a header. */
export interface NamedLine<Column extends string> {
  line: number
  /** The text of a column; empty where the file lacks it. */
  field: (column: Column) => string
}

/**
 * Lines of a file with a header. Throws `WatchlistError` as `readCsv` does, for a header without a required column, and for a
 * line with more or fewer fields than the header.
 */
export async function* readNamedCsv<Column extends string>(
  file: string,
  hash: Hash,
  required: readonly Column[],
): AsyncGenerator<NamedLine<Column>> {
  let header: string[] | undefined
  for await (const { line, fields } of readCsv(file, hash)) {
    if (header === undefined) {
      const names = fields.map((name) => name.trim().toLowerCase())
      const missing = required.filter((column) => !names.includes(column))
      if (missing.length > 0)
        throw new WatchlistError('BROKEN_LINE', file, `the header lacks ${missing.join(', ')}`, line)
      header = names
      continue
    }
    const columns = header
    if (fields.length !== columns.length) {
      const reason = `${fields.length} fields where the header has ${columns.length}`
      throw new WatchlistError('BROKEN_LINE', file, reason, line)
    }
    yield { line, field: (column) => fields[columns.indexOf(column)] ?? '' }
  }
}
