/** The peer on Koa and pg: one HTTP bet is one PostgreSQL transaction with a locked row. */
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitUntil } from '../../stack/wait.ts'
import type { Ground } from '../ground.ts'
import { startPeerPostgres } from './postgres.ts'
import type { PeerPostgres } from './postgres.ts'

const run = promisify(execFile)

/** Behind the ports of the bench's own stack. */
export const POSTGRES_PORT_OFFSET = 532
const HTTP_PORT_OFFSET = 899
const READY_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 10_000

export interface KoaPostgresPeer {
  url: string
  apiKey: string
  database: PeerPostgres
  pid: number
  stop(): Promise<void>
}

const FILES = ['package.json', 'server.mjs']

/** Copies the peer beside the bench's data and installs what it needs there, once. */
async function install(ground: Ground, source: string): Promise<string> {
  const folder = ground.folder('peers/koa-postgres')
  mkdirSync(folder, { recursive: true })
  for (const name of FILES) copyFileSync(join(source, name), join(folder, name))
  if (!existsSync(join(folder, 'node_modules')))
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder })
  return folder
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer()
    return true
  } catch {
    return false
  }
}

/** Starts database and server. Undefined where the folder of peers lacks them. */
export async function startKoaPostgres(
  ground: Ground,
  peersDir: string,
): Promise<KoaPostgresPeer | undefined> {
  const source = join(peersDir, 'koa-postgres')
  const schema = join(peersDir, 'postgres', 'schema.sql')
  if (!existsSync(join(source, 'server.mjs')) || !existsSync(schema)) return undefined
  const folder = await install(ground, source)
  const portBase = ground.stack.portBase ?? 0
  const database = await startPeerPostgres(portBase + POSTGRES_PORT_OFFSET, schema)
  const port = portBase + HTTP_PORT_OFFSET
  const url = `http://127.0.0.1:${port}`
  const environment = { ...process.env, PORT: String(port), PGPORT: String(database.port) }
  const child = spawn(process.execPath, ['server.mjs'], { cwd: folder, env: environment, stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await waitUntil(() => child.exitCode !== null || child.signalCode !== null, STOP_LIMIT_MS)
    await database.stop()
  }
  if (!(await waitUntil(() => answers(url), READY_LIMIT_MS)) || child.pid === undefined) {
    await stop()
    throw new Error('the Koa + pg peer does not answer')
  }
  return { url, apiKey: 'sk_live_peer', database, pid: child.pid, stop }
}
