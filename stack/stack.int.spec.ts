import { createClient } from '@clickhouse/client'
import { Kafka, logLevel, type Admin } from 'kafkajs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPortFree } from './checks.ts'
import { envOf } from './env-file.ts'
import { PORT_NAMES } from './ports.ts'
import { down, kill, reset, status, stop, up, type ProcessStatus } from './runner.ts'
import { elsewhereOf } from './services/postgres.ts'
import { stackFrom, type Stack } from './stack.ts'
import { freePortBase } from '../tests/support/free-port.ts'

const INFRA = ['kafka', 'registry', 'postgres', 'redis', 'clickhouse']

// Of mode 700: PostgreSQL's user can't reach it, which is what a private home is like.
const folder = mkdtempSync(join(tmpdir(), 'stakestream-stack-'))
let stack: Stack
const news: string[] = []
const report = (line: string): void => {
  news.push(line)
}

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line in a process of its own. */
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

async function states(): Promise<Map<string, ProcessStatus>> {
  return new Map((await status(stack)).map((found) => [found.name, found]))
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

async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${stack.ports.kafka}`], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

beforeAll(async () => {
  stack = stackFrom({ LOCAL_DIR: folder, PORT_BASE: String(await freePortBase(31_000)) })
})

afterAll(async () => {
  await reset(stack, report)
  rmSync(folder, { recursive: true, force: true })
})

const MINUTES = 60_000

describe('a stack of its own', () => {
  test(
    'when brought up, then every component is healthy and answers',
    async () => {
      await up(stack, ['infra'], report)
      const found = await states()
      for (const name of INFRA) expect(found.get(name)).toMatchObject({ state: 'running' })
      expect(found.get('api')).toEqual({ name: 'api', pid: null, state: 'stopped' })

      const env = envOf(stack, {})
      expect(await sql('SHOW server_version')).toEqual([{ server_version: expect.stringMatching(/^18\./) }])
      const config = await fetch(`${env['SCHEMA_REGISTRY_URL']}/config`)
      expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD' })
      const clickhouse = createClient({ url: env['CLICKHOUSE_URL'] ?? '', database: 'stakestream' })
      expect(await clickhouse.ping()).toEqual({ success: true })
      await clickhouse.close()
      await withAdmin(async (admin) => {
        await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }], waitForLeaders: false })
      })
      await sql('CREATE TABLE kept (n int)')
    },
    10 * MINUTES,
  )

  test('when asked, then the command line shows a line per process', async () => {
    const { stdout } = await run(['status'])
    const pid = (await states()).get('kafka')?.pid
    expect(stdout.split('\n')).toEqual(expect.arrayContaining([`kafka ${pid} running`, 'api - stopped']))
    const json: unknown = JSON.parse((await run(['status', '--json'])).stdout)
    expect(json).toEqual([...(await states()).values()])
  })

  test('when brought up again, then nothing is restarted', async () => {
    const before = await states()
    expect(await run(['up', '--only', 'infra'])).toMatchObject({ code: 0 })
    expect(await states()).toEqual(before)
  })

  test(
    'given two that were killed, when brought up, then these alone are new, and their data is there',
    async () => {
      const before = await states()
      await kill(stack, ['postgres', 'kafka'], report)
      expect((await states()).get('postgres')).toMatchObject({ state: 'dead' })
      await expect(kill(stack, ['postgres'], report)).rejects.toThrow("postgres isn't running")
      await up(stack, ['infra'], report)
      const after = await states()
      for (const name of INFRA) {
        expect(after.get(name)?.state).toBe('running')
        const isNew = after.get(name)?.pid !== before.get(name)?.pid
        expect([name, isNew]).toEqual([name, name === 'postgres' || name === 'kafka'])
      }
      expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }])
      await withAdmin(async (admin) => {
        expect(await admin.listTopics()).toContain('kept')
      })
    },
    5 * MINUTES,
  )

  test('given a stranger on a port, then one line names it and nothing is started', async () => {
    await stop(stack, ['redis', 'registry'], report)
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
    expect((await states()).get('registry')).toMatchObject({ pid: null, state: 'stopped' })
  })

  test('given other ports or another number of brokers for the same folder, then it says so', async () => {
    const moved = stackFrom({ LOCAL_DIR: folder, PORT_BASE: '61000' })
    await expect(up(moved, ['infra'], report)).rejects.toThrow(`runs with PORT_BASE=${stack.portBase}`)
    const three = stackFrom({ LOCAL_DIR: folder, PORT_BASE: String(stack.portBase), BROKERS: '3' })
    await expect(up(three, ['infra'], report)).rejects.toThrow('is of BROKERS=1')
  })

  test('given no Java, then one line says what to install', async () => {
    const { code, stderr } = await run(['up', '--only', 'registry'], { PATH: folder, JAVA_HOME: '' })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'stack: There is no Java on the PATH: install a JDK ≥ 17 (Debian: openjdk-17-jdk-headless).\n',
    })
  })

  test('given one that dies while starting, then the end of its log is shown', async () => {
    await stop(stack, ['clickhouse'], report)
    rmSync(join(folder, 'data', 'clickhouse'), { recursive: true })
    mkdirSync(join(folder, 'data', 'clickhouse'))
    writeFileSync(join(folder, 'data', 'clickhouse', 'db'), 'in the way')
    await expect(up(stack, ['clickhouse'], report)).rejects.toThrow(
      /^clickhouse died .* the end of .*EEXIST/s,
    )
  })

  test('when brought down, then nothing is left running, and the data stays', async () => {
    await down(stack, report)
    for (const { state } of (await states()).values()) expect(state).toBe('stopped')
    for (const name of PORT_NAMES) expect([name, await isPortFree(stack.ports[name])]).toEqual([name, true])
    await down(stack, report)
    await up(stack, ['postgres'], report, { prepare: false })
    expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }])
  })

  test('when reset, then data, logs and keys are gone', async () => {
    await reset(stack, report)
    expect(readdirSync(folder)).toEqual([])
    expect(existsSync(elsewhereOf(stack))).toBe(false)
    expect(await isPortFree(stack.ports.postgres)).toBe(true)
  })
})
