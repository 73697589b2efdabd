/** The migrations of PostgreSQL: `migrations/*.sql`, each with an up and a down part, run by node-pg-migrate. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'

const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations')
const MIGRATIONS_TABLE = 'schema_migrations'
const UNDEFINED_TABLE = '42P01'
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * How long a migration waits for a lock, in milliseconds. Whoever comes after it waits behind it, the sinks too: a migration that
 * waits for a long query would stop them for as long as that takes. So it gives up, and tries again after a pause.
 */
const LOCK_WAIT_MS = 500
const LOCK_RETRY_MS = 500
/** So long it tries, in milliseconds. */
const LOCK_TRY_MS = 120_000

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

/** Which migrations, and where is noted which of them were applied. */
interface MigrationSet {
  folder: string
  table: string
}

const PRODUCT: MigrationSet = { folder: MIGRATIONS_FOLDER, table: MIGRATIONS_TABLE }

/**
 * Applies or takes back migrations, each in a database transaction of its own; a second runner waits for the first one. Nobody
 * waits long behind a migration that waits for a lock. Returns the names in the order in which they were run; where one fails,
 * those before it stay. Taking back the last one leaves nothing behind.
 */
export async function migratePostgres(
  { databaseUrl, direction, count = direction === 'up' ? Number.MAX_SAFE_INTEGER : 1 }: MigrateOptions,
  { folder, table } = PRODUCT,
): Promise<string[]> {
  const names: string[] = []
  while (names.length < count) {
    const ran = await whenLocksAreFree(() => runNext(databaseUrl, direction, folder, table))
    if (ran.length === 0) break
    names.push(...ran)
  }
  if (direction === 'down') await dropEmptyTable(databaseUrl, table)
  return names
}

async function runNext(
  databaseUrl: string,
  direction: 'up' | 'down',
  folder: string,
  table: string,
): Promise<string[]> {
  const ran = await runner({
    databaseUrl: { connectionString: databaseUrl, lock_timeout: LOCK_WAIT_MS },
    dir: folder,
    migrationsTable: table,
    direction,
    count: 1,
    advisoryLockMode: 'wait',
    // It tells a lot; who asks gets the names.
    log: () => undefined,
  })
  return ran.map(({ name }) => name)
}

/** Throws what is no lock that is taken, and where one is taken for too long. */
async function whenLocksAreFree<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpMs = performance.now() + LOCK_TRY_MS
  for (;;)
    try {
      return await attempt()
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_AVAILABLE || performance.now() > giveUpMs) throw error
      await sleep(LOCK_RETRY_MS)
    }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** Every migration of this version, and any that the database has beside them, in order. */
export async function postgresMigrations(databaseUrl: string): Promise<MigrationState[]> {
  const files = await readdir(MIGRATIONS_FOLDER)
  const applied = new Map(
    (await appliedRows(databaseUrl, MIGRATIONS_TABLE)).map(({ name, run_on }) => [name, run_on]),
  )
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

const appliedRows = (databaseUrl: string, table: string): Promise<AppliedRow[]> =>
  withClient(databaseUrl, async (client) => {
    try {
      return (
        await client.query<AppliedRow>(
          `SELECT name, run_on AT TIME ZONE current_setting('TimeZone') AS run_on FROM ${table}`,
        )
      ).rows
    } catch (error) {
      if (codeOf(error) === UNDEFINED_TABLE) return []
      throw error
    }
  })

async function dropEmptyTable(databaseUrl: string, table: string): Promise<void> {
  if ((await appliedRows(databaseUrl, table)).length > 0) return
  await withClient(databaseUrl, (client) => client.query(`DROP TABLE IF EXISTS ${table}`))
}
