/** The migrations of PostgreSQL: `migrations/*.sql`, each with an up and a down part, run by node-pg-migrate. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'

const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations')
const MIGRATIONS_TABLE = 'schema_migrations'
const UNDEFINED_TABLE = '42P01'

export interface MigrationState {
  name: string
  /** When it was applied, or null where it was not. */
  appliedAt: Date | null
}

interface AppliedRow {
  name: string
  run_on: Date
}

export interface MigrateOptions {
  databaseUrl: string
  direction: 'up' | 'down'
  /** How many to run; by default all upwards and one downwards. */
  count?: number | undefined
}

/**
 * Applies or takes back migrations, each run as one database transaction; a second runner waits for the first one.
 * Returns the names in the order in which they were run. Taking back the last one leaves nothing behind.
 */
export async function migratePostgres({ databaseUrl, direction, count }: MigrateOptions): Promise<string[]> {
  const ran = await runner({
    databaseUrl,
    dir: MIGRATIONS_FOLDER,
    migrationsTable: MIGRATIONS_TABLE,
    direction,
    ...(count === undefined ? {} : { count }),
    advisoryLockMode: 'wait',
    // It tells a lot; who asks gets the names.
    log: () => undefined,
  })
  if (direction === 'down') await dropEmptyTable(databaseUrl)
  return ran.map(({ name }) => name)
}

/** Every migration of this version, and any that the database has beside them, in order. */
export async function postgresMigrations(databaseUrl: string): Promise<MigrationState[]> {
  const files = await readdir(MIGRATIONS_FOLDER)
  const applied = new Map((await appliedRows(databaseUrl)).map(({ name, run_on }) => [name, run_on]))
  const names = new Set([
    ...files.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -'.sql'.length)),
    ...applied.keys(),
  ])
  return [...names].toSorted().map((name) => ({ name, appliedAt: applied.get(name) ?? null }))
}

const withClient = async <T>(databaseUrl: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

const appliedRows = (databaseUrl: string): Promise<AppliedRow[]> =>
  withClient(databaseUrl, async (client) => {
    try {
      return (
        await client.query<AppliedRow>(
          `SELECT name, run_on AT TIME ZONE current_setting('TimeZone') AS run_on FROM ${MIGRATIONS_TABLE}`,
        )
      ).rows
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return []
      throw error
    }
  })

async function dropEmptyTable(databaseUrl: string): Promise<void> {
  if ((await appliedRows(databaseUrl)).length > 0) return
  await withClient(databaseUrl, (client) => client.query(`DROP TABLE IF EXISTS ${MIGRATIONS_TABLE}`))
}
