/** `encryption`: which keys have sealed what, and sealing anew after a rotation. */
import type { Command } from 'commander'
import { Pool } from 'pg'
import { z } from 'zod'
import { readConfig } from '../service/config.ts'
import { DecryptionError } from '../service/encryption.ts'
import { encryptionConfig, openCipher } from '../service/key-ring.ts'
import { createLogger } from '../service/logger.ts'
import { resealPartner } from './encryption/partner-seals.ts'
import { keyUses, partnersToReseal, resealAmounts } from './encryption/sealed-values.ts'
import type { KeyUse } from './encryption/sealed-values.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { note, printJson, printTable } from './output.ts'
import { formatCount, startProgress } from './replay/progress.ts'

const statusConfig = z.object({
  DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
})
const resealConfig = statusConfig.extend(encryptionConfig.shape).extend({
  STAKESTREAM_URL: z.url().default('http://127.0.0.1:8080'),
  STAKESTREAM_ADMIN_KEY: z.string(),
})

async function withPool<T>(databaseUrl: string, use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1, application_name: 'stakestream-encryption' })
  try {
    return await use(pool)
  } finally {
    await pool.end()
  }
}

async function status({ json }: { json?: boolean }): Promise<void> {
  loadLocalEnv()
  const uses = await withPool(readConfig(statusConfig).DATABASE_URL, keyUses)
  if (json) return printJson(uses)
  printTable(
    ['table', 'column', 'key', 'values'],
    uses.map(({ table, column, keyId, values }) => [table, column, keyId, formatCount(values)]),
  )
}

/** The first interrupt ends the work after the batch in progress. */
function stopOnSignal(): AbortSignal {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  return abort.signal
}

const sumOf = (uses: readonly KeyUse[]): number => uses.reduce((sum, { values }) => sum + values, 0)

async function reencrypt(): Promise<void> {
  loadLocalEnv()
  const config = readConfig(resealConfig)
  const cipher = await openCipher(config, createLogger('encryption', 'silent'))
  const signal = stopOnSignal()
  const api = { url: config.STAKESTREAM_URL, adminKey: config.STAKESTREAM_ADMIN_KEY }
  const left = await withPool(config.DATABASE_URL, async (pool) => {
    const older = (await keyUses(pool)).filter(({ keyId }) => keyId !== cipher.currentKeyId)
    const amounts = older.filter(({ table }) => table === 'transactions')
    const partners = await partnersToReseal(pool, cipher)
    let done = 0
    const progress = startProgress({
      unit: 'values',
      total: sumOf(amounts) + partners.length,
      read: () => ({ done, remark: '' }),
    })
    try {
      await resealAmounts(pool, cipher, { signal, onSealed: (rows) => (done += rows) })
      for (const id of partners) {
        if (signal.aborted) break
        await resealPartner(api, id)
        done++
      }
    } finally {
      progress.stop()
    }
    return sumOf(older.filter(({ table }) => table === 'players'))
  })
    .finally(() => cipher.close())
    .catch((error: unknown) => {
      if (!(error instanceof DecryptionError)) throw error
      throw new CliError(
        EXIT.failed,
        'VALUE_NOT_OPENED',
        error.message,
        'put the key that it was sealed with back into the ring, and start it again',
      )
    })
  if (signal.aborted) note('stopped; start it again to go on')
  else if (left > 0)
    note(
      `all but players is sealed with ${cipher.currentKeyId}; ${formatCount(left)} values of players are not: keep the ` +
        'older keys until their partners have put these profiles in place again',
    )
  else note(`everything but older webhook secrets is sealed with ${cipher.currentKeyId}`)
}

export function register(program: Command): void {
  const command = program
    .command('encryption')
    .description('Encryption at rest: which keys have sealed what, and sealing anew after a rotation.')
  command
    .command('status')
    .description(
      'How many values of PostgreSQL each key has sealed. A key that has sealed none can be taken out of the ring, once the ' +
        'webhook secrets that are older than its successor have been rotated: those lie in Kafka alone.',
    )
    .option('--json', 'print JSON')
    .action(status)
  command
    .command('reencrypt')
    .description(
      'Seals with the current key what other keys have sealed, while the system runs. May be stopped and started again.',
    )
    .action(reencrypt)
}
