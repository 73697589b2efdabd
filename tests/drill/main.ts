/** `npm run drill`: destroys all that is made of the log, builds it up again from Kafka, and proves that it is the same. */
import { Command } from 'commander'
import { SAMPLE_DEFAULTS } from '../../cli/generate.ts'
import { note, printLine, printTable } from '../../cli/output.ts'
import { RECONCILE_DEFAULTS, reconcileStores } from '../../cli/reconcile.ts'
import { verifySettlement } from '../../cli/settlement/verify.ts'
import { answerOk, startReceiver } from '../../sinks/webhooks/testing/receiver.ts'
import type { Receiver } from '../../sinks/webhooks/testing/receiver.ts'
import { stackFrom } from '../../stack/stack.ts'
import { positive } from '../support/options.ts'
import { UNCOMPARED_TABLES as UNCOMPARED_IN_CLICKHOUSE } from './clickhouse.ts'
import { catchUp } from './followers.ts'
import { STORES, compare } from './picture.ts'
import type { Difference, Picture } from './picture.ts'
import { UNCOMPARED_TABLES, UNTOLD_COLUMNS } from './postgres.ts'
import { askAgain, fill, pictureAtRest } from './scenario.ts'
import { Site } from './site.ts'
import type { KnownBet, Work } from './work.ts'

const DEFAULT_PORT_BASE = '28000'
const LOCAL_DIR = '.local/drill'
const SECOND_MS = 1_000

interface Options {
  events: number
  keep: boolean
}

/** How long each step of the rebuilding took, in milliseconds. */
interface Times {
  processorsMs: number
  firstAnswerMs: number
  databasesMs: number
  /** From the start of the sinks, by their names. */
  sinksMs: ReadonlyMap<string, number>
  allMs: number
}

const seconds = (ms: number): string => (ms / SECOND_MS).toFixed(1)

async function rebuild(site: Site, bet: KnownBet): Promise<Times> {
  const startedMs = performance.now()
  const since = (fromMs: number): number => performance.now() - fromMs
  note('the processors restore their stores from Kafka; PostgreSQL, ClickHouse and Redis are still gone')
  await site.startProcessors()
  const processorsMs = since(startedMs)
  await askAgain(site, bet)
  const firstAnswerMs = since(startedMs)
  note(`the first bet is answered after ${seconds(firstAnswerMs)} s; now the databases`)
  const databasesFromMs = performance.now()
  await site.startDatabases()
  const databasesMs = since(databasesFromMs)
  const sinksFromMs = performance.now()
  const started = site.startSinks()
  const caughtUp = await site.following((stores) => catchUp(stores, note))
  const allMs = since(startedMs)
  await started
  const sinksMs = new Map(caughtUp.map(({ name, atMs }) => [name, atMs - sinksFromMs]))
  return { processorsMs, firstAnswerMs, databasesMs, sinksMs, allMs }
}

function printPictures(before: readonly Picture[], differences: readonly Difference[]): void {
  printTable(
    ['store', 'table, view or processor', 'rows', 'differences'],
    before.map(({ store, name, rows }) => [
      store,
      name,
      String(rows),
      String(differences.filter((each) => each.store === store && each.name === name).length),
    ]),
  )
}

function printTimes(before: readonly Picture[], times: Times): void {
  const { databasesMs, sinksMs } = times
  const sinkOf = (name: string): number => databasesMs + (sinksMs.get(name) ?? 0)
  const msOf = {
    'local stores': times.processorsMs,
    PostgreSQL: Math.max(sinkOf('sink-postgres'), sinkOf('sink-webhooks')),
    ClickHouse: sinkOf('sink-clickhouse'),
  }
  printLine('')
  printTable(
    ['rebuilt', 'of them', 'rows', 'seconds'],
    STORES.map((store) => {
      const own = before.filter((picture) => picture.store === store)
      const rows = own.reduce((sum, picture) => sum + picture.rows, 0)
      return [store, String(own.length), String(rows), seconds(msOf[store])]
    }),
  )
  printLine(
    `the first bet was answered after ${seconds(times.firstAnswerMs)} s, before PostgreSQL and ClickHouse were there`,
  )
}

