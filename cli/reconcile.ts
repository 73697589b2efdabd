/** `reconcile`: proves that Kafka, PostgreSQL and ClickHouse hold the same money, or names what differs. */
import type { Command } from 'commander'
import { z } from 'zod'
import { formatAmountShort } from '../domain/money.ts'
import { clickhouseConfig } from '../service/clickhouse.ts'
import { commonConfig, readConfig } from '../service/config.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import type { TopicName } from '../topics/catalogue.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { note, printJson, printLine, printTable } from './output.ts'
import { waitForSinks } from './reconcile/catch-up.ts'
import { openClickhouse } from './reconcile/clickhouse.ts'
import type { ClickhouseStore } from './reconcile/clickhouse.ts'
import { endsOf, readKafka, readToEnd } from './reconcile/kafka.ts'
import type { Ends, KafkaCodecs, ReadProgress } from './reconcile/kafka.ts'
import { locate } from './reconcile/locate.ts'
import { openPostgres } from './reconcile/postgres.ts'
import type { PostgresStore } from './reconcile/postgres.ts'
import { reconcileViews } from './reconcile/result.ts'
import type { Reconciliation } from './reconcile/result.ts'
import { startProgress } from './replay/progress.ts'

const TOPICS = ['wallet.transaction.created', 'wallet.balance'] as const satisfies readonly TopicName[]
/** Readings of a system that is written to meanwhile, before the comparison is given up. */
const READINGS_MAX = 5

const OPTIONS = z.object({
  progress: z.boolean(),
  json: z.boolean(),
  wait: z.coerce.number().positive(),
})

export type ReconcileOptions = z.output<typeof OPTIONS>

export const RECONCILE_DEFAULTS: ReconcileOptions = { progress: true, json: false, wait: 120 }

const reconcileConfig = commonConfig.extend({
  DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
  ...clickhouseConfig.shape,
})

export interface Stores {
  broker: StreamsBroker
  codecs: KafkaCodecs
  postgres: PostgresStore
  clickhouse: ClickhouseStore
}

/** Opens all three stores for the time of `use`. */
export async function withStores<T>(use: (stores: Stores) => Promise<T>): Promise<T> {
  const config = readConfig(reconcileConfig)
  const log = createLogger('reconcile', 'silent')
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [transaction, balance] = await Promise.all([
    createCodec('wallet.transaction.created', source),
    createCodec('wallet.balance', source),
  ])
  const broker = await connectKafkajs({
    brokers: config.KAFKA_BROKERS,
    clientId: 'stakestream-reconcile',
    log,
  })
  const postgres = openPostgres(config.DATABASE_URL)
  const clickhouse = openClickhouse(config.CLICKHOUSE_URL, config.CLICKHOUSE_DATABASE)
  try {
    return await use({ broker, codecs: { transaction, balance }, postgres, clickhouse })
  } finally {
    await Promise.all([broker.close(), postgres.close(), clickhouse.close()])
  }
}

async function allEnds(broker: StreamsBroker): Promise<Map<TopicName, Ends>> {
  const ends = await Promise.all(TOPICS.map((topic) => endsOf(broker, topic)))
  return new Map(TOPICS.map((topic, at) => [topic, ends[at] ?? []]))
}

const same = (left: Map<TopicName, Ends>, right: Map<TopicName, Ends>): boolean =>
  TOPICS.every((topic) => String(left.get(topic)) === String(right.get(topic)))

/** One look at all three, all of them at the same ends; undefined where something was written meanwhile. */
async function readOnce(stores: Stores, options: ReconcileOptions): Promise<Reconciliation | undefined> {
  const { broker, codecs, postgres, clickhouse } = stores
  const ends = await allEnds(broker)
  const [transactions = [], balances = []] = TOPICS.map((topic) => ends.get(topic))
  const passed: ReadProgress = { passed: 0, total: 0 }
  const progress = startProgress({
    unit: 'offsets of the log',
    total: [...transactions, ...balances].reduce((sum, end) => sum + end, 0),
    shown: options.progress,
    read: () => ({ done: passed.passed, remark: '' }),
  })
  const kafka = await readKafka(broker, codecs, { transactions, balances }, passed).finally(() =>
    progress.stop(),
  )
  await waitForSinks({
    ends: kafka.recordEnds,
    followers: [
      { name: 'PostgreSQL', positions: () => postgres.positions() },
      { name: 'ClickHouse', positions: () => clickhouse.positions() },
    ],
    silenceMsMax: options.wait * 1_000,
    showProgress: options.progress,
  })
  const [inPostgres, inClickhouse] = await Promise.all([postgres.read(), clickhouse.read()])
  if (!same(ends, await allEnds(broker))) return undefined
  const result = reconcileViews({ kafka, postgres: inPostgres, clickhouse: inClickhouse })
  if (result.suspects.length > 0)
    result.differences.push(
      ...(await locate(
        result.suspects,
        ({ store, bucket }) => (store === 'PostgreSQL' ? postgres : clickhouse).idsOfBucket(bucket),
        (onRecord) =>
          readToEnd(
            broker,
            'wallet.transaction.created',
            codecs.transaction,
            { ends: transactions },
            onRecord,
          ),
      )),
    )
  return result
}

/** Waits for the sinks and compares the three stores. Throws `CliError` where that can't be done. */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  return withStores(async (stores) => {
    for (let reading = 0; reading < READINGS_MAX; reading++) {
      const result = await readOnce(stores, options)
      if (result !== undefined) return result
      note('something was written meanwhile: reading again')
    }
    throw new CliError(
      EXIT.environment,
      'NOT_QUIET',
      `commands kept coming during ${READINGS_MAX} readings`,
      'reconcile while nothing is played, or stop the API for the time',
    )
  })
}

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
  program
    .command('reconcile')
    .description('compare Kafka, PostgreSQL and ClickHouse: transactions, balances, money in and out')
    .option('--wait <seconds>', 'how long sinks may make no progress', String(RECONCILE_DEFAULTS.wait))
    .option('--no-progress', 'no progress on stderr')
    .option('--json', 'print the result as JSON', false)
    .action(async (flags: unknown) => {
      loadLocalEnv()
      const parsed = OPTIONS.safeParse(flags)
      if (!parsed.success)
        throw new CliError(EXIT.usage, 'USAGE', '--wait is not a number of seconds', 'see reconcile --help')
      const result = await reconcile(parsed.data)
      if (parsed.data.json) printJson(reconciliationJson(result))
      else printReconciliation(result)
      if (!result.ok) process.exitCode = EXIT.failed
    })
}
