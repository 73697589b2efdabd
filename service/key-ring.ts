/**
 * Where the keys for encryption at rest come from: the environment, a file, or HashiCorp Vault (KV version 2). A file and a
 * vault are read again now and then, so that a key can be added and made the current one while processes run.
 *
 * A rotation has three steps: the new key is added to the ring everywhere; a reload later it is made the current one; when
 * `encryption reencrypt` has sealed all values anew, the old key is taken away.
 */
import { readFile } from 'node:fs/promises'
import { ExponentialBackoff, handleAll, retry } from 'cockatiel'
import { z } from 'zod'
import { ConfigError, positiveInt } from './config.ts'
import { createRenewableCipher, KEY_BYTES, KEY_ID } from './encryption.ts'
import type { Cipher, KeyRing } from './encryption.ts'
import type { Logger } from './logger.ts'

const VAULT_TIMEOUT_MS = 5_000
/** Tries to read the ring at the start, and the first pause between two, in milliseconds. */
const START_TRIES = 5
const START_RETRY_MS = 200

const keyBytes = z.base64().transform((text, context) => {
  const key = Buffer.from(text, 'base64')
  if (key.length !== KEY_BYTES)
    context.addIssue({ code: 'custom', message: `must be ${KEY_BYTES} bytes in base64, not ${key.length}` })
  return key
})
const keyId = z.string().regex(KEY_ID)

/** "k0:BASE64,k1:BASE64" → keys by id. */
const olderKeys = z.string().transform((text, context) => {
  const keys = new Map<string, Buffer>()
  for (const part of text.split(',').filter((item) => item !== '')) {
    const colon = part.indexOf(':')
    const parsed = z.tuple([keyId, keyBytes]).safeParse([part.slice(0, colon), part.slice(colon + 1)])
    // The key itself must not come to stand in a message.
    if (parsed.success) keys.set(...parsed.data)
    else context.addIssue({ code: 'custom', message: 'an entry is not ID:BASE64 of 32 bytes' })
  }
  return keys
})

/** The part of a process's configuration from which its key ring is made. */
export const encryptionConfig = z.object({
  ENCRYPTION_KEY_SOURCE: z.enum(['environment', 'file', 'vault']).default('environment'),
  /** environment: the key that new values are sealed with, 32 bytes in base64; the name under which values refer to it; older keys. */
  ENCRYPTION_KEY: keyBytes.optional(),
  ENCRYPTION_KEY_ID: keyId.default('k1'),
  ENCRYPTION_OLDER_KEYS: olderKeys.default(new Map()),
  /** file: a JSON file, {"current": "k2", "keys": {"k1": "BASE64", "k2": "BASE64"}}. */
  ENCRYPTION_KEY_FILE: z.string().min(1).optional(),
  /** vault: the same as the data of a secret of KV version 2. */
  VAULT_ADDR: z.url().optional(),
  VAULT_TOKEN: z.string().min(1).optional(),
  VAULT_NAMESPACE: z.string().min(1).optional(),
  ENCRYPTION_VAULT_PATH: z.string().min(1).default('secret/data/stakestream/encryption'),
  /** How often a file and a vault are read again, in milliseconds. */
  ENCRYPTION_RELOAD_MS: positiveInt.default(30_000),
})
export type EncryptionConfig = z.output<typeof encryptionConfig>

const ringDocument = z
  .object({ current: keyId, keys: z.record(keyId, keyBytes) })
  .transform(({ current, keys }): KeyRing => ({ currentKeyId: current, keys: new Map(Object.entries(keys)) }))

/** The ring in a document; its faults are named by path, never with a value. */
function parseRing(value: unknown, from: string): KeyRing {
  const parsed = ringDocument.safeParse(value)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new ConfigError(`${from} holds no key ring: ${faults.join('; ')}`)
  }
  if (!parsed.data.keys.has(parsed.data.currentKeyId))
    throw new ConfigError(`${from}: the current key ${parsed.data.currentKeyId} is not among its keys`)
  return parsed.data
}

