/** Players whose behaviour is known, from a CSV file with the columns player_id and label. */
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { CliError, EXIT } from '../errors.ts'

/** The label of a player who behaves as players do; every other one is to be found. */
export const NORMAL = 'normal'

/** Label by player id. */
export type Labels = ReadonlyMap<string, string>

const rows = z.array(z.object({ player_id: z.string().min(1), label: z.string().min(1) }))

/** Reads the file. Throws `CliError` where it can't be read or a row lacks something. */
export async function readLabels(file: string): Promise<Labels> {
  const help = 'name a CSV file with the columns player_id and label'
  const unreadable = (what: string): CliError =>
    new CliError(EXIT.usage, 'UNREADABLE_FILE', `${file}: ${what}`, help)
  let records: unknown
  try {
    records = parse(await readFile(file), { columns: true, skip_empty_lines: true, trim: true, bom: true })
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error))
  }
  const parsed = rows.safeParse(records)
  if (parsed.success) return new Map(parsed.data.map(({ player_id, label }) => [player_id, label]))
  const [issue] = parsed.error.issues
  throw unreadable(`row ${Number(issue?.path[0] ?? 0) + 1}: ${String(issue?.path[1])}: ${issue?.message}`)
}