function printUntold(receiver: Receiver, sentBefore: number): void {
  printLine('')
  printLine('not in Kafka, and so a matter of backups (docs/disaster-recovery.md):')
  for (const [table, { columns, meaning }] of Object.entries(UNTOLD_COLUMNS))
    printLine(`  PostgreSQL ${table} (${columns.join(', ')}): ${meaning}`)
  for (const [table, meaning] of Object.entries(UNCOMPARED_TABLES))
    printLine(`  PostgreSQL ${table}: ${meaning}`)
  for (const [table, meaning] of Object.entries(UNCOMPARED_IN_CLICKHOUSE))
    printLine(`  ClickHouse ${table}: ${meaning}`)
  printLine('  Redis: caches, counters of rate limits, and the sessions of games, which begin anew')
  const again = receiver.received.length - sentBefore
  const known = new Set(receiver.received.slice(0, sentBefore).map(({ id }) => id))
  const unknown = receiver.received.slice(sentBefore).filter(({ id }) => !known.has(id)).length
  printLine(
    `webhooks: ${sentBefore} sent before, ${again} sent again, ${unknown} of them under an id that was not known`,
  )
}

/** What the other checks say, in the same form. */
async function otherDifferences({ settlementId }: Work): Promise<string[]> {
  const { differences } = await reconcileStores({ ...RECONCILE_DEFAULTS, progress: false })
  const { hash, recomputed_hash: recomputed } = await verifySettlement(settlementId, false)
  return [
    ...differences.map(({ what, where }) => `reconcile: ${what} [${where}]`),
    ...(hash === recomputed ? [] : [`settlement ${settlementId}: sealed ${hash}, recomputed ${recomputed}`]),
  ]
}

async function runDrill(site: Site, receiver: Receiver, { events }: Options): Promise<void> {
  await site.open()
  const work = await fill(site, receiver, LOCAL_DIR, events)
  const before = await pictureAtRest(site)
  const sentBefore = receiver.received.length
  note('destroying PostgreSQL, ClickHouse, Redis and the local stores of the processors')
  await site.destroy()
  const times = await rebuild(site, work.bet)
  note('comparing')
  const others = await otherDifferences(work)
  const after = await pictureAtRest(site)
  const differences = compare(before, after)
  printPictures(before, differences)
  printTimes(before, times)
  printUntold(receiver, sentBefore)
  printLine('')
  for (const { store, name, what } of differences) printLine(`DIFFERENT: ${store} ${name}: ${what}`)
  for (const line of others) printLine(`DIFFERENT: ${line}`)
  const count = differences.length + others.length
  const rows = before.reduce((sum, picture) => sum + picture.rows, 0)
  printLine(
    `rebuilt ${before.length} tables, views and stores of ${rows} rows from Kafka in ${seconds(times.allMs)} s, differences ${count}`,
  )
  if (count > 0) process.exitCode = 1
}

async function drill(options: Options): Promise<void> {
  const stack = stackFrom({
    STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
    LOCAL_DIR,
    PORT_BASE: process.env['DRILL_PORT_BASE'] ?? DEFAULT_PORT_BASE,
  })
  const site = new Site(stack, note)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      note(`${signal}: stopping`)
      void site.close({ keep: false }).finally(() => process.exit(1))
    })
  const receiver = await startReceiver(answerOk)
  try {
    await runDrill(site, receiver, options)
  } finally {
    await receiver.close()
    await site.close({ keep: options.keep })
  }
}

process.removeAllListeners('warning')
process.env['LOG_LEVEL'] ??= 'info'
await new Command('drill')
  .description(
    'Plays a sample and a day of work on a stack of its own, destroys PostgreSQL, ClickHouse, Redis and the local stores of the\n' +
      'processors, rebuilds them from Kafka, and compares every row.',
  )
  .option('--events <number>', 'events of the sample', positive, SAMPLE_DEFAULTS.events)
  .option('--keep', `leave data and logs in ${LOCAL_DIR}`, false)
  .addHelpText(
    'after',
    `\nEnvironment: DRILL_PORT_BASE, ports of the stack of its own (default ${DEFAULT_PORT_BASE}).\n\n` +
      'Exit codes: 0 all is as it was; 1 something is not, or the drill failed.',
  )
  .action(drill)
  .parseAsync()
