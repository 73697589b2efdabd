import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { envPathOf, formatEnv, parseEnv, shellQuote, writeEnvFile } from './env-file.ts'
import { stackFrom } from './stack.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-env-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('given values that a shell would take apart, then a shell reads them whole', () => {
  const value = `it's "a" $HOME \`x\` \\ ;&|`
  writeFileSync(join(folder, 'env'), formatEnv({ A: value, B: 'plain' }))
  const shown = execFileSync('sh', ['-c', `. "${folder}/env"; printf '%s\\n' "$A" "$B"`], {
    encoding: 'utf8',
  })
  expect(shown).toBe(`${value}\nplain\n`)
  expect(parseEnv(formatEnv({ A: value }))).toEqual({ A: value })
  expect(shellQuote('')).toBe("''")
})

test('given a second up, then keys and ids stay as they were; after a reset they are new', () => {
  const stack = stackFrom({ LOCAL_DIR: folder })
  const first = writeEnvFile(stack)
  expect(writeEnvFile(stack)).toEqual(first)
  expect(Buffer.from(first['ENCRYPTION_KEY'] ?? '', 'base64')).toHaveLength(32)
  expect(first['STAKESTREAM_PARTNER_KEY']).toMatch(/^sk_test_[0-9a-f]{48}$/)
  rmSync(envPathOf(stack))
  expect(writeEnvFile(stack)['STAKESTREAM_ADMIN_KEY']).not.toBe(first['STAKESTREAM_ADMIN_KEY'])
})

test('given other ports, then every address moves and the keys stay', () => {
  const first = writeEnvFile(stackFrom({ LOCAL_DIR: folder }))
  const moved = writeEnvFile(stackFrom({ LOCAL_DIR: folder, PORT_BASE: '20000' }))
  expect(moved).toMatchObject({
    STAKESTREAM_URL: 'http://127.0.0.1:20080',
    KAFKA_BROKERS: '127.0.0.1:20092',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:20081/apis/ccompat/v7',
    DATABASE_URL: 'postgres://stakestream:stakestream@127.0.0.1:20432/stakestream',
    REDIS_URL: 'redis://127.0.0.1:20379',
    CLICKHOUSE_URL: 'http://127.0.0.1:20123',
    STAKESTREAM_PARTNER_ID: first['STAKESTREAM_PARTNER_ID'],
  })
})

test('given three brokers, then all are named', () => {
  const env = writeEnvFile(stackFrom({ LOCAL_DIR: folder, BROKERS: '3' }))
  expect(env['KAFKA_BROKERS']).toBe('127.0.0.1:9092,127.0.0.1:9192,127.0.0.1:9292')
})

test('the file holds keys, so only its owner may read it', () => {
  const stack = stackFrom({ LOCAL_DIR: folder })
  writeEnvFile(stack)
  expect(statSync(envPathOf(stack)).mode & 0o777).toBe(0o600)
})

test('given three brokers, then topics are told to have three replicas', () => {
  expect(writeEnvFile(stackFrom({ LOCAL_DIR: folder }))['KAFKA_REPLICATION']).toBe('1')
  expect(writeEnvFile(stackFrom({ LOCAL_DIR: folder, BROKERS: '3' }))['KAFKA_REPLICATION']).toBe('3')
})
