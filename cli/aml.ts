/** `aml rates`: what the AML rules found. `aml backtest`: tries others on what has happened, beside those that were in force. */
import type { Command } from 'commander'
import { z } from 'zod'
import { isPartnerId } from '../domain/ids.ts'
import { DAYS_KEPT } from '../streams/aml/memory.ts'
import { backtest } from './aml/backtest.ts'
import type { BacktestResult } from './aml/backtest.ts'
import { alarmRates, printAlarmRates } from './aml/rates.ts'
import { readCandidate } from './aml/candidate.ts'
import type { Detection } from './aml/comparison.ts'
import { registerGenerate } from './aml/generate.ts'
import { readLabels } from './aml/labels.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { note, printJson, printLine, printTable } from './output.ts'
import { formatCount } from './replay/progress.ts'

/** Exit code of a command that was told to stop. */
const INTERRUPTED = 130

const time = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a date or an RFC 3339 date-time with an offset',
  )
  .transform((text) => Date.parse(text))

const OPTIONS = z
  .object({
    config: z.string().min(1),
    from: time,
    to: time,
    partner: z.string().refine(isPartnerId, 'must be a UUID').optional(),
    labels: z.string().min(1).optional(),
    ids: z.coerce.number().int().min(0).max(10_000),
    progress: z.boolean(),
    json: z.boolean(),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must lie after --from' })

function parseOptions(given: unknown): z.output<typeof OPTIONS> {
  const parsed = OPTIONS.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`)
  throw new CliError(EXIT.usage, 'USAGE', faults.join(', '), 'see aml backtest --help')
}

const percent = (part: number | null): string => (part === null ? '-' : `${(part * 100).toFixed(1)} %`)

function printDetection(name: string, { precision, recall, ...counts }: Detection): void {
  const byLabel = Object.entries(counts.found_by_label).map(([label, part]) => `${label} ${percent(part)}`)
  printLine(
    `${name}: precision ${percent(precision)}, recall ${percent(recall)} (${counts.true_positives} found rightly, ` +
      `${counts.false_positives} wrongly, ${counts.false_negatives} missed); found by label: ${byLabel.join(', ')}`,
  )
}

function printBacktest(result: BacktestResult): void {
  const { transactions, warm_up_transactions: before, types, labels, outcomes } = result
  printLine(`${formatCount(transactions)} transactions from ${result.from} up to ${result.to}`)
  printLine(`${formatCount(before)} from ${result.warm_up_from} on filled their windows`)
  const versions = Object.entries(result.rules_in_force)
  printLine(
    `rules in force: ${versions.map(([name, count]) => `${name} (${formatCount(count)})`).join(', ')}`,
  )
  printTable(
    [
      'alert type',
      'found in force',
      'alerts',
      'players',
      'found by candidate',
      'alerts',
      'players',
      'added',
      'dropped',
    ],
    types.map(({ alert_type, in_force, candidate, added, dropped }) => [
      alert_type,
      ...[in_force, candidate].flatMap((each) =>
        [each.transactions, each.alerts, each.players].map(formatCount),
      ),
      formatCount(added.count),
      formatCount(dropped.count),
    ]),
  )
  for (const { alert_type, added, dropped } of types)
    for (const [name, { count, transaction_ids: ids }] of Object.entries({ added, dropped }))
      if (ids.length > 0) printLine(`${alert_type} ${name}, ${ids.length} of ${count}: ${ids.join(' ')}`)
  if (labels !== null) {
    printLine(`${formatCount(labels.players)} labelled players`)
    printDetection('in force', labels.in_force)
    printDetection('candidate', labels.candidate)
  }
  printTable(
    ['alerts that were raised', 'open', 'closed', 'reported', 'resolutions'],
    outcomes.map(({ alert_type, open, closed, reported, by_resolution }) => [
      alert_type,
      ...[open, closed, reported].map(formatCount),
      Object.entries(by_resolution)
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
    ]),
  )
}

async function run(flags: unknown): Promise<void> {
  const options = parseOptions(flags)
  const candidate = await readCandidate(options.config)
  const labels = options.labels === undefined ? new Map<string, string>() : await readLabels(options.labels)
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED)
    note('stopping: the figures are of what has been read (once more to leave at once)')
    stop.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  note(
    `reading the log; transactions of the ${DAYS_KEPT} days before --from fill the windows and are not compared`,
  )
  try {
    const result = await backtest({
      candidate,
      fromMs: options.from,
      toMs: options.to,
      partnerId: options.partner,
      labels,
      idsMax: options.ids,
      showProgress: options.progress,
      signal: stop.signal,
    })
    if (options.json) printJson(result)
    else printBacktest(result)
    if (!result.complete) process.exitCode = INTERRUPTED
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

export function register(program: Command): void {
  const aml = program.command('aml').description('anti-money-laundering rules')
  aml
    .command('rates')
    .description('how often each factor and each alert came up among all assessed transactions')
    .option('--json', 'print the result as JSON', false)
    .action(async (flags: unknown) => {
      const { json } = z.object({ json: z.boolean() }).parse(flags)
      loadLocalEnv()
      const rates = await alarmRates()
      if (json) printJson(rates)
      else printAlarmRates(rates)
    })
  registerGenerate(aml)
  aml
    .command('backtest')
    .description('try AML rules on the log, beside those that were in force')
    .requiredOption('--config <file>', 'the rules that are tried, as JSON')
    .requiredOption('--from <time>', 'event time from which transactions are compared')
    .requiredOption('--to <time>', 'event time up to which they are compared')
    .option('--partner <uuid>', "one partner's transactions alone")
    .option('--labels <file>', 'CSV of player_id and label; every label but normal is to be found')
    .option('--ids <n>', 'transactions named per type, added and dropped each', '20')
    .option('--no-progress', 'no progress on stderr')
    .option('--json', 'print the result as JSON', false)
    .action(async (flags: unknown) => {
      loadLocalEnv()
      await run(flags)
    })
}
