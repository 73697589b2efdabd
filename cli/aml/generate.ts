/** `aml generate`: events of players whose behaviour is known, and what it is, for `replay` and `aml backtest --labels`. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { stringify } from 'csv-stringify'
import { z } from 'zod'
import { CliError, EXIT } from '../errors.ts'
import { LABELS, labelledPlayers, labelledRows } from '../generate/labelled.ts'
import type { LabelledOptions } from '../generate/labelled.ts'
import { note } from '../output.ts'
import { COLUMNS } from '../replay/columns.ts'

/** Days that a player needs: some of ordinary life, some for what is to be found. */
const DAYS_MIN = 30
const DAYS_MAX = 365
const PLAYERS_MAX = 100_000
const SEED_MAX = 2 ** 32 - 1
const DEFAULT_START = '2026-01-05'

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

const OPTIONS = z.object({
  seed: whole(0, SEED_MAX),
  normal: whole(0, PLAYERS_MAX),
  each: whole(0, PLAYERS_MAX),
  days: whole(DAYS_MIN, DAYS_MAX),
  start: z.iso.date(),
  out: z.string().min(1),
  labels: z.string().min(1),
})

async function writeCsv(file: string, columns: readonly string[], rows: Iterable<unknown>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await pipeline(
    Readable.from(rows),
    stringify({ header: true, columns: [...columns] }),
    createWriteStream(file),
  )
}

/** Writes both files. The same options give the same bytes. Answers how many events there are. */
export async function writeLabelled(
  options: LabelledOptions,
  files: { out: string; labels: string },
): Promise<number> {
  const rows = labelledRows(options)
  const labels = labelledPlayers(options).map(({ playerId, label }) => ({ player_id: playerId, label }))
  await writeCsv(files.out, COLUMNS, rows)
  await writeCsv(files.labels, ['player_id', 'label'], labels)
  return rows.length
}

export function registerGenerate(aml: Command): void {
  const found = LABELS.filter((label) => label !== 'normal').join(', ')
  aml
    .command('generate')
    .description(`write a seeded sample of players who behave normally and of others: ${found}`)
    .requiredOption('--out <file>', 'where the events go: CSV in the columns that `replay` reads')
    .requiredOption('--labels <file>', 'where the labels go: CSV of player_id and label')
    .option('--seed <n>', 'the same seed gives the same bytes', '1')
    .option('--normal <n>', 'players who behave normally', '200')
    .option('--each <n>', 'players of each other kind', '40')
    .option('--days <n>', 'days that the events span', '60')
    .option('--start <date>', 'the first day, UTC', DEFAULT_START)
    .action(async (flags: unknown) => {
      const parsed = OPTIONS.safeParse(flags)
      if (!parsed.success) {
        const faults = parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`)
        throw new CliError(EXIT.usage, 'USAGE', faults.join(', '), 'see aml generate --help')
      }
      const { start, out, labels, ...sizes } = parsed.data
      const events = await writeLabelled({ ...sizes, startMs: Date.parse(start) }, { out, labels })
      note(`${events} events in ${out}; who is who in ${labels}; seed ${sizes.seed}`)
    })
}
