/** `replay`: sends a file of wallet events into the running system, each event once however often it is replayed. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { isPartnerId } from '../domain/ids.ts'
import type { PartnerId } from '../domain/ids.ts'
import { commonConfig, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { note, printJson, printTable } from './output.ts'
import { checkpointPath, readCheckpoint, replayFolder } from './replay/checkpoint.ts'
import { COLUMN_HELP } from './replay/columns.ts'
import { inspectFile } from './replay/csv.ts'
import { openKafkaTarget } from './replay/kafka-target.ts'
import { createPace } from './replay/pace.ts'
import { formatCount, formatDuration } from './replay/progress.ts'
import { Rejects } from './replay/rejects.ts'
import { openRestTarget } from './replay/rest-target.ts'
import { runReplay } from './replay/run.ts'
import type { ReplayResult } from './replay/run.ts'
import type { ReplayTarget } from './replay/target.ts'

const VIAS = ['rest', 'kafka'] as const

const OPTIONS = z.object({
  via: z.enum(VIAS),
  speed: z.union([z.enum(['flat']), z.coerce.number().positive().max(1e9)]),
  progress: z.boolean(),
  resume: z.boolean(),
  concurrency: z.coerce.number().int().min(1).max(1_000),
  partnerId: z.string().refine(isPartnerId, 'must be a UUID').optional(),
  apiUrl: z.url().optional(),
  apiKey: z.string().optional(),
  replyPartition: z.coerce.number().int().nonnegative().optional(),
  json: z.boolean(),
})

export type ReplayOptions = z.output<typeof OPTIONS>

export const REPLAY_DEFAULTS: ReplayOptions = {
  via: 'rest',
  speed: 'flat',
  progress: true,
  resume: false,
  concurrency: 64,
  json: false,
}

const replayConfig = commonConfig.extend({
  STAKESTREAM_URL: z.url().default('http://127.0.0.1:8080'),
  STAKESTREAM_ADMIN_KEY: z.string().optional(),
  STAKESTREAM_PARTNER_ID: z.string().optional(),
})

const usage = (what: string, help: string): CliError => new CliError(EXIT.usage, 'USAGE', what, help)

const MISSING_HELP = '`make up` writes it to .local/env; load that file or give the option'

function partnerOf(options: ReplayOptions, configured: string | undefined): PartnerId {
  const partnerId = options.partnerId ?? configured
  if (partnerId === undefined || !isPartnerId(partnerId))
    throw usage('no partner is named (--partner-id or STAKESTREAM_PARTNER_ID)', MISSING_HELP)
  return partnerId
}

/** Opens the way that the commands take; closing it closes all that was opened. */
async function openTarget(options: ReplayOptions, partnerId: PartnerId): Promise<ReplayTarget> {
  const config = readConfig(replayConfig)
  if (options.via === 'rest') {
    const apiKey = options.apiKey ?? config.STAKESTREAM_ADMIN_KEY
    if (apiKey === undefined)
      throw usage('no key is given (--api-key or STAKESTREAM_ADMIN_KEY)', MISSING_HELP)
    return openRestTarget({
      baseUrl: options.apiUrl ?? config.STAKESTREAM_URL,
      apiKey,
      partnerId,
      concurrency: options.concurrency,
    })
  }
  const log = createLogger('replay', 'silent')
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [command, reply, deadLetter] = await Promise.all([
    createCodec('wallet.command', source),
    createCodec('wallet.reply', source),
    createCodec('wallet.command.dlq', source),
  ])
  const broker = await connectKafkajs({ ...kafkaConnection(config), clientId: 'stakestream-replay', log })
  const target = await openKafkaTarget({
    broker,
    command,
    reply,
    deadLetter,
    replyPartition: options.replyPartition,
  }).catch(async (error: unknown) => {
    await broker.close()
    throw error
  })
  return {
    submit: (row, settle) => target.submit(row, settle),
    drain: () => target.drain(),
    remark: () => target.remark(),
    close: async () => {
      await target.close()
      await broker.close()
    },
  }
}

