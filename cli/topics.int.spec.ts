/** The command line as a user runs it: a process of its own, against the running stack. */
import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { topicDefinition, TOPIC_NAMES } from '../topics/catalogue.ts'
import { required } from '../tests/support/environment.ts'

const MAIN = new URL('main.ts', import.meta.url).pathname

interface Ended {
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs the command line to its end. */
function cli(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...process.env, ...environment } },
      (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

const differences = z.array(
  z.object({ topic: z.string(), setting: z.string(), is: z.string(), should: z.string() }),
)

describe('topics apply and verify', () => {
  required('KAFKA_BROKERS')

  it('apply may be repeated, and verify then finds no difference', async () => {
    const first = await cli(['topics', 'apply'])
    expect(first.stderr).toContain('topics as the catalogue says')
    expect(first.exitCode).toBe(0)
    expect(await cli(['topics', 'apply'])).toMatchObject({ exitCode: 0, stdout: '' })
    expect(await cli(['topics', 'verify', '--json'])).toEqual({
      exitCode: 0,
      stdout: '[]\n',
      stderr: `${TOPIC_NAMES.length} topics as the catalogue says\n`,
    })
  }, 60_000)

  it('verify names each difference and ends with 1; apply refuses what it can’t repair, with 1', async () => {
    const verified = await cli(['topics', 'verify', '--json', '--profile', 'production'])
    expect(verified.exitCode).toBe(1)
    expect(verified.stderr).toMatch(/^error TOPICS_DIFFER: \d+ differences .*; run `topics apply`\n$/)
    const partitions = differences
      .parse(JSON.parse(verified.stdout))
      .filter(({ setting }) => setting === 'partitions')
    expect(partitions.map(({ topic, is, should }) => [topic, is, should])).toEqual(
      TOPIC_NAMES.filter((name) => topicDefinition(name).partitions === undefined).map((name) => [
        name,
        '4',
        '24',
      ]),
    )
    const applied = await cli(['topics', 'apply'], { TOPIC_PROFILE: 'production' })
    expect(applied.exitCode).toBe(1)
    expect(applied.stderr).toMatch(/^error TOPICS_REFUSED: .*nothing was changed; .*\n$/)
  }, 60_000)

  it.each([
    ['a broker', { KAFKA_BROKERS: '127.0.0.1:1' }, 'KAFKA_UNREACHABLE'],
    ['a registry', { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/' }, 'REGISTRY_UNREACHABLE'],
  ])(
    'without %s one line says so, with 3',
    async (_, environment, code) => {
      const ended = await cli(['topics', 'verify'], environment)
      expect(ended).toMatchObject({ exitCode: 3, stdout: '' })
      expect(ended.stderr).toMatch(new RegExp(`^error ${code}: .*; is the stack up\\?\\n$`))
    },
    60_000,
  )
})

describe('usage', () => {
  it.each([
    ['an unknown command', ['topics', 'destroy'], {}],
    ['an unknown option', ['topics', 'apply', '--force'], {}],
    ['a value that is none of the choices', ['topics', 'apply', '--profile', 'huge'], {}],
    ['a variable that is no number', ['topics', 'list'], { TOPIC_PARTITIONS: 'many' }],
  ])(
    '%s is one error line, with 2',
    async (_, args, environment) => {
      const ended = await cli(args, environment)
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' })
      expect(ended.stderr).toMatch(/^error (USAGE|CONFIGURATION): .*\n$/)
    },
    60_000,
  )

  it('--help is data, with 0', async () => {
    const ended = await cli(['topics', '--help'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ended.stdout).toContain('verify')
  }, 60_000)
})
