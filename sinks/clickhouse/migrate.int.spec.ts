import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import { clickhouseMigrations, migrateClickhouse, MigrationError } from './migrate.ts'

let database: ScratchClickhouse
let folder: string

beforeAll(async () => {
  database = await createScratchClickhouse({ migrated: false })
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const migrate = (direction: 'up' | 'down', count?: number, from?: string): Promise<string[]> =>
  migrateClickhouse({
    url: database.url,
    database: database.database,
    direction,
    count,
    ...(from === undefined ? {} : { folder: from }),
  })

/** Every table and view with its full definition. */
const inventory = async (): Promise<string[]> => {
  const rows = await database.rows(
    `SELECT name, create_table_query AS definition FROM system.tables
     WHERE database = '${database.database}' AND name != 'schema_migrations' ORDER BY name`,
  )
  return rows.map((row) => String(row['definition']))
}
const tables = async (): Promise<number> =>
  (await database.rows(`SELECT name FROM system.tables WHERE database = '${database.database}'`)).length

describe('the migrations of ClickHouse', () => {
  it('go up, down and up again, and leave nothing behind when all are taken back', async () => {
    expect(await tables()).toBe(0)
    const names = await migrate('up')
    expect(names.length).toBeGreaterThanOrEqual(4)
    const first = await inventory()
    expect(await migrate('up')).toEqual([])
    expect(await migrate('down', names.length)).toEqual(names.toReversed())
    expect(await tables()).toBe(0)
    expect(await migrate('down')).toEqual([])
    expect(await migrate('up')).toEqual(names)
    expect(await inventory()).toEqual(first)
  })

  it('go down and up one by one, and say where they stand', async () => {
    const complete = await inventory()
    const states = await clickhouseMigrations(database.url, database.database)
    expect(states.every(({ appliedAt }) => appliedAt !== null)).toBe(true)
    const last = states.at(-1)?.name
    expect(await migrate('down')).toEqual([last])
    const after = await clickhouseMigrations(database.url, database.database)
    expect(after.map(({ appliedAt }) => appliedAt === null)).toEqual(states.map(({ name }) => name === last))
    expect(await migrate('up', 1)).toEqual([last])
    expect(await inventory()).toEqual(complete)
  })

  it('refuse to run where an applied one was changed, or is not known', async () => {
    const write = (name: string, statement: string): Promise<void> =>
      writeFile(
        join(folder, `${name}.sql`),
        `-- A test; of the runner.\n-- Up Migration\n\n${statement};\n\n-- Down Migration\n\nDROP TABLE IF EXISTS ${name};\n`,
      )
    const other = await createScratchClickhouse({ migrated: false })
    const run = (): Promise<string[]> =>
      migrateClickhouse({ url: other.url, database: other.database, direction: 'up', folder })
    await write(
      'a',
      "CREATE TABLE IF NOT EXISTS a (x UInt8 COMMENT 'one; two') ENGINE = MergeTree ORDER BY x",
    )
    expect(await run()).toEqual(['a'])
    await write('a', 'CREATE TABLE IF NOT EXISTS a (x UInt16) ENGINE = MergeTree ORDER BY x')
    await expect(run()).rejects.toThrow(/a was changed after it was applied/)
    await rm(join(folder, 'a.sql'))
    await write('b', 'CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = MergeTree ORDER BY x')
    await expect(run()).rejects.toThrow(/a is applied here but unknown/)
    await writeFile(join(folder, 'b.sql'), 'SELECT 1')
    await expect(run()).rejects.toThrow(MigrationError)
    await other.drop()
  })

  it('can be run again after one of their statements failed', async () => {
    const other = await createScratchClickhouse({ migrated: false })
    const broken = await mkdtemp(join(tmpdir(), 'migrations-'))
    const run = (): Promise<string[]> =>
      migrateClickhouse({ url: other.url, database: other.database, direction: 'up', folder: broken })
    const text = (second: string): string =>
      `-- Up Migration\nCREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x;\n${second};\n-- Down Migration\nDROP TABLE IF EXISTS a;\n`
    await writeFile(join(broken, '1.sql'), text('CREATE TABLE nonsense'))
    await expect(run()).rejects.toThrow(/Incorrect CREATE query/)
    await writeFile(
      join(broken, '1.sql'),
      text('CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = MergeTree ORDER BY x'),
    )
    expect(await run()).toEqual(['1'])
    await other.drop()
    await rm(broken, { recursive: true })
  })
})

describe('the schema of ClickHouse', () => {
  it('has a comment on every column, table and view', async () => {
    const uncommented = await database.rows(
      `SELECT table || '.' || name AS thing FROM system.columns WHERE database = '${database.database}' AND comment = ''
       UNION ALL SELECT name FROM system.tables WHERE database = '${database.database}' AND comment = ''`,
    )
    expect(uncommented).toEqual([])
    const [counted] = await database.rows(
      `SELECT count() AS n FROM system.columns WHERE database = '${database.database}'`,
    )
    expect(Number(counted?.['n'])).toBeGreaterThan(100)
  })

  it('gives every view the columns of its table, without those of the log', async () => {
    for (const [view, table] of [
      ['transactions_current', 'transactions'],
      ['ledger_entries_v', 'ledger_entries'],
      ['wallet_balances', 'wallet_balance_updates'],
    ]) {
      const columnsOf = async (name: string | undefined): Promise<unknown[]> =>
        database.rows(
          `SELECT name, type, comment FROM system.columns
           WHERE database = '${database.database}' AND table = '${name}' AND name NOT LIKE 'kafka_%' AND name != 'ingested_at'
           ORDER BY position`,
        )
      expect(await columnsOf(view)).toEqual(await columnsOf(table))
    }
  })
})
