/** A real PostgreSQL is backed up, has an accident, and is brought back to the moment before it. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { POSTGRES_PASSWORD, POSTGRES_USER, envOf } from '../../stack/env-file.ts'
import { reset, stop, up } from '../../stack/runner.ts'
import { stackFrom } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { freePortBase } from '../support/free-port.ts'
import { unavailable } from '../support/unavailable.ts'
import { waitFor } from '../support/wait.ts'
import { BACKUP_SCRIPTS, isInstalled, runScript } from './script.ts'

const MISSING = ['psql', 'tar', 'sha256sum'].filter((program) => !isInstalled(program))
const silent = (): void => undefined

// The server runs as another user where this runs as root, and calls the script of the archive.
const folder = mkdtempSync(join(tmpdir(), 'stakestream-backup-'))
const archive = join(folder, 'wal')
const backups = join(folder, 'backups')
const scripts = join(folder, 'scripts')
let stack: Stack

const start = () => up(stack, ['postgres'], silent, { prepare: false })

async function sql(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: envOf(stack, {})['DATABASE_URL'] })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

const valueOf = async (text: string): Promise<unknown> => Object.values((await sql(text))[0] ?? {})[0]
const bets = async (): Promise<unknown[]> =>
  (await sql('SELECT id FROM bets ORDER BY id')).map(({ id }) => id)
/** All WAL written so far lies in the archive. */
async function archived(): Promise<void> {
  const file = String(await valueOf('SELECT pg_walfile_name(pg_switch_wal())'))
  await waitFor(() => existsSync(join(archive, file)), { what: `${file} in the archive` })
}

beforeAll(async () => {
  if (MISSING.length > 0) return
  chmodSync(folder, 0o755)
  for (const name of [archive, backups]) mkdirSync(name)
  chmodSync(archive, 0o777)
  cpSync(BACKUP_SCRIPTS, scripts, { recursive: true })
  stack = stackFrom({ LOCAL_DIR: join(folder, 'stack'), PORT_BASE: String(await freePortBase(41_000)) })
  await start()
  await sql(`ALTER SYSTEM SET archive_mode = 'on'`)
  await sql(`ALTER SYSTEM SET archive_command = '${scripts}/postgres-archive-wal.sh "%p" "%f" ${archive}'`)
  await stop(stack, ['postgres'], silent)
  await start()
})
afterAll(async () => {
  if (MISSING.length === 0) await reset(stack, silent)
  rmSync(folder, { recursive: true, force: true })
})

it('goes back to the moment before an accident, behind its base backup', async (context) => {
  if (MISSING.length > 0) unavailable(context, `there is no ${MISSING.join(', no ')} on the PATH`)
  const data = String(await valueOf('SHOW data_directory'))
  await sql('CREATE TABLE bets (id INTEGER PRIMARY KEY)')
  await sql('INSERT INTO bets VALUES (1)')
  const backup = runScript('postgres-base-backup.sh', [data, backups], {
    PGHOST: '127.0.0.1',
    PGPORT: String(stack.ports.postgres),
    PGUSER: POSTGRES_USER,
    PGPASSWORD: POSTGRES_PASSWORD,
  })
  await sql('INSERT INTO bets VALUES (2)')
  const moment = String(await valueOf('SELECT clock_timestamp()::text'))
  await sql('DELETE FROM bets')
  await archived()
  expect(await bets()).toEqual([])
  await stop(stack, ['postgres'], silent)

  expect(() => runScript('postgres-restore.sh', [backup, data, archive, moment])).toThrow('is not empty')
  rmSync(data, { recursive: true })
  runScript('postgres-restore.sh', [backup, data, archive, moment])
  await start()
  await waitFor(async () => (await valueOf('SELECT pg_is_in_recovery()')) === false, {
    what: 'the end of the recovery',
  })
  expect(await bets()).toEqual([1, 2])
  await sql('INSERT INTO bets VALUES (3)')
})

it('keeps no two files of WAL under one name, and says that a file was kept before', () => {
  const own = join(folder, 'own')
  mkdirSync(own)
  const file = join(folder, 'segment')
  writeFileSync(file, 'of one database')
  for (const _ of [1, 2]) runScript('postgres-archive-wal.sh', [file, 'segment', own])
  writeFileSync(file, 'of another one')
  expect(() => runScript('postgres-archive-wal.sh', [file, 'segment', own])).toThrow(
    'must not share an archive',
  )
})

it('refuses a backup that is damaged', (context) => {
  if (MISSING.length > 0) unavailable(context, `there is no ${MISSING.join(', no ')} on the PATH`)
  const damaged = join(folder, 'damaged')
  mkdirSync(damaged)
  for (const name of ['base.tar.gz', 'backup_label']) writeFileSync(join(damaged, name), 'other bytes')
  writeFileSync(join(damaged, 'SHA256SUMS'), `${'0'.repeat(64)}  base.tar.gz\n`)
  expect(() => runScript('postgres-restore.sh', [damaged, join(folder, 'nowhere'), archive])).toThrow(
    'damaged',
  )
})
