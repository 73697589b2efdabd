/** Sealing anew on a real PostgreSQL: everything once, stopped and started again, and nothing where a value does not open. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCipher, DecryptionError } from '../service/encryption.ts'
import { createScratchPostgres } from '../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../tests/support/scratch-databases.ts'
import { waitFor } from '../tests/support/wait.ts'
import { keyUses, partnersToReseal, resealAmounts } from './encryption/sealed-values.ts'

const keys = new Map([
  ['k1', randomBytes(32)],
  ['k_2', randomBytes(32)],
])
const before = createCipher({ currentKeyId: 'k1', keys })
const now = createCipher({ currentKeyId: 'k_2', keys })
const ROWS = 2_500
const PARTNER = randomUUID()

let database: ScratchPostgres
let pool: Pool
beforeAll(async () => {
  database = await createScratchPostgres()
  pool = new Pool({ connectionString: database.url, max: 2 })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

beforeEach(async () => {
  await pool.query('TRUNCATE partners, wallets, transactions CASCADE')
  await pool.query(`INSERT INTO partners (id, name, type, contact_email) VALUES ($1, 'p', 'operator', $2)`, [
    PARTNER,
    before.encrypt('ops@partner.example'),
  ])
  await pool.query(`SELECT ensure_transactions_partition('2026-11-01T00:00:00Z')`)
  const rows = Array.from({ length: ROWS }, (_, at) => ({
    id: randomUUID(),
    // Many rows of one moment: the order within it is the id's.
    created_at: new Date(Date.UTC(2026, 10, 1) + Math.floor(at / 700)).toISOString(),
    sealed: (at % 5 === 0 ? now : before).encryptAmount(BigInt(at)),
  }))
  await pool.query(
    `INSERT INTO transactions (id, player_id, partner_id, type, _encrypted_amount, currency, wallet_version, status,
       status_version, status_offset, round_closed, command_id, created_at, processed_at, updated_at)
     SELECT id, 'p', $2, 'BET', sealed, 'USD', 0, 'FAILED', 1, 0, false, id, created_at, created_at, created_at
     FROM json_to_recordset($1::json) AS row (id uuid, created_at timestamptz, sealed text)`,
    [JSON.stringify(rows), PARTNER],
  )
})

const amounts = async (): Promise<bigint[]> => {
  const rows = await database.rows('SELECT _encrypted_amount AS sealed FROM transactions')
  return rows.map(({ sealed }) => now.decryptAmount(String(sealed))).toSorted((a, b) => Number(a - b))
}
const all = Array.from({ length: ROWS }, (_, at) => BigInt(at))
const sealedBy = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await keyUses(pool))
      .filter(({ table }) => table === 'transactions')
      .map(({ keyId, values }) => [keyId, values]),
  )

describe('sealing anew', () => {
  it('seals every amount with the current key, each as it was', async () => {
    expect(await sealedBy()).toEqual({ k1: 2_000, k_2: 500 })
    let sealed = 0
    const signal = new AbortController().signal
    await resealAmounts(pool, now, { signal, onSealed: (rows) => (sealed += rows) })
    expect([sealed, await sealedBy()]).toEqual([2_000, { k_2: ROWS }])
    expect(await amounts()).toEqual(all)
  })

  it('can be stopped after any batch and goes on when it is started again', async () => {
    const abort = new AbortController()
    await resealAmounts(pool, now, { signal: abort.signal, onSealed: () => abort.abort() })
    expect(await sealedBy()).toEqual({ k1: 1_000, k_2: 1_500 })
    const signal = new AbortController().signal
    await resealAmounts(pool, now, { signal, onSealed: () => undefined })
    expect(await sealedBy()).toEqual({ k_2: ROWS })
    expect(await amounts()).toEqual(all)
  })

  it('leaves a row alone that was written meanwhile', async () => {
    const late = now.encryptAmount(7n)
    const client = await pool.connect()
    await client.query('BEGIN')
    const first = `SELECT id FROM transactions WHERE starts_with(_encrypted_amount, 'k1:') ORDER BY created_at, id LIMIT 1`
    const { rows } = await client.query(
      `UPDATE transactions SET _encrypted_amount = $1 WHERE id = (${first}) RETURNING id`,
      [late],
    )
    const { id } = z.object({ id: z.string() }).parse(rows[0])
    // It reads the row as it was before, and then waits for the row's lock.
    const sealing = resealAmounts(pool, now, {
      signal: new AbortController().signal,
      onSealed: () => undefined,
    })
    await waitFor(async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%json_to_recordset%'`
      return (await database.rows(waiting)).length > 0
    })
    await client.query('COMMIT')
    client.release()
    await sealing
    const [row] = await database.rows('SELECT _encrypted_amount AS sealed FROM transactions WHERE id = $1', [
      id,
    ])
    expect(row?.['sealed']).toBe(late)
    expect(await sealedBy()).toEqual({ k_2: ROWS })
  })

  it('ends at a value that does not open, and changes none behind it', async () => {
    const without = createCipher({ currentKeyId: 'k_2', keys: new Map([...keys].slice(1)) })
    const signal = new AbortController().signal
    const failure = resealAmounts(pool, without, { signal, onSealed: () => undefined })
    await expect(failure).rejects.toThrow(DecryptionError)
    expect(await sealedBy()).toEqual({ k1: 2_000, k_2: 500 })
  })

  it('names the partners whose personal data another key has sealed', async () => {
    expect(await partnersToReseal(pool, before)).toEqual([])
    expect(await partnersToReseal(pool, now)).toEqual([PARTNER])
  })
})
