/**
 * Redis: the system's own server where there is one, else the binary that a Maven jar carries.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { ensureArtifact, mavenCopy, runProgram, type Artifact } from '../download.ts'
import { StackError } from '../errors.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import type { Service } from './service.ts'

const JAR_VERSION = '1.4.3'

function nameInJar(): string {
  if (process.platform === 'linux' && process.arch === 'x64') return 'redis-server-6.2.6-v5-linux-amd64'
  if (process.platform === 'linux' && process.arch === 'arm64') return 'redis-server-6.2.7-linux-arm64'
  throw new StackError('There is no redis-server on the PATH: install it (Debian: redis-server).')
}

const REDIS: Artifact = {
  folder: `redis-${JAR_VERSION}`,
  title: 'Redis 6.2 (12 MB)',
  fetch: async (target, progress) => {
    await mavenCopy(`com.github.codemonstur:embedded-redis:${JAR_VERSION}`, target, progress)
    const [jar] = readdirSync(target).filter((name) => name.endsWith('.jar'))
    if (jar === undefined) throw new StackError('The archive of Redis holds no jar: run it again.')
    const home = process.env['JAVA_HOME']
    const unpack = home ? join(home, 'bin', 'jar') : 'jar'
    await runProgram(
      unpack,
      ['xf', jar, nameInJar()],
      target,
      'There is no jar tool: install a JDK, not only a JRE.',
    )
    rmSync(join(target, jar))
    chmodSync(join(target, nameInJar()), 0o755)
  },
}

const runs = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** The Redis server to run. Throws `StackError` when there is none. */
async function redisProgram(cacheDir: string): Promise<string> {
  if (runs('redis-server')) return 'redis-server'
  const program = join(await ensureArtifact(cacheDir, REDIS), nameInJar())
  if (runs(program)) return program
  throw new StackError(
    `The fetched Redis can't run here (${dirname(program)}): install redis-server (Debian: redis-server).`,
  )
}

/** Sends PING and waits for +PONG. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (result: boolean): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(2_000, () => {
      finish(false)
    })
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('error', () => {
      finish(false)
    })
    socket.once('data', (data) => {
      finish(data.toString().startsWith('+PONG'))
    })
  })
}

export function redisService(stack: Stack): Service {
  const port = stack.ports.redis
  const dataDir = dataDirOf(stack, 'redis')
  return {
    name: 'redis',
    kind: 'infra',
    ports: [port],
    command: async () => {
      mkdirSync(dataDir, { recursive: true })
      const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir, '--save', '60 1']
      return {
        file: await redisProgram(stack.cacheDir),
        args: [...settings, '--daemonize', 'no', '--maxmemory-policy', 'noeviction'],
        cwd: dataDir,
      }
    },
    isReady: () => answersPing(port),
    readyLimitMs: 20_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 10_000,
  }
}