function needed<T>(value: T | undefined, name: string, source: string): T {
  if (value === undefined)
    throw new ConfigError(
      `The configuration is not valid.\n  ${name}: is needed where ENCRYPTION_KEY_SOURCE is ${source}`,
    )
  return value
}

function fromEnvironment(config: EncryptionConfig): KeyRing {
  const key = needed(config.ENCRYPTION_KEY, 'ENCRYPTION_KEY', 'environment')
  const { ENCRYPTION_KEY_ID: currentKeyId, ENCRYPTION_OLDER_KEYS: older } = config
  return { currentKeyId, keys: new Map([...older, [currentKeyId, key]]) }
}

async function fromFile(path: string): Promise<KeyRing> {
  let document: unknown
  try {
    // oxlint-disable-next-line security/detect-non-literal-fs-filename -- the operator's configuration names it
    document = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    // The parser's own message would show a piece of the file.
    throw new ConfigError(`ENCRYPTION_KEY_FILE: ${path} can not be read as JSON`, {
      cause: error instanceof SyntaxError ? undefined : error,
    })
  }
  return parseRing(document, path)
}

const vaultAnswer = z.object({ data: z.object({ data: z.unknown() }) })

async function fromVault(config: EncryptionConfig): Promise<KeyRing> {
  const address = needed(config.VAULT_ADDR, 'VAULT_ADDR', 'vault')
  const token = needed(config.VAULT_TOKEN, 'VAULT_TOKEN', 'vault')
  const { VAULT_NAMESPACE: namespace, ENCRYPTION_VAULT_PATH: path } = config
  const response = await fetch(new URL(`/v1/${path}`, address), {
    headers: {
      'X-Vault-Token': token,
      'X-Vault-Request': 'true',
      ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
    },
    signal: AbortSignal.timeout(VAULT_TIMEOUT_MS),
  })
  if (!response.ok) throw new ConfigError(`the vault answered ${response.status} for ${path}`)
  const answer = vaultAnswer.safeParse(await response.json())
  if (!answer.success) throw new ConfigError(`the vault's answer for ${path} is not that of KV version 2`)
  return parseRing(answer.data.data.data, `the vault's ${path}`)
}

/** Reads the ring from where the configuration says. Throws `ConfigError`, or what the file system or network says. */
export async function readKeyRing(config: EncryptionConfig): Promise<KeyRing> {
  switch (config.ENCRYPTION_KEY_SOURCE) {
    case 'environment':
      return fromEnvironment(config)
    case 'file':
      return fromFile(needed(config.ENCRYPTION_KEY_FILE, 'ENCRYPTION_KEY_FILE', 'file'))
    case 'vault':
      return fromVault(config)
  }
}

/** A cipher that follows its source. */
export interface FollowingCipher extends Cipher {
  /** Ends the reading of the source. */
  close(): void
}

/**
 * Opens the cipher of the configuration. A source that can't be read at the start is tried a few times, then the process
 * ends; later the ring that is known stays, and the fault is logged.
 */
export async function openCipher(config: EncryptionConfig, logger: Logger): Promise<FollowingCipher> {
  const policy = retry(handleAll, {
    maxAttempts: START_TRIES - 1,
    backoff: new ExponentialBackoff({ initialDelay: START_RETRY_MS }),
  })
  const read = (): Promise<KeyRing> => readKeyRing(config)
  const isFixed = config.ENCRYPTION_KEY_SOURCE === 'environment'
  const cipher = createRenewableCipher(isFixed ? await read() : await policy.execute(read))
  const reload = async (): Promise<void> => {
    try {
      const before = cipher.currentKeyId
      cipher.renew(await read())
      if (cipher.currentKeyId !== before)
        logger.info({ was: before, now: cipher.currentKeyId }, 'new values are sealed with another key')
    } catch (error) {
      logger.warn({ err: error }, 'the key ring can not be read again; the one that is known stays')
    }
  }
  const timer = isFixed ? undefined : setInterval(() => void reload(), config.ENCRYPTION_RELOAD_MS)
  timer?.unref()
  return Object.assign(cipher, { close: () => clearInterval(timer) })
}
