/** `generate`: writes a realistic sample of wallet events for those who have no file of their own. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, Transform } from 'node:stream'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { stringify } from 'csv-stringify'
import { z } from 'zod'
import { sampleRows } from './generate/sample.ts'
import type { SampleOptions } from './generate/sample.ts'
import { note } from './output.ts'
import { CliError, EXIT } from './errors.ts'
import { COLUMNS } from './replay/columns.ts'

/** A Monday; the demo's sample begins here, so that its bytes are the same every day. */
const DEFAULT_START = '2026-03-02T00:00:00Z'

export const SAMPLE_DEFAULTS: SampleOptions = {
  seed: 1,
  players: 500,
  events: 20_000,
  startMs: Date.parse(DEFAULT_START),
  days: 14,
}

/** Writes the sample as CSV and returns the SHA-256 of its bytes, in hex. */
export async function writeSample(options: SampleOptions, out: Writable): Promise<string> {
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(
    Readable.from(sampleRows(options)),
    stringify({ header: true, columns: [...COLUMNS] }),
    hashing,
    out,
    { end: out !== process.stdout },
  )
  return hash.digest('hex')
}

/** The same into a file, whose folder is made. */
export async function writeSampleFile(options: SampleOptions, file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  return writeSample(options, createWriteStream(file))
}

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

const OPTIONS = z.object({
  seed: whole(0, 2 ** 32 - 1),
  players: whole(1, 1_000_000),
  events: whole(1, 100_000_000),
  days: whole(1, 3_650),
  start: z.iso.datetime({ offset: true }),
  out: z.string().optional(),
})

export function register(program: Command): void {
  program
    .command('generate')
    .description('write a seeded sample of wallet events as CSV, in the columns that `replay` reads')
    .option('--seed <n>', 'the same seed gives the same bytes', String(SAMPLE_DEFAULTS.seed))
    .option('--players <n>', 'how many players there are', String(SAMPLE_DEFAULTS.players))
    .option('--events <n>', 'how many rows to write', String(SAMPLE_DEFAULTS.events))
    .option('--days <n>', 'about how many days the events span', String(SAMPLE_DEFAULTS.days))
    .option('--start <time>', 'event time of the beginning, RFC 3339', DEFAULT_START)
    .option('--out <file>', 'where to write; standard output where absent')
    .action(async (given: unknown) => {
      const parsed = OPTIONS.safeParse(given)
      if (!parsed.success) {
        const faults = parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`)
        throw new CliError(EXIT.usage, 'USAGE', faults.join(', '), 'see generate --help')
      }
      const { start, out, ...sizes } = parsed.data
      const options = { ...sizes, startMs: Date.parse(start) }
      const sha256 =
        out === undefined ? await writeSample(options, process.stdout) : await writeSampleFile(options, out)
      note(
        `${options.events} events of up to ${options.players} players, seed ${options.seed}, sha256 ${sha256}`,
      )
    })
}
