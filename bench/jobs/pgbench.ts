/** For scale: the seed's design inside PostgreSQL alone, without HTTP, by pgbench where that is installed. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { POSTGRES_PORT_OFFSET } from '../peers/koa-postgres.ts'
import { SOCKET_DIR, startPeerPostgres, SUPERUSER } from '../peers/postgres.ts'
import type { Bench, Job } from './job.ts'

const execute = promisify(execFile)

async function isInstalled(): Promise<boolean> {
  try {
    await execute('pgbench', ['--version'])
    return true
  } catch {
    return false
  }
}

async function run({ ground, recorder, size, peersDir, say }: Bench): Promise<void> {
  const script = peersDir === undefined ? '' : join(peersDir, 'postgres', 'bet.sql')
  const schema = join(peersDir ?? '', 'postgres', 'schema.sql')
  if (!existsSync(script) || !existsSync(schema)) return say('skipped: the peer is not there')
  if (!(await isInstalled())) return say('skipped: pgbench is not installed')
  const database = await startPeerPostgres((ground.stack.portBase ?? 0) + POSTGRES_PORT_OFFSET, schema)
  try {
    for (let index = 0; index < size.runs; index++) {
      await database.resetTables()
      const connection = ['-h', SOCKET_DIR, '-p', String(database.port), '-U', SUPERUSER, SUPERUSER]
      const load = ['-n', '-M', 'simple', '-f', script, '-c', '16', '-j', '2', '-T', String(size.seconds)]
      const { stdout } = await execute('pgbench', [...load, ...connection])
      const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
      recorder.add('postgres.row-locks', 'transactions/s', perSecond)
      say(`PostgreSQL row locks ${Math.round(perSecond)}/s`)
    }
  } finally {
    await database.stop()
  }
}

export const pgbench: Job = { name: 'postgres', title: 'bets as row locks in PostgreSQL, by pgbench', run }
