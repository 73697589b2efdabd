/** What the pictures of a drill see, and what they leave out, on real databases. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createScratchClickhouse, createScratchPostgres } from '../support/scratch-databases.ts'
import type { ScratchClickhouse, ScratchPostgres } from '../support/scratch-databases.ts'
import { pictureClickhouse } from './clickhouse.ts'
import { compare } from './picture.ts'
import { picturePostgres } from './postgres.ts'

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
let postgres: ScratchPostgres
let clickhouse: ScratchClickhouse
beforeAll(async () => {
  ;[postgres, clickhouse] = await Promise.all([createScratchPostgres(), createScratchClickhouse()])
})
afterAll(() => Promise.all([postgres.drop(), clickhouse.drop()]))

describe('a picture of PostgreSQL', () => {
  const partner = randomUUID()
  const wallet = randomUUID()
  const transaction = randomUUID()
  const moment = '2026-11-01T00:00:00Z'
  /** What a statement has changed, as differences name it. */
  const changedBy = async (sql: string, values: unknown[] = []): Promise<string[]> => {
    const options = { cipher, withOffsets: true }
    const before = await picturePostgres(postgres.url, options)
    await postgres.rows(sql, values)
    return compare(before, await picturePostgres(postgres.url, options)).map(
      ({ name, what }) => `${name} ${what}`,
    )
  }

  it('sees rows that come, that change and that go, in every table', async () => {
    expect(
      await changedBy(`INSERT INTO partners (id, name, type) VALUES ($1, 'One', 'operator')`, [partner]),
    ).toEqual([`partners ${partner} is new`])
    await postgres.rows(
      `INSERT INTO wallets (id, player_id, partner_id, currency) VALUES ($1, 'ann', $2, 'USD')`,
      [wallet, partner],
    )
    expect(await changedBy('UPDATE wallets SET balance = 0.0001')).toEqual([`wallets ${wallet} is otherwise`])
    expect(await changedBy(`CREATE TABLE not_yet_known AS SELECT 1 AS id`).catch(String)).toContain('key')
    await postgres.rows('DROP TABLE not_yet_known')
  })

  it('opens what is sealed: another seal is no difference, another amount is one', async () => {
    await postgres.rows('SELECT ensure_transactions_partition($1::timestamptz)', [moment])
    await postgres.rows(
      `INSERT INTO transactions (id, wallet_id, player_id, partner_id, type, _encrypted_amount, currency, balance_after,
         wallet_version, status, status_version, status_offset, command_id, created_at, processed_at, updated_at)
       VALUES ($1, $2, 'ann', $3, 'BET', $4, 'USD', 1, 1, 'COMPLETED', 1, 0, $1, $5, $5, $5)`,
      [transaction, wallet, partner, cipher.encryptAmount(10_000n), moment],
    )
    const seal = 'UPDATE transactions SET _encrypted_amount = $1'
    expect(await changedBy(seal, [cipher.encryptAmount(10_000n)])).toEqual([])
    const [difference = '', ...others] = await changedBy(seal, [cipher.encryptAmount(10_001n)])
    expect([others, difference]).toEqual([
      [],
      expect.stringMatching(`^transactions ${transaction}/.* otherwise$`),
    ])
  })

  it('leaves out what no topic tells, and names the row by what it is about', async () => {
    await postgres.rows(`INSERT INTO ip_whitelist (partner_id, ip_address) VALUES ($1, '192.0.2.0/24')`, [
      partner,
    ])
    expect(await changedBy(`UPDATE ip_whitelist SET created_at = now() - interval '1 day'`)).toEqual([])
    expect(await changedBy('DELETE FROM ip_whitelist')).toEqual([
      `ip_whitelist ${partner}/192.0.2.0/24 is gone`,
    ])
  })
})

it('a picture of ClickHouse sees a newer state in the table and in the views over it, and no older one', async () => {
  const wallet = randomUUID()
  const write = (version: number, balance: number): Promise<unknown> =>
    clickhouse.client.command({
      query: `INSERT INTO wallet_balance_updates (wallet_id, balance, version) VALUES ('${wallet}', ${balance}, ${version})`,
    })
  const changedBy = async (work: () => Promise<unknown>): Promise<string[]> => {
    const before = await pictureClickhouse(clickhouse.client, true)
    await work()
    return compare(before, await pictureClickhouse(clickhouse.client, true)).map(({ name }) => name)
  }
  await write(2, 1)
  expect(await changedBy(() => write(3, 2))).toEqual(['wallet_balance_updates', 'wallet_balances'])
  expect(await changedBy(() => write(1, 5))).toEqual([])
})
