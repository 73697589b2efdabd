/** Sealing anew on a real PostgreSQL: everything once, stopped and started again, and nothing where a value does not open. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCipher, DecryptionError } from '../service/encryption.ts'
import { createScratchPostgres } from '../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../tests/support/scratch-databases.ts'
import { waitFor } from '../tests/support/wait.ts'
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
    await resealColumn(pool, now, AMOUNTS, { signal, onSealed: (rows) => (sealed += rows) })
    expect([sealed, await sealedBy()]).toEqual([2_000, { k_2: ROWS }])
    expect(await amounts()).toEqual(all)
  })

  it('can be stopped after any batch and goes on when it is started again', async () => {
    const abort = new AbortController()
    await resealColumn(pool, now, AMOUNTS, { signal: abort.signal, onSealed: () => abort.abort() })
    expect(await sealedBy()).toEqual({ k1: 1_000, k_2: 1_500 })
    const signal = new AbortController().signal
    await resealColumn(pool, now, AMOUNTS, { signal, onSealed: () => undefined })
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
    const sealing = resealColumn(pool, now, AMOUNTS, {
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
    const failure = resealColumn(pool, without, AMOUNTS, { signal, onSealed: () => undefined })
    await expect(failure).rejects.toThrow(DecryptionError)
    expect(await sealedBy()).toEqual({ k1: 2_000, k_2: 500 })
  })

  it('names the partners whose personal data another key has sealed', async () => {
    expect(await partnersToReseal(pool, before)).toEqual([])
    expect(await partnersToReseal(pool, now)).toEqual([PARTNER])
  })

  it('seals the bodies of deliveries, and says of which players and endpoints something is sealed with another key', async () => {
    await pool.query('TRUNCATE webhook_deliveries, webhooks, players')
    const bodies = Array.from({ length: 1_300 }, (_, at) => ({ id: randomUUID(), body: `body ${at}` }))
    await pool.query(
      `INSERT INTO webhook_deliveries
         (id, webhook_id, partner_id, player_id, event_id, event_type, log_offset, body, status, occurred_at)
       SELECT id, id, id, 'p', id, 'transaction.created', 0, body, 'delivered', now()
       FROM json_to_recordset($1::json) AS row (id uuid, body text)`,
      [
        JSON.stringify(
          bodies.map(({ id, body }, at) => ({ id, body: (at % 4 ? before : now).encrypt(body) })),
        ),
      ],
    )
    const players = Array.from({ length: 700 }, (_, at) => `player-${String(at).padStart(3, '0')}`)
    await pool.query(
      `INSERT INTO players (partner_id, player_id, name, date_of_birth, limits, version, updated_at)
       SELECT $1, player_id, $2, CASE WHEN player_id < 'player-600' THEN $3 END, '[]', 1, now()
       FROM unnest($4::text[]) AS player_id`,
      [PARTNER, now.encrypt('Ann'), before.encrypt('1990-05-17'), players],
    )
    const [older, current, mixed, gone] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
    await pool.query(
      `INSERT INTO webhooks (id, partner_id, url, event_types, status, version, created_at, updated_at, secret_key_ids)
       SELECT id, $1, 'https://x.example', '[]', status, 1, now(), now(), keys
       FROM json_to_recordset($2::json) AS row (id uuid, status text, keys jsonb)`,
      [
        PARTNER,
        JSON.stringify([
          { id: older, status: 'active', keys: ['k1'] },
          { id: current, status: 'active', keys: ['k_2', 'k_2'] },
          { id: mixed, status: 'disabled', keys: ['k_2', 'k1'] },
          { id: gone, status: 'deleted', keys: [] },
        ]),
      ],
    )
    const of = async (table: string): Promise<unknown[]> =>
      (await keyUses(pool)).filter((use) => use.table === table).map(({ keyId, values }) => [keyId, values])
    expect(await of('webhook_deliveries')).toEqual([
      ['k1', 975],
      ['k_2', 325],
    ])
    expect(await of('webhooks')).toEqual([
      ['k1', 2],
      ['k_2', 3],
    ])
    const signal = new AbortController().signal
    await resealColumn(pool, now, DELIVERY_BODIES, { signal, onSealed: () => undefined })
    expect(await of('webhook_deliveries')).toEqual([['k_2', 1_300]])
    const stored = await database.rows('SELECT id, body FROM webhook_deliveries')
    expect(new Map(stored.map(({ id, body }) => [id, now.decrypt(String(body))]))).toEqual(
      new Map(bodies.map(({ id, body }) => [id, body])),
    )
    expect((await webhooksToReseal(pool, now)).map(({ webhookId }) => webhookId)).toEqual(
      [older, mixed].toSorted(),
    )
    const first = await playersToReseal(pool, now, undefined)
    const rest = await playersToReseal(pool, now, first.at(-1))
    expect([first.length, rest.length]).toEqual([500, 100])
    expect([...first, ...rest].map(({ playerId }) => playerId)).toEqual(players.slice(0, 600))
  })

  it('counts the credentials of game providers by key, and names the providers of which one is sealed with another', async () => {
    const credential = (name: string, cipher: typeof now) => ({
      name,
      sealed: cipher.encrypt(name),
      created_at: '2026-11-22T12:30:15.123Z',
    })
    const providers = {
      current: [credential('api_key', now)],
      mixed: [credential('api_key', now), credential('api_secret', before)],
      none: [],
      older: [credential('api_key', before)],
    }
    await pool.query('TRUNCATE games, game_providers')
    await pool.query(
      `INSERT INTO game_providers (id, name, api_credentials, supported_currencies, settings, version)
       SELECT id, id, credentials, '[]', '{}', 1 FROM json_each_text($1::json) AS row (id, credentials)`,
      [JSON.stringify(providers)],
    )
    const uses = (await keyUses(pool)).filter(({ table }) => table === 'game_providers')
    expect(uses.map(({ column, keyId, values }) => [column, keyId, values])).toEqual([
      ['api_credentials', 'k1', 2],
      ['api_credentials', 'k_2', 2],
    ])
    expect(await providersToReseal(pool, now)).toEqual(['mixed', 'older'])
    expect(await providersToReseal(pool, before)).toEqual(['current', 'mixed'])
  })
})
