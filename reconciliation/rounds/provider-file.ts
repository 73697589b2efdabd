/** Reads what a game provider says of its rounds: a CSV file with a row per round, player and currency. */
import { createReadStream } from 'node:fs'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { isCurrency } from '../../domain/currencies.ts'
import { parseAmount } from '../../domain/money.ts'
import { OperationalError } from '../../topics/errors.ts'
import { roundName } from './round.ts'
import type { RoundSums } from './round.ts'

/** Rounds of one file; all of them are in memory, at about 300 bytes each. */
export const FILE_ROUNDS_MAX = 1_000_000
/** Longest row that is read, in bytes; without a limit an open quote would take in the rest of the file. */
const ROW_BYTES_MAX = 64 * 1024

const REQUIRED = ['round_id', 'player_id', 'currency', 'bets', 'wins'] as const

const amount = z
  .string()
  .trim()
  .transform((text, context) => {
    const parsed = parseAmount(text)
    if (parsed.ok && parsed.units >= 0n) return parsed.units
    const fault = parsed.ok ? 'is below 0' : 'is no amount with at most four decimals'
    context.addIssue({ code: 'custom', message: `"${text}" ${fault}` })
    return z.NEVER
  })

const rowSchema = z.object({
  round_id: z.string().trim().min(1, 'is empty'),
  player_id: z.string().trim().min(1, 'is empty'),
  currency: z.string().trim().refine(isCurrency, 'is no ISO 4217 code'),
  bets: amount,
  wins: amount,
  rollbacks: amount.default(0n),
})

export interface FileRound extends RoundSums {
  line: number
}

export interface ProviderFile {
  /** By `roundName`. */
  rounds: Map<string, FileRound>
  /** Rows of rounds that the file has already, with both lines. */
  repeated: { name: string; line: number; firstLine: number }[]
}

const refused = (code: string, what: string): OperationalError =>
  new OperationalError(
    'refused',
    code,
    what,
    `a row per round, player and currency is expected: ${REQUIRED.join(',')} and, where it is known, rollbacks`,
  )

interface CsvRow {
  record: Record<string, string>
  info: { lines: number }
}

/** Throws `OperationalError`: a file that has one wrong row is not compared at all. */
export async function readProviderFile(path: string): Promise<ProviderFile> {
  const file: ProviderFile = { rounds: new Map(), repeated: [] }
  const source = createReadStream(path)
  const parser = source.pipe(
    parse({
      bom: true,
      columns: columnsOf,
      info: true,
      max_record_size: ROW_BYTES_MAX,
      skip_empty_lines: true,
    }),
  )
  source.on('error', (error) => parser.destroy(refused('UNREADABLE_FILE', `${path}: ${error.message}`)))
  const rows: AsyncIterable<CsvRow> = parser
  let hasHeader = false
  function columnsOf(header: readonly string[]): string[] {
    hasHeader = true
    return namesOf(header)
  }
  try {
    for await (const { record, info } of rows) addRow(file, record, info.lines)
  } catch (error) {
    if (error instanceof CsvError) throw refused('INVALID_ROW', error.message)
    throw error
  }
  if (!hasHeader) throw refused('WRONG_HEADER', `${path}: there is no header`)
  return file
}

function namesOf(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim().toLowerCase())
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) throw refused('WRONG_HEADER', `the header lacks ${missing.join(', ')}`)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw refused('WRONG_HEADER', `the header has ${twice} twice`)
  return names
}

function addRow(file: ProviderFile, record: Record<string, string>, line: number): void {
  const parsed = rowSchema.safeParse(record)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused('INVALID_ROW', `line ${line}: ${issue?.path.join('.')} ${issue?.message}`)
  }
  const { round_id, player_id, currency, bets, wins, rollbacks } = parsed.data
  const name = roundName(round_id, player_id, currency)
  const first = file.rounds.get(name)
  if (first !== undefined) file.repeated.push({ name, line, firstLine: first.line })
  else if (file.rounds.size === FILE_ROUNDS_MAX)
    throw refused('FILE_TOO_LONG', `line ${line}: more than ${FILE_ROUNDS_MAX} rounds; split the file`)
  else file.rounds.set(name, { bets, wins, rollbacks, line })
}
