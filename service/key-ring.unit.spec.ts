import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { ConfigError, readConfig } from './config.ts'
import { encryptionConfig, openCipher, readKeyRing } from './key-ring.ts'
import type { FollowingCipher } from './key-ring.ts'

const K1 = randomBytes(32).toString('base64')
const K2 = randomBytes(32).toString('base64')
const logger = pino({ level: 'silent' })

let folder: string
const opened: FollowingCipher[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-keys-'))
})
afterEach(() => {
  for (const cipher of opened.splice(0)) cipher.close()
  rmSync(folder, { recursive: true, force: true })
})

const read = (environment: Record<string, string | undefined>) => readConfig(encryptionConfig, environment)

async function open(environment: Record<string, string>): Promise<FollowingCipher> {
  const cipher = await openCipher(read({ ENCRYPTION_RELOAD_MS: '20', ...environment }), logger)
  opened.push(cipher)
  return cipher
}

describe('keys of the environment', () => {
  it('are the current one and older ones', async () => {
    const old = await open({ ENCRYPTION_KEY: K1 })
    const now = await open({ ENCRYPTION_KEY: K2, ENCRYPTION_KEY_ID: 'k2', ENCRYPTION_OLDER_KEYS: `k1:${K1}` })
    expect(now.decrypt(old.encrypt('1'))).toBe('1')
    expect(now.encrypt('1')).toMatch(/^k2:/)
  })

  it.each([
    ['ENCRYPTION_KEY', 'not base64!'],
    ['ENCRYPTION_KEY', randomBytes(16).toString('base64')],
    ['ENCRYPTION_KEY_ID', 'k:1'],
    ['ENCRYPTION_OLDER_KEYS', `k1=${K1}`],
    ['ENCRYPTION_OLDER_KEYS', `k1:${K1.slice(4)}`],
    ['ENCRYPTION_KEY_SOURCE', 'paper'],
  ])('%s of %s is refused by name, and not shown', (name, value) => {
    expect(() => read({ ENCRYPTION_KEY: K1, [name]: value })).toThrow(name)
    expect(() => read({ ENCRYPTION_KEY: K1, [name]: value })).not.toThrow(K1.slice(4))
  })

  it.each([
    ['environment', 'ENCRYPTION_KEY'],
    ['file', 'ENCRYPTION_KEY_FILE'],
    ['vault', 'VAULT_ADDR'],
  ])('of the source %s need %s', async (ENCRYPTION_KEY_SOURCE, name) => {
    await expect(readKeyRing(read({ ENCRYPTION_KEY_SOURCE }))).rejects.toThrow(name)
  })
})

const fileOf = (document: unknown): string => {
  const path = join(folder, 'keys.json')
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return path
}
const fromFile = (path: string) => ({ ENCRYPTION_KEY_SOURCE: 'file', ENCRYPTION_KEY_FILE: path })

describe('a file of keys', () => {
  it('is followed while it is used, and the ring that is known stays while the file is broken', async () => {
    const path = fileOf({ current: 'k1', keys: { k1: K1 } })
    const cipher = await open(fromFile(path))
    const stored = cipher.encrypt('1')
    fileOf('{"current": "k2", "keys"')
    await new Promise((resolve) => setImmediate(resolve))
    expect(cipher.decrypt(stored)).toBe('1')
    fileOf({ current: 'k2', keys: { k1: K1, k2: K2 } })
    await waitFor(() => cipher.currentKeyId === 'k2')
    expect(cipher.decrypt(stored)).toBe('1')
    fileOf({ current: 'k2', keys: { k2: K2 } })
    await waitFor(() => {
      expect(() => cipher.decrypt(stored)).toThrow(/no key with the id k1/)
      return true
    })
  })

  it.each([
    ['is no JSON', `"${K1}`],
    ['is another document', { keys: {} }],
    ['has a short key', { current: 'k1', keys: { k1: K1.slice(8) } }],
    ['lacks its current key', { current: 'k2', keys: { k1: K1 } }],
  ])('that %s is refused, and nothing of it is shown', async (_what, document) => {
    const failure = readKeyRing(read(fromFile(fileOf(document))))
    await expect(failure).rejects.toThrow(ConfigError)
    await expect(failure).rejects.not.toThrow(K1.slice(8))
  })

  it('that is not there is refused', async () => {
    await expect(readKeyRing(read(fromFile(join(folder, 'none'))))).rejects.toThrow('can not be read')
  })
})

describe('a vault', () => {
  let server: Server
  let answers: (() => [status: number, body: string])[]
  let asked: { url: string | undefined; headers: IncomingHttpHeaders }[]
  beforeEach(() => {
    asked = []
    server = createServer(({ url, headers }, response) => {
      asked.push({ url, headers })
      const [status, body] = (answers.length > 1 ? answers.shift() : answers[0])?.() ?? [500, '']
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const secret = (current: string, keys: object) => (): [number, string] => [
    200,
    JSON.stringify({ request_id: 'r', data: { data: { current, keys }, metadata: { version: 3 } } }),
  ]
  const failing = (status: number) => (): [number, string] => [status, '{"errors":["no"]}']

  async function vaultEnvironment(): Promise<Record<string, string>> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return {
      ENCRYPTION_KEY_SOURCE: 'vault',
      VAULT_ADDR: `http://127.0.0.1:${port}`,
      VAULT_TOKEN: 'hvs.token',
    }
  }

  it('is asked with its token for a secret of KV version 2, and followed', async () => {
    answers = [failing(503), secret('k1', { k1: K1 }), failing(503), secret('k2', { k1: K1, k2: K2 })]
    const cipher = await open({ ...(await vaultEnvironment()), VAULT_NAMESPACE: 'casino' })
    const stored = cipher.encrypt('1')
    expect(stored).toMatch(/^k1:/)
    await waitFor(() => cipher.currentKeyId === 'k2')
    expect(cipher.decrypt(stored)).toBe('1')
    expect(asked[0]).toMatchObject({
      url: '/v1/secret/data/stakestream/encryption',
      headers: { 'x-vault-token': 'hvs.token', 'x-vault-namespace': 'casino' },
    })
  })

  it.each([
    ['403', failing(403), 'answered 403'],
    ['another document', (): [number, string] => [200, '{"data":{}}'], 'KV version 2'],
    ['no ring', (): [number, string] => [200, '{"data":{"data":{"key":"v"}}}'], 'holds no key ring'],
  ])('that answers with %s is refused', async (_what, answer, text) => {
    answers = [answer]
    await expect(readKeyRing(read(await vaultEnvironment()))).rejects.toThrow(text)
  })
})
