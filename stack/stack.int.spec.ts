import { createClient } from '@clickhouse/client'
import { Kafka, logLevel } from 'kafkajs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isPortFree } from './checks.ts'
import { envOf } from './env-file.ts'
import { PORT_NAMES, portsFrom } from './ports.ts'
import { elsewhereOf } from './services/postgres.ts'
import { stackFrom, type Stack } from './stack.ts'

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const INFRA = ['kafka', 'registry', 'postgres', 'redis', 'clickhouse']

// Of mode 700: PostgreSQL's user can't reach it, which is what a private home is like.
const folder = mkdtempSync(join(tmpdir(), 'stakestream-stack-'))
let stack: Stack

async function run(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, BROKERS: '', LOCAL_DIR: folder, PORT_BASE: String(stack.portBase), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

const statusSchema = z.array(z.object({ name: z.string(), pid: z.number().nullable(), state: z.string() }))

async function states(): Promise<Map<string, { pid: number | null; state: string }>> {
  const { stdout } = await run(['status', '--json'])
  return new Map(statusSchema.parse(JSON.parse(stdout)).map(({ name, pid, state }) => [name, { pid, state }]))
}

async function sql(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: envOf(stack, {})['DATABASE_URL'] })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function freeBase(): Promise<number> {
  for (let base = 31_000; base < 60_000; base += 1_000) {
    const ports = portsFrom(base)
    const free = await Promise.all(PORT_NAMES.map((name) => isPortFree(ports[name])))
    if (free.every(Boolean)) return base
  }
  throw new Error('no free range of ports')
}

beforeAll(async () => {
  stack = stackFrom({ LOCAL_DIR: folder, PORT_BASE: String(await freeBase()) })
})

afterAll(async () => {
  await run(['reset'])
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const MINUTES = 60_000

describe('a stack of its own', () => {
  test(
    'when brought up, then every component is healthy and answers',
    async () => {
      const { code, stderr } = await run(['up', '--only', 'infra'])
      expect(stderr).toContain('Everything is up.')
      expect(code).toBe(0)
      const found = await states()
      for (const name of INFRA) expect(found.get(name)).toMatchObject({ state: 'running' })
      expect(found.get('api')).toEqual({ pid: null, state: 'stopped' })

      const env = envOf(stack, {})
      expect(await sql('SHOW server_version')).toEqual([{ server_version: expect.stringMatching(/^18\./) }])
      const config = await fetch(`${env['SCHEMA_REGISTRY_URL']}/config`)
      expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD' })
      const clickhouse = createClient({ url: env['CLICKHOUSE_URL'] ?? '', database: 'stakestream' })
      expect(await clickhouse.ping()).toEqual({ success: true })
      await clickhouse.close()
      const kafka = new Kafka({
        brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
        logLevel: logLevel.NOTHING,
      })
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }], waitForLeaders: true })
      await admin.disconnect()
      await sql('CREATE TABLE kept (n int)')
    },
    10 * MINUTES,
  )

  test(
    'when brought up again, then nothing is restarted',
    async () => {
      const before = await states()
      const { code } = await run(['up', '--only', 'infra'])
      expect(code).toBe(0)
      expect(await states()).toEqual(before)
    },
    MINUTES,
  )

  test(
    'given two that were killed, when brought up, then these alone are new, and their data is there',
    async () => {
      const before = await states()
      expect((await run(['kill', 'postgres', 'kafka'])).code).toBe(0)
      expect((await states()).get('postgres')).toMatchObject({ state: 'dead' })
      expect((await run(['kill', 'postgres'])).stderr).toContain("postgres isn't running")
      expect((await run(['up', '--only', 'infra'])).code).toBe(0)
      const after = await states()
      for (const name of INFRA) {
        expect(after.get(name)?.state).toBe('running')
        const isNew = after.get(name)?.pid !== before.get(name)?.pid
        expect([name, isNew]).toEqual([name, name === 'postgres' || name === 'kafka'])
      }
      expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }])
      const kafka = new Kafka({ brokers: [`127.0.0.1:${stack.ports.kafka}`], logLevel: logLevel.NOTHING })
      const admin = kafka.admin()
      await admin.connect()
      expect(await admin.listTopics()).toContain('kept')
      await admin.disconnect()
    },
    3 * MINUTES,
  )

  test(
    'given a stranger on a port, then one line names it and nothing is started',
    async () => {
      expect((await run(['stop', 'redis', 'registry'])).code).toBe(0)
      const stranger = createServer().listen(stack.ports.redis, '127.0.0.1')
      await once(stranger, 'listening')
      const { code, stderr } = await run(['up', '--only', 'infra'])
      stranger.close()
      await once(stranger, 'close')
      expect(code).toBe(1)
      expect(stderr.trim().split('\n')).toEqual([
        expect.stringMatching(
          new RegExp(
            `^stack: Port ${stack.ports.redis} \\(redis\\) is held by process ${process.pid} .*PORT_BASE`,
          ),
        ),
      ])
      expect((await states()).get('registry')).toEqual({ pid: null, state: 'stopped' })
    },
    MINUTES,
  )

  test(
    'given other ports or another number of brokers for the same folder, then it says so',
    async () => {
      const moved = await run(['up', '--only', 'infra'], { PORT_BASE: '61000' })
      expect(moved).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`runs with PORT_BASE=${stack.portBase}`),
      })
      const three = await run(['up', '--only', 'infra'], { BROKERS: '3' })
      expect(three).toMatchObject({ code: 1, stderr: expect.stringContaining('is of BROKERS=1') })
    },
    MINUTES,
  )

  test(
    'given no Java, then one line says what to install',
    async () => {
      await run(['stop', 'registry'])
      const { code, stderr } = await run(['up', '--only', 'registry'], { PATH: folder, JAVA_HOME: '' })
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          'stack: There is no Java on the PATH: install a JDK ≥ 17 (Debian: openjdk-17-jdk-headless).\n',
      })
    },
    MINUTES,
  )

  test(
    'given one that dies while starting, then the end of its log is shown',
    async () => {
      await run(['stop', 'clickhouse'])
      rmSync(join(folder, 'data', 'clickhouse'), { recursive: true })
      mkdirSync(join(folder, 'data', 'clickhouse'))
      writeFileSync(join(folder, 'data', 'clickhouse', 'db'), 'in the way')
      const { code, stderr } = await run(['up', '--only', 'clickhouse'])
      expect(code).toBe(1)
      expect(stderr).toContain('clickhouse died while starting; the end of')
      expect(stderr).toContain('EEXIST')
    },
    MINUTES,
  )

  test(
    'when brought down, then nothing is left running, and the data stays',
    async () => {
      expect((await run(['down'])).code).toBe(0)
      for (const { state } of (await states()).values()) expect(state).toBe('stopped')
      for (const name of PORT_NAMES) expect([name, await isPortFree(stack.ports[name])]).toEqual([name, true])
      expect((await run(['down'])).code).toBe(0)
      expect((await run(['start', 'postgres'])).code).toBe(0)
      expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }])
    },
    MINUTES,
  )

  test(
    'when reset, then data, logs and keys are gone',
    async () => {
      expect((await run(['reset'])).code).toBe(0)
      expect(readdirSync(folder)).toEqual([])
      expect(existsSync(elsewhereOf(stack))).toBe(false)
      expect(await isPortFree(stack.ports.postgres)).toBe(true)
    },
    MINUTES,
  )
})