/** Replays a file. Throws `CliError`; a stopped replay answers with `complete: false`. */
export async function replayFile(file: string, options: ReplayOptions): Promise<ReplayResult> {
  const partnerId = partnerOf(options, readConfig(replayConfig).STAKESTREAM_PARTNER_ID)
  const facts = await inspectFile(file)
  const folder = replayFolder()
  const checkpointFile = checkpointPath(folder, facts.sha256, partnerId)
  const found = options.resume ? await readCheckpoint(checkpointFile) : undefined
  const startLine = found !== undefined && !found.complete ? found.finished_line : 0
  if (options.resume)
    note(
      startLine > 0 ? `going on after line ${startLine}` : 'nothing to resume: beginning with the first line',
    )
  const rejects = new Rejects(join(folder, `${facts.sha256.slice(0, 16)}-rejects.csv`), note)
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    note('stopping: waiting for what is under way (once more to leave at once)')
    stop.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const target = await openTarget(options, partnerId)
  try {
    return await runReplay({
      file,
      facts,
      partnerId,
      startLine,
      target,
      pace: createPace(options.speed),
      rejects,
      checkpointFile,
      showProgress: options.progress,
      signal: stop.signal,
    })
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await target.close()
    if (rejects.file !== undefined) note(`${rejects.count} bad lines, listed in ${rejects.file}`)
  }
}

/** Prints how the replay went. */
export function printReplay({ figures, badRows, durationMs }: ReplayResult): void {
  const byCode = (counts: Readonly<Record<string, number>>, word: string): [string, string][] =>
    Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([code, count]) => [`  ${word} ${code}`, formatCount(count)])
  const rate = durationMs > 0 ? Math.round((figures.commands * 1_000) / durationMs) : 0
  printTable(
    ['replay', 'count'],
    [
      ['commands', formatCount(figures.commands)],
      ['accepted', formatCount(figures.applied)],
      ...byCode(figures.appliedByType, 'accepted'),
      ['replayed, nothing moved', formatCount(figures.replayed)],
      ...byCode(figures.replayedByCode, 'refused before'),
      ['rejected', formatCount(figures.rejected)],
      ...byCode(figures.rejectedByCode, 'rejected'),
      ['bad lines', formatCount(badRows)],
      ['time', `${formatDuration(durationMs)} (${formatCount(rate)}/s)`],
    ],
  )
}

/** Checks the options as commander gives them. */
export function parseReplayOptions(given: unknown): ReplayOptions {
  const parsed = OPTIONS.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw usage(faults.join(', '), 'see replay --help')
}

/** The options that `replay` and `demo` share. */
export const withReplayOptions = (command: Command): Command =>
  command
    .option(
      '--via <way>',
      `${VIAS.join(' (through the API) or ')} (straight into wallet.command)`,
      REPLAY_DEFAULTS.via,
    )
    .option(
      '--speed <times>',
      "times as fast as the events' own time, or flat: as fast as it goes",
      process.env['SPEED'] || 'flat',
    )
    .option('--no-progress', 'no progress on stderr')
    .option('--resume', 'go on where a stopped replay of the same file ended', false)
    .option('--concurrency <n>', 'requests under way, via rest', String(REPLAY_DEFAULTS.concurrency))
    .option('--partner-id <uuid>', 'partner of rows that name none (STAKESTREAM_PARTNER_ID)')
    .option('--api-url <url>', 'address of the API (STAKESTREAM_URL)')
    .option('--api-key <key>', 'key with wallet:write and wallet:backfill (STAKESTREAM_ADMIN_KEY)')
    .option('--reply-partition <n>', 'partition of wallet.reply to listen on, via kafka (the last one)')
    .option('--json', 'print the figures as JSON', false)

export function register(program: Command): void {
  const columns = Object.entries(COLUMN_HELP).map(([name, help]) => `  ${name.padEnd(34)}${help}`)
  withReplayOptions(
    program
      .command('replay')
      .argument('<file>', 'CSV file of wallet events')
      .description('replay a file of wallet events'),
  )
    .addHelpText('after', `\nColumns, by the header (the first five are needed):\n${columns.join('\n')}`)
    .action(async (given: string | undefined, flags: unknown) => {
      loadLocalEnv()
      const options = parseReplayOptions(flags)
      const file = given ?? process.env['INPUT']
      if (file === undefined || file === '')
        throw usage('no file is named', 'replay FILE.csv, or INPUT=FILE.csv')
      const result = await replayFile(file, options)
      if (options.json) printJson(result)
      else printReplay(result)
      if (result.complete) return
      note(`stopped after line ${result.finishedLine}: run the same again with --resume to go on`)
      process.exitCode = 130
    })
}
