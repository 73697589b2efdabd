/** `migrate`: brings the schemas of PostgreSQL and ClickHouse up or down, and says where they stand. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { z } from 'zod'
import { readConfig } from '../service/config.ts'
import { clickhouseConfig } from '../service/clickhouse.ts'
import { clickhouseMigrations, migrateClickhouse, MigrationError } from '../sinks/clickhouse/migrate.ts'
import { migratePostgres, postgresMigrations } from '../sinks/postgres/migrate.ts'
import { CliError, EXIT } from './errors.ts'
import { note, printJson, printLine, printTable } from './output.ts'

const postgresConfig = z.object({
  DATABASE_URL: z.url().default('postgres://stakestream:stakestream@127.0.0.1:5432/stakestream'),
})

interface State {
  name: string
  appliedAt: Date | null
}

/** A store's migrations, as the command line sees them. */
interface Migrator {
  run(direction: 'up' | 'down', count: number | undefined): Promise<string[]>
  states(): Promise<State[]>
}

function postgres(): Migrator {
  const { DATABASE_URL: databaseUrl } = readConfig(postgresConfig)
  return {
    run: (direction, count) => migratePostgres({ databaseUrl, direction, count }),
    states: () => postgresMigrations(databaseUrl),
  }
}

function clickhouse(): Migrator {
  const { CLICKHOUSE_URL: url, CLICKHOUSE_DATABASE: database } = readConfig(clickhouseConfig)
  return {
    run: (direction, count) => migrateClickhouse({ url, database, direction, count }),
    states: () => clickhouseMigrations(url, database),
  }
}

const toCount = (text: string): number => {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1')
  return count
}

/** A migration that can't be run is an answer, not a fault of the program. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof MigrationError)
      throw new CliError(
        EXIT.failed,
        'MIGRATION_REFUSED',
        error.message,
        'see the folder migrations/ of the sink',
      )
    throw error
  }
}

function registerStore(parent: Command, name: string, title: string, migratorOf: () => Migrator): void {
  const store = parent.command(name).description(`the schema of ${title}`)
  const run = async (direction: 'up' | 'down', count: number | undefined): Promise<void> => {
    const names = await refusing(migratorOf().run(direction, count))
    for (const migration of names) printLine(`${direction} ${migration}`)
    if (names.length === 0) note('nothing to do')
  }
  store
    .command('up')
    .description('apply what is missing')
    .option('--count <n>', 'apply no more than n migrations', toCount)
    .action((options: { count?: number }) => run('up', options.count))
  store
    .command('down')
    .description('take back the last migration; its tables go, with their rows')
    .option('--count <n>', 'take back the last n migrations', toCount)
    .option('--all', 'take back all')
    .action((options: { count?: number; all?: true }) =>
      run('down', options.all ? Number.MAX_SAFE_INTEGER : options.count),
    )
  store
    .command('status')
    .description('name every migration and when it was applied; exit code 1 where one is missing')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const states = await refusing(migratorOf().states())
      if (options.json) printJson(states)
      else
        printTable(
          ['migration', 'applied'],
          states.map(({ name: migration, appliedAt }) => [migration, appliedAt?.toISOString() ?? 'no']),
        )
      if (states.some(({ appliedAt }) => appliedAt === null)) process.exitCode = EXIT.failed
    })
}

export function register(program: Command): void {
  const migrate = program.command('migrate').description('schemas of the stores: up, down, status')
  registerStore(migrate, 'postgres', 'PostgreSQL', postgres)
  registerStore(migrate, 'clickhouse', 'ClickHouse', clickhouse)
}
