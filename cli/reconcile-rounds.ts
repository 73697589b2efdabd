/** `reconcile rounds`: holds what a game provider says of its rounds against what the platform has. */
import type { Command } from 'commander'
import { z } from 'zod'
import { isUuid } from '../domain/ids.ts'
import type { RoundComparison } from '../reconciliation/rounds/compare.ts'
import { moment } from '../reconciliation/rounds/moment.ts'
import { reconcileRounds } from '../reconciliation/rounds/reconcile-rounds.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { withLocalStores } from './local-stores.ts'
import { printJson, printLine } from './output.ts'
import { formatCount, startProgress } from './replay/progress.ts'

const OPTIONS = z
  .object({
    file: z.string(),
    partner: z.string().refine(isUuid, 'is no id of a partner'),
    from: moment,
    to: moment,
    game: z.array(z.string()).default([]),
    wait: z.coerce.number('is not a number of seconds').positive('is not a number of seconds'),
    progress: z.boolean(),
    json: z.boolean(),
  })
  .refine(({ from, to }) => to > from, { path: ['to'], error: 'must lie after --from' })

function print({ roundsInFile, roundsCompared, differenceCount, differences, ok }: RoundComparison): void {
  for (const { what, where } of differences) printLine(`DIFFERENT: ${what} [${where}]`)
  const counted = `${formatCount(roundsInFile)} rounds in the file, ${formatCount(roundsCompared)} here`
  printLine(
    ok
      ? `OK: ${counted}, the same bets, wins and rollbacks`
      : `DIFFERENT: ${counted}, ${formatCount(differenceCount)} differences`,
  )
}

async function compare(flags: unknown): Promise<void> {
  const parsed = OPTIONS.safeParse(flags)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const what = `--${issue?.path.join('.')} ${issue?.message}`
    throw new CliError(EXIT.usage, 'USAGE', what, 'see reconcile rounds --help')
  }
  const { file, partner: partnerId, from: fromMs, to: toMs, game: games, ...rest } = parsed.data
  loadLocalEnv()
  const result = await withLocalStores((stores) =>
    reconcileRounds(stores, {
      ...{ file, partnerId, fromMs, toMs, games },
      silenceMsMax: rest.wait * 1_000,
      showProgress: (steps) => startProgress({ ...steps, shown: rest.progress && steps.total > 0 }),
    }),
  )
  if (rest.json) printJson(result)
  else print(result)
  if (!result.ok) process.exitCode = EXIT.failed
}

export function registerRounds(reconcile: Command, waitSeconds: number): void {
  reconcile
    .command('rounds')
    .description('compare a game provider’s file of rounds (CSV) with the rounds of the platform')
    .requiredOption(
      '--file <csv>',
      'a row per round, player and currency: round_id,player_id,currency,bets,wins[,rollbacks]',
    )
    .requiredOption('--partner <id>', 'the partner whose players played')
    .requiredOption('--from <time>', 'rounds that began from then on: a date (UTC) or an RFC 3339 time')
    .requiredOption('--to <time>', 'until then, excluded')
    .option('--game <id...>', 'games of the provider; without it all games of the partner')
    .option('--wait <seconds>', 'how long ClickHouse may make no progress', String(waitSeconds))
    .option('--no-progress', 'no progress on stderr')
    .option('--json', 'print the result as JSON', false)
    .action(compare)
}
