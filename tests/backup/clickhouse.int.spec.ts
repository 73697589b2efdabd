/** A database of ClickHouse is backed up while its sink is in the middle of a batch, and brought back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createScratchClickhouse } from '../support/scratch-databases.ts'
import type { ScratchClickhouse } from '../support/scratch-databases.ts'
import { unavailable } from '../support/unavailable.ts'
import { isInstalled, runScript } from './script.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-backup-'))
const positions = join(folder, 'positions.tsv')
let scratch: ScratchClickhouse
beforeAll(async () => {
  scratch = await createScratchClickhouse()
})
afterAll(async () => {
  await scratch.drop()
  rmSync(folder, { recursive: true })
})

const writePosition = (next: number): Promise<unknown> =>
  scratch.client.insert({
    table: 'sink_positions',
    columns: ['topic', 'partition', 'next_offset'],
    values: [['wallet.balance', 0, next]],
    format: 'JSONCompactEachRow',
  })
const writeBalance = (offset: number): Promise<unknown> =>
  scratch.client.command({
    query: `INSERT INTO wallet_balance_updates (wallet_id, kafka_topic, kafka_offset) SELECT generateUUIDv4(), 'wallet.balance', ${offset}`,
  })
const stored = () =>
  scratch.rows(
    'SELECT toString(next_offset) AS next, (SELECT toString(count()) FROM wallet_balances) AS wallets FROM sink_positions FINAL',
  )

it('comes back with its views, and with positions that never point past a row', async (context) => {
  if (!isInstalled('curl')) unavailable(context, 'there is no curl on the PATH')
  const target = `File('${scratch.database}')`
  const env = { CLICKHOUSE_URL: scratch.url.replace(/\/$/, ''), CLICKHOUSE_DATABASE: scratch.database }
  await writeBalance(0)
  await writePosition(1)
  runScript('clickhouse-backup.sh', [target, positions], env)
  // What comes behind the backup is lost with the database, and comes from Kafka again.
  await writeBalance(1)
  await writePosition(2)
  expect(() => runScript('clickhouse-restore.sh', [target, positions], env)).toThrow('drop it first')
  await scratch.client.command({ query: `DROP DATABASE ${scratch.database}` })
  runScript('clickhouse-restore.sh', [target, positions], env)
  expect(await stored()).toEqual([{ next: '1', wallets: '1' }])
})
