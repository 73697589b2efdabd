/** `encryption`: which keys have sealed what, and sealing anew after a rotation. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { Pool } from 'pg'
import { z } from 'zod'
import { readConfig } from '../service/config.ts'
import { DecryptionError } from '../service/encryption.ts'
import type { Cipher } from '../service/encryption.ts'
import { encryptionConfig, openCipher } from '../service/key-ring.ts'
import { createLogger } from '../service/logger.ts'
import type { AdminApi } from './encryption/admin-api.ts'
import { resealPartner, resealPlayer, resealProvider, resealWebhook } from './encryption/partner-seals.ts'
import type { PlayerName } from './encryption/partner-seals.ts'
import {
  AMOUNTS,
  DELIVERY_BODIES,
  keyUses,
  partnersToReseal,
  playersToReseal,
  providersToReseal,
  resealColumn,
  webhooksToReseal,
} from './encryption/sealed-values.ts'
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

/** Calls to the API that are under way at a time. */
const CALLS_MAX = 4
/** How long the read side is given to show what was sealed anew last, in milliseconds. */
const READ_SIDE_MS = 10_000
const POLL_MS = 200

interface Work {
  pool: Pool
  cipher: Cipher
  api: AdminApi
  signal: AbortSignal
  onSealed: (values: number) => void
}

async function eachOf<T>(items: readonly T[], work: Work, reseal: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const lane = async (): Promise<void> => {
    for (const item of left) {
      if (work.signal.aborted) return
      await reseal(item)
      work.onSealed(1)
    }
  }
  await Promise.all(Array.from({ length: CALLS_MAX }, lane))
}

async function resealPlayers(work: Work): Promise<void> {
  let last: PlayerName | undefined
  while (!work.signal.aborted) {
    const players = await playersToReseal(work.pool, work.cipher, last)
    last = players.at(-1)
    if (last === undefined) return
    await eachOf(players, work, (player) => resealPlayer(work.api, player))
  }
}

async function resealAll(work: Work): Promise<void> {
  const { pool, cipher, api } = work
  await resealColumn(pool, cipher, AMOUNTS, work)
  await resealColumn(pool, cipher, DELIVERY_BODIES, work)
  await eachOf(await partnersToReseal(pool, cipher), work, (id) => resealPartner(api, id))
  await eachOf(await webhooksToReseal(pool, cipher), work, (webhook) => resealWebhook(api, webhook))
  await eachOf(await providersToReseal(pool, cipher), work, (id) => resealProvider(api, id))
  await resealPlayers(work)
}

/** Values that another key than the current one has sealed, once the read side shows what was done or has had its time. */
async function olderAfter({ pool, cipher }: Work): Promise<number> {
  const giveUpMs = performance.now() + READ_SIDE_MS
  for (;;) {
    const older = (await keyUses(pool)).filter(({ keyId }) => keyId !== cipher.currentKeyId)
    if (older.length === 0 || performance.now() > giveUpMs) return sumOf(older)
    await sleep(POLL_MS)
  }
}

/** Seals everything anew with the current key. Answers how many values are left that another key has sealed. */
async function resealWithProgress(work: Omit<Work, 'onSealed'>): Promise<number> {
  const older = (await keyUses(work.pool)).filter(({ keyId }) => keyId !== work.cipher.currentKeyId)
  let done = 0
  const own = { ...work, onSealed: (values: number) => (done += values) }
  const progress = startProgress({
    unit: 'values',
    total: sumOf(older),
    read: () => ({ done, remark: '' }),
  })
  try {
    await resealAll(own)
  } finally {
    progress.stop()
  }
  return work.signal.aborted ? 0 : olderAfter(own)
}

async function reencrypt(): Promise<void> {
  loadLocalEnv()
  const config = readConfig(resealConfig)
  const cipher = await openCipher(config, createLogger('encryption', 'silent'))
  const signal = stopOnSignal()
  const api = { url: config.STAKESTREAM_URL, adminKey: config.STAKESTREAM_ADMIN_KEY }
  const left = await withPool(config.DATABASE_URL, (pool) =>
    resealWithProgress({ pool, cipher, api, signal }),
  )
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
      `${formatCount(left)} values were changed by someone else meanwhile, or are not shown yet; start it again`,
    )
  else note(`everything is sealed with ${cipher.currentKeyId}`)
}

export function register(program: Command): void {
  const command = program
    .command('encryption')
    .description('Encryption at rest: which keys have sealed what, and sealing anew after a rotation.')
  command
    .command('status')
    .description(
      'How many values each key has sealed. A key that has sealed none can be taken out of the ring.',
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
