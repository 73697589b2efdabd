/** PostgreSQL, Redis, ClickHouse and the registry behind TLS and passwords, reached by what their URLs say. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { POSTGRES_PASSWORD, POSTGRES_USER } from '../../stack/env-file.ts'
import { elsewhereOf, postgresService } from '../../stack/services/postgres.ts'
import { redisService } from '../../stack/services/redis.ts'
import { stackFrom } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { createAuthority } from '../support/certificates.ts'
import { required } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { unavailable } from '../support/unavailable.ts'
import { waitFor } from '../support/wait.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PASSWORD = 'a password'
const folder = mkdtempSync(join(tmpdir(), 'stakestream-stores-'))
const authority = createAuthority('authority of the stores')
const own = authority.issue('store')
const file = (name: string): string => join(folder, name)
const children: ChildProcess[] = []
const servers: Server[] = []
let stack: Stack
/** Why Redis does not speak TLS here; undefined where it does. */
let redisFault: string | undefined
let urls: Record<'DATABASE_URL' | 'REDIS_URL' | 'CLICKHOUSE_URL' | 'SCHEMA_REGISTRY_URL', string>

async function startPostgres(): Promise<void> {
  const service = postgresService(stack)
  const { file: program, args, userId } = await service.command({})
  const data = z.string().parse(args[1])
  for (const [name, text] of [
    ['server.crt', own.cert],
    ['server.key', own.key],
  ] as const) {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    if (userId !== undefined) chownSync(join(data, name), userId, userId)
  }
  const user = userId === undefined ? {} : { uid: userId, gid: userId }
  children.push(spawn(program, [...args, '-c', 'ssl=on'], { cwd: '/', stdio: 'ignore', ...user }))
  await waitFor(() => service.isReady({}), { what: 'PostgreSQL' })
}

async function startRedis(): Promise<void> {
  const { file: program, args } = await redisService(stack).command({})
  const tls = ['--port', '0', '--tls-port', String(stack.ports.redis), '--tls-auth-clients', 'no']
  const files = ['--tls-cert-file', file('store.crt'), '--tls-key-file', file('store.key')]
  const authorities = ['--tls-ca-cert-file', file('ca.pem'), '--requirepass', PASSWORD]
  const child = spawn(program, [...args, ...tls, ...files, ...authorities], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await waitFor(() => child.exitCode !== null || /ready to accept/i.test(output), { what: 'Redis' })
  if (child.exitCode !== null)
    redisFault = `the Redis of this machine speaks no TLS: ${output.trim().slice(-200)}`
}

/** A way over TLS, for those who say this user and password, to a server that has neither. Answers its URL with both. */
async function guarded(address: string): Promise<string> {
  const upstream = new URL(address)
  const wanted = `Basic ${Buffer.from(`stake stream:${PASSWORD}`).toString('base64')}`
  const server = createServer(own, (incoming, outgoing) => {
    const { authorization, ...headers } = incoming.headers
    if (authorization !== wanted) {
      outgoing.writeHead(401).end('{"error_code": 401, "message": "Unauthorized"}')
      return
    }
    const onward = request(
      { host: upstream.hostname, port: upstream.port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  servers.push(server)
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(upstream)
  url.protocol = 'https:'
  url.port = String(port)
  url.username = 'stake stream'
  url.password = PASSWORD
  return url.href
}

beforeAll(async () => {
  // PostgreSQL runs as nobody where the test runs as root.
  chmodSync(folder, 0o755)
  writeFileSync(file('ca.pem'), authority.ca)
  writeFileSync(file('store.crt'), own.cert)
  writeFileSync(file('store.key'), own.key)
  const running = stackFrom(process.env)
  const [postgres, redis] = await Promise.all([freePort(), freePort()])
  stack = { ...running, localDir: folder, ports: { ...running.ports, postgres, redis } }
  await Promise.all([startPostgres(), startRedis()])
  const database = `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@127.0.0.1:${postgres}/postgres`
  urls = {
    DATABASE_URL: `${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(file('ca.pem'))}`,
    REDIS_URL: `rediss://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis}`,
    CLICKHOUSE_URL: await guarded(required('CLICKHOUSE_URL')),
    SCHEMA_REGISTRY_URL: await guarded(required('SCHEMA_REGISTRY_URL')),
  }
})
afterAll(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  for (const child of children) {
    if (child.exitCode !== null) continue
    const gone = once(child, 'exit')
    child.kill('SIGINT')
    await gone
  }
  rmSync(elsewhereOf(stack), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

const outcomes = z.object({
  postgres: z.string(),
  redis: z.string(),
  clickhouse: z.string(),
  registry: z.string(),
})

/** What a process of this environment finds. */
async function reach(environment: Readonly<Record<string, string>>): Promise<z.output<typeof outcomes>> {
  const child = spawn(process.execPath, ['--no-warnings', 'tests/security/reach-stores.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return outcomes.parse(JSON.parse(output))
}

describe('stores behind TLS and passwords', () => {
  it('are reached by their URLs and the authorities of NODE_EXTRA_CA_CERTS', async (context) => {
    const { redis, ...others } = await reach({ ...urls, NODE_EXTRA_CA_CERTS: file('ca.pem') })
    expect(others).toEqual({
      postgres: expect.stringMatching(/^TLSv1\.[23]$/),
      clickhouse: '1',
      registry: 'schema',
    })
    if (redisFault !== undefined) unavailable(context, redisFault)
    expect(redis).toBe('PONG')
  })

  it('are not believed where nobody vouches for their certificates', async () => {
    const { DATABASE_URL: withAuthority, ...others } = urls
    const database = withAuthority.replace(/&sslrootcert=.*$/, '')
    const found = await reach({ ...others, DATABASE_URL: database, NODE_EXTRA_CA_CERTS: '' })
    for (const outcome of Object.values(found)) expect(outcome).toMatch(/^refused: /)
    expect(found.registry).toContain('certificate')
  })

  it('are not reached with a wrong password, and no message shows it', async () => {
    const wrong = Object.fromEntries(
      Object.entries(urls).map(([name, url]) => {
        const changed = new URL(url)
        changed.password = 'guessed'
        return [name, changed.href]
      }),
    )
    const found = await reach({ ...wrong, NODE_EXTRA_CA_CERTS: file('ca.pem') })
    for (const outcome of Object.values(found)) {
      expect(outcome).toMatch(/^refused: /)
      expect(outcome).not.toContain('guessed')
    }
    expect(found.registry).toContain('answered 401')
  })
})
