/**
 * The migrations of ClickHouse: `migrations/*.sql`, each with an up and a down part. ClickHouse has no transactions over
 * DDL, so every statement is written to be repeated (IF NOT EXISTS, IF EXISTS), and a migration counts as applied once
 * all of it ran. A migration that was changed after it was applied is an error: its checksum is kept.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { connectClickhouse } from '../../service/clickhouse.ts'

const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations')
const MIGRATIONS_TABLE = 'schema_migrations'
const STATEMENT_TIMEOUT_MS = 300_000
const FORM = /^-- Up Migration$(?<up>[\s\S]*)^-- Down Migration$(?<down>[\s\S]*)/m

/** A migration that can't be run: malformed, changed after it was applied, or applied by a newer version. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

interface Migration {
  name: string
  checksum: string
  up: string[]
  down: string[]
}

export interface MigrationState {
  name: string
  appliedAt: Date | null
}

export interface MigrateOptions {
  url: string
  database: string
  direction: 'up' | 'down'
  /** How many to run; by default all upwards and one downwards. */
  count?: number | undefined
  /** Another folder of migrations, for tests. */
  folder?: string
}

/** Statements of a part: comment lines go, and a semicolon at the end of a line ends a statement. */
export function statementsOf(part: string): string[] {
  const lines = part.split('\n').filter((line) => !line.trimStart().startsWith('--'))
  return lines
    .join('\n')
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

export function parseMigration(name: string, text: string): Migration {
  const parts = FORM.exec(text)?.groups
  if (parts === undefined)
    throw new MigrationError(`${name} has no parts "-- Up Migration" and "-- Down Migration", in this order`)
  return {
    name,
    checksum: createHash('sha256').update(text).digest('hex'),
    up: statementsOf(parts['up'] ?? ''),
    down: statementsOf(parts['down'] ?? ''),
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).toSorted()
  return Promise.all(
    files.map(async (file) =>
      parseMigration(file.slice(0, -'.sql'.length), await readFile(join(folder, file), 'utf8')),
    ),
  )
}

interface AppliedRow {
  name: string
  checksum: string
  at_ms: string
}

async function readApplied(client: ClickHouseClient): Promise<Map<string, AppliedRow>> {
  const result = await client.query({
    query: `
      SELECT name, argMax(checksum, at) AS checksum, toString(toUnixTimestamp64Milli(max(at))) AS at_ms
      FROM ${MIGRATIONS_TABLE} GROUP BY name HAVING argMax(applied, at) = 1 ORDER BY name`,
    format: 'JSONEachRow',
  })
  return new Map((await result.json<AppliedRow>()).map((row) => [row.name, row]))
}

const hasMigrationsTable = async (client: ClickHouseClient): Promise<boolean> => {
  const result = await client.query({
    query: `EXISTS TABLE ${MIGRATIONS_TABLE}`,
    format: 'JSONCompactEachRow',
  })
  const [[exists] = []] = await result.json<number[]>()
  return exists === 1
}

async function prepare(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `
      CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (
        name String COMMENT 'Name of the migration.',
        checksum String COMMENT 'SHA-256 of its file when it was applied.',
        applied UInt8 COMMENT '1 applied, 0 taken back; the newest row of a name counts.',
        at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When.'
      ) ENGINE = MergeTree ORDER BY (name, at) COMMENT 'Migrations that were applied and taken back.'`,
  })
}

const record = (client: ClickHouseClient, { name, checksum }: Migration, applied: 0 | 1): Promise<unknown> =>
  client.insert({
    table: MIGRATIONS_TABLE,
    columns: ['name', 'checksum', 'applied'],
    values: [[name, checksum, applied]],
    format: 'JSONCompactEachRow',
    clickhouse_settings: { async_insert: 0 },
  })

function assertUnchanged(migrations: readonly Migration[], applied: ReadonlyMap<string, AppliedRow>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, checksum } of applied.values()) {
    const migration = known.get(name)
    if (migration === undefined)
      throw new MigrationError(
        `${name} is applied here but unknown to this version; use the version that brought it`,
      )
    if (migration.checksum !== checksum)
      throw new MigrationError(
        `${name} was changed after it was applied; put it back and add a migration of its own`,
      )
  }
}

/** Applies or takes back migrations. Returns their names in the order in which they were run. */
export async function migrateClickhouse(options: MigrateOptions): Promise<string[]> {
  const { url, database, direction, count, folder = MIGRATIONS_FOLDER } = options
  const migrations = await readMigrations(folder)
  if (direction === 'up') await createDatabase(url, database)
  const client = connectClickhouse({ url, database, requestTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    if (direction === 'down' && !(await hasMigrationsTable(client))) return []
    await prepare(client)
    const applied = await readApplied(client)
    assertUnchanged(migrations, applied)
    const toRun =
      direction === 'up'
        ? migrations.filter(({ name }) => !applied.has(name)).slice(0, count)
        : migrations
            .filter(({ name }) => applied.has(name))
            .toReversed()
            .slice(0, count ?? 1)
    for (const migration of toRun) {
      for (const statement of migration[direction]) await client.command({ query: statement })
      await record(client, migration, direction === 'up' ? 1 : 0)
    }
    if ((await readApplied(client)).size === 0)
      await client.command({ query: `DROP TABLE ${MIGRATIONS_TABLE}` })
    return toRun.map(({ name }) => name)
  } finally {
    await client.close()
  }
}

async function createDatabase(url: string, database: string): Promise<void> {
  const client = connectClickhouse({ url, requestTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` })
  } finally {
    await client.close()
  }
}

/** Every migration of this version, and any that the database has beside them, in order. */
export async function clickhouseMigrations(url: string, database: string): Promise<MigrationState[]> {
  const migrations = await readMigrations(MIGRATIONS_FOLDER)
  await createDatabase(url, database)
  const client = connectClickhouse({ url, database, requestTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    const applied = (await hasMigrationsTable(client))
      ? await readApplied(client)
      : new Map<string, AppliedRow>()
    const names = new Set([...migrations.map(({ name }) => name), ...applied.keys()])
    return [...names].toSorted().map((name) => {
      const row = applied.get(name)
      return { name, appliedAt: row === undefined ? null : new Date(Number(row.at_ms)) }
    })
  } finally {
    await client.close()
  }
}
