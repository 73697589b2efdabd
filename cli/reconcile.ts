/** `reconcile`: proves that Kafka, PostgreSQL and ClickHouse hold the same money, or names what differs. */
import type { Command } from 'commander'
import { z } from 'zod'
import { formatAmountShort } from '../domain/money.ts'
import { reconcile } from '../reconciliation/reconcile.ts'
import type { Reconciliation } from '../reconciliation/result.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { withLocalStores } from './local-stores.ts'
import { printJson, printLine, printTable } from './output.ts'
import { registerRounds } from './reconcile-rounds.ts'
import { startProgress } from './replay/progress.ts'

const OPTIONS = z.object({
  progress: z.boolean(),
  json: z.boolean(),
  wait: z.coerce.number().positive(),
})

export type ReconcileOptions = z.output<typeof OPTIONS>

export const RECONCILE_DEFAULTS: ReconcileOptions = { progress: true, json: false, wait: 120 }

/** Waits for the sinks and compares the three stores. Throws where that can't be done. */
export const reconcileStores = ({ wait, progress }: ReconcileOptions): Promise<Reconciliation> =>
  withLocalStores((stores) =>
    reconcile(stores, {
      silenceMsMax: wait * 1_000,
      showProgress: (steps) => startProgress({ ...steps, shown: progress && steps.total > 0 }),
    }),
  )

const amount = formatAmountShort
const verdict = (isSame: boolean): string => (isSame ? 'OK' : 'DIFFERENT')

/** Prints the comparison: tables on stdout, each difference with its place. */
export function printReconciliation(result: Reconciliation): void {
  printTable(
    ['money', 'in', 'out', 'in - out', 'balances + held', ''],
    result.money.map(({ currency, moneyIn, moneyOut, funds, same: isSame }) => [
      currency,
      amount(moneyIn),
      amount(moneyOut),
      amount(moneyIn - moneyOut),
      amount(funds),
      verdict(isSame),
    ]),
  )
  printLine('')
  printTable(
    ['stores', 'Kafka', 'PostgreSQL', 'ClickHouse', ''],
    result.lines.map(({ figure, kafka, postgres, clickhouse, same: isSame }) => [
      figure,
      kafka,
      postgres,
      clickhouse,
      verdict(isSame),
    ]),
  )
  const rejections = Object.entries(result.rejectedByCode).map(([code, count]) => `${code} ${count}`)
  printLine('')
  printLine(
    `${result.accepted} accepted and ${result.transactions - result.accepted} rejected transactions in the log`,
  )
  if (rejections.length > 0) printLine(`rejections: ${rejections.join(', ')}`)
  if (result.versionsSkipped > 0)
    printLine(
      `${result.versionsSkipped} wallet versions without a transaction (changes of standing leave none)`,
    )
  if (result.walletsMoved > 0)
    printLine(`${result.walletsMoved} wallets changed meanwhile: their balances are not compared`)
  for (const { what, where } of result.differences) printLine(`DIFFERENT: ${what} [${where}]`)
  printLine(
    result.ok
      ? 'OK: every accepted event is there once, money in = money out, PostgreSQL = ClickHouse = Kafka'
      : `DIFFERENT: ${result.differences.length} differences`,
  )
}

/** The same as one JSON document, amounts as texts. */
export const reconciliationJson = ({ money, moneyIn, moneyOut, ...rest }: Reconciliation): unknown => ({
  ...rest,
  money: money.map((line) => ({
    ...line,
    moneyIn: amount(line.moneyIn),
    moneyOut: amount(line.moneyOut),
    funds: amount(line.funds),
  })),
  moneyIn: Object.fromEntries([...moneyIn].map(([name, units]) => [name, amount(units)])),
  moneyOut: Object.fromEntries([...moneyOut].map(([name, units]) => [name, amount(units)])),
})

export function register(program: Command): void {
  const command = program.command('reconcile').enablePositionalOptions()
  registerRounds(command, RECONCILE_DEFAULTS.wait)
  command
    .description('compare Kafka, PostgreSQL and ClickHouse: transactions, balances, money in and out')
    .option('--wait <seconds>', 'how long sinks may make no progress', String(RECONCILE_DEFAULTS.wait))
    .option('--no-progress', 'no progress on stderr')
    .option('--json', 'print the result as JSON', false)
    .action(async (flags: unknown) => {
      loadLocalEnv()
      const parsed = OPTIONS.safeParse(flags)
      if (!parsed.success)
        throw new CliError(EXIT.usage, 'USAGE', '--wait is not a number of seconds', 'see reconcile --help')
      const result = await reconcileStores(parsed.data)
      if (parsed.data.json) printJson(reconciliationJson(result))
      else printReconciliation(result)
      if (!result.ok) process.exitCode = EXIT.failed
    })
}
