/** The API's statements on a real PostgreSQL with the project's own schema. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { createTcpProxy } from '../../tests/support/tcp-proxy.ts'
import { ApiError } from '../problem.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { walletRow } from './rows.ts'
import { readTransaction, readTransactions, readWithdrawal } from './transactions.ts'
import { readPastBalance, readWallet } from './wallets.ts'

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const partnerId = randomUUID()
const otherPartnerId = randomUUID()
const walletId = randomUUID()
const wallet = { partnerId, playerId: 'ann', currency: 'EUR' }
const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 0, 31, 22)

let postgres: ScratchPostgres
let database: Database

const open = (url: string): Database =>
  openDatabase({ url, connections: 3, statementTimeoutMs: 5_000, logger })

interface Inserted {
  id?: string
  type?: string
  status?: string
  round?: string | null
  own?: string | null
  reference?: string | null
  balanceAfter?: string | null
  version?: number
  createdAtMs: number
  processedAtMs?: number
  partner?: string
}

async function insert(row: Inserted): Promise<string> {
  const id = row.id ?? randomUUID()
  const createdAt = new Date(row.createdAtMs)
  await postgres.rows('SELECT ensure_transactions_partition($1)', [createdAt])
  await postgres.rows(
    `INSERT INTO transactions (id, wallet_id, player_id, partner_id, type, _encrypted_amount, currency, balance_after,
       held_after, wallet_version, status, status_version, status_offset, round_id, transaction_id_partner,
       reference_transaction_id_partner, command_id, created_at, processed_at, updated_at, metadata)
     VALUES ($1, $2, 'ann', $3, $4, 'k1:a.b.c', 'EUR', $5, 0, $6, $7, $6, 0, $8, $9, $10, $1, $11, $12, $12, $13)`,
    [
      id,
      walletId,
      row.partner ?? partnerId,
      row.type ?? 'BET',
      row.balanceAfter ?? '1.0000',
      row.version ?? 1,
      row.status ?? 'COMPLETED',
      row.round ?? null,
      row.own ?? null,
      row.reference ?? null,
      createdAt,
      new Date(row.processedAtMs ?? row.createdAtMs),
      '{"a": 1.10, "b": 12345678901234567890}',
    ],
  )
  return id
}

beforeAll(async () => {
  postgres = await createScratchPostgres()
  database = open(postgres.url)
  for (const id of [partnerId, otherPartnerId])
    await postgres.rows(`INSERT INTO partners (id, name, type) VALUES ($1, 'p', 'operator')`, [id])
  await postgres.rows(
    `INSERT INTO wallets (id, player_id, partner_id, currency, balance, held, version, status)
     VALUES ($1, 'ann', $2, 'EUR', 999999999999999.9999, 0.0001, 12, 'frozen')`,
    [walletId, partnerId],
  )
})
afterAll(async () => {
  await database.close()
  await postgres.drop()
})

describe('a wallet', () => {
  it('is read to the last digit', async () => {
    expect(await readWallet(database, wallet)).toEqual({
      balance: 9_999_999_999_999_999_999n,
      held: 1n,
      version: 12,
      status: 'frozen',
    })
  })
  it('is not there for another partner, player or currency', async () => {
    const others = [
      { ...wallet, partnerId: otherPartnerId },
      { ...wallet, playerId: 'bob' },
      { ...wallet, currency: 'USD' },
    ]
    for (const other of others) expect(await readWallet(database, other)).toBeUndefined()
  })
})

describe('a balance of the past', () => {
  it('is that after the newest change processed by then, later steps of withdrawals included', async () => {
    const withdrawal = await insert({
      type: 'WITHDRAWAL',
      balanceAfter: '60.0000',
      version: 2,
      createdAtMs: START_MS,
      processedAtMs: START_MS + HOUR_MS,
    })
    await insert({ type: 'DEPOSIT', balanceAfter: '100.0000', version: 1, createdAtMs: START_MS })
    await postgres.rows(
      `INSERT INTO transaction_updates (event_id, transaction_id, wallet_id, command_id, status, balance_after, held_after,
         wallet_version, created_at, processed_at)
       VALUES ($1, $2, $3, $1, 'CANCELED', 100, 0, 3, $4, $5)`,
      [randomUUID(), withdrawal, walletId, new Date(START_MS), new Date(START_MS + 2 * HOUR_MS)],
    )
    const at = async (ms: number): Promise<[bigint, number] | undefined> => {
      const row = await readPastBalance(database, wallet, ms)
      return row === undefined ? undefined : [row.balance_after, row.wallet_version]
    }
    expect(await at(START_MS - 1)).toBeUndefined()
    expect(await at(START_MS)).toEqual([1_000_000n, 1])
    expect(await at(START_MS + HOUR_MS)).toEqual([600_000n, 2])
    expect(await at(START_MS + 2 * HOUR_MS - 1)).toEqual([600_000n, 2])
    expect(await at(START_MS + 9 * HOUR_MS)).toEqual([1_000_000n, 3])
  })
})

describe('transactions', () => {
  it('are found by id within the partner only, with metadata to the digit', async () => {
    const id = await insert({ createdAtMs: START_MS, round: 'r-by-id' })
    expect(await readTransaction(database, partnerId, id)).toMatchObject({
      id,
      round_id: 'r-by-id',
      created_at: new Date(START_MS).toISOString(),
      metadata: '{"a": 1.10, "b": 12345678901234567890}',
    })
    expect(await readTransaction(database, otherPartnerId, id)).toBeUndefined()
  })

  it('tell whose a withdrawal is, and nothing of other types', async () => {
    const withdrawal = await insert({ type: 'WITHDRAWAL', createdAtMs: START_MS })
    const bet = await insert({ createdAtMs: START_MS })
    expect(await readWithdrawal(database, partnerId, withdrawal)).toEqual({
      player_id: 'ann',
      currency: 'EUR',
    })
    expect(await readWithdrawal(database, partnerId, bet)).toBeUndefined()
    expect(await readWithdrawal(database, otherPartnerId, withdrawal)).toBeUndefined()
  })

  it('are paged across months without a gap or a repetition, also where times are equal', async () => {
    const round = `r-${randomUUID()}`
    const times = [0, 1, 1, 1, 5, 5].map((hours) => START_MS + hours * HOUR_MS)
    const ids = []
    for (const createdAtMs of times) ids.push(await insert({ createdAtMs, round }))
    const seen: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 10; page++) {
      const rows = await readTransactions(database, {
        partnerId,
        filter: { player_id: 'ann', round_id: round },
        after: cursor === undefined ? undefined : decodeCursor(cursor),
        limit: 2,
      })
      seen.push(...rows.map(({ id }) => id))
      const last = rows.at(-1)
      if (last === undefined) break
      cursor = encodeCursor({ createdAtMs: Date.parse(last.created_at), id: last.id })
    }
    expect(seen.toSorted()).toEqual(ids.toSorted())
    expect(seen.slice(0, 2).toSorted()).toEqual(ids.slice(4).toSorted())
  })

  it('are filtered by every column and by time', async () => {
    const own = `own-${randomUUID()}`
    const id = await insert({
      createdAtMs: START_MS,
      own,
      status: 'FAILED',
      type: 'WIN',
      reference: 'bet-of-win',
    })
    await insert({ createdAtMs: START_MS, own, partner: otherPartnerId })
    const find = async (filter: object, times: { fromMs?: number; toMs?: number } = {}): Promise<string[]> =>
      (
        await readTransactions(database, {
          partnerId,
          filter: { transaction_id_partner: own, ...filter },
          ...times,
          limit: 5,
        })
      ).map((row) => row.id)
    expect(await find({})).toEqual([id])
    expect(await find({ status: 'FAILED', type: 'WIN', currency: 'EUR', player_id: 'ann' })).toEqual([id])
    expect(await find({ reference_transaction_id_partner: 'bet-of-win' })).toEqual([id])
    for (const filter of [{ status: 'COMPLETED' }, { type: 'BET' }, { currency: 'USD' }, { game_id: 'g' }])
      expect(await find(filter)).toEqual([])
    expect(await find({}, { fromMs: START_MS, toMs: START_MS + 1 })).toEqual([id])
    expect(await find({}, { fromMs: START_MS + 1 })).toEqual([])
    expect(await find({}, { toMs: START_MS })).toEqual([])
  })
})

describe('a database that does not answer', () => {
  it('is a 503, and reads go on when it is back', async () => {
    const proxy = await createTcpProxy(postgres.host, postgres.port)
    const through = open(postgres.urlAt(proxy.port))
    expect(await readWallet(through, wallet)).toBeDefined()
    await proxy.close()
    const error = await readWallet(through, wallet).catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(through.state()).toBe('down')
    await proxy.open()
    expect(await readWallet(through, wallet)).toBeDefined()
    expect(through.state()).toBe('up')
    await through.close()
    await proxy.close()
  })

  it('is a 503 too where a statement takes too long or the schema is not there yet, but a fault of ours is not', async () => {
    const impatient = openDatabase({ url: postgres.url, connections: 1, statementTimeoutMs: 50, logger })
    const codeOf = async (text: string): Promise<unknown> => {
      const error = await impatient.query(walletRow, text, []).catch((refusal: unknown) => refusal)
      return error instanceof ApiError
        ? error.code
        : error instanceof Error
          ? error.constructor.name
          : undefined
    }
    expect(await codeOf('SELECT pg_sleep(5)')).toBe('SERVICE_UNAVAILABLE')
    expect(await codeOf('SELECT * FROM not_yet')).toBe('SERVICE_UNAVAILABLE')
    expect(await codeOf('SELECT nonsense FROM wallets')).toBe('DatabaseError')
    await impatient.close()
  })
})
