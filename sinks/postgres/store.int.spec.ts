import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aBalance, aFullTransaction, aTransaction, aWithdrawal } from '../../tests/support/sink-events.ts'
import { createRig } from '../../tests/support/sink-rig.ts'
import type { Rig } from '../../tests/support/sink-rig.ts'
import type { SinkStore } from '../runtime/types.ts'
import { createPostgresStore } from './store.ts'

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
const logger = createLogger('test', 'silent')

let database: ScratchPostgres
let rig: Rig

beforeAll(async () => {
  database = await createScratchPostgres()
})
afterAll(() => database.drop())
beforeEach(async () => {
  rig = await createRig()
})
afterEach(() => rig.close())

const newStore = (url = database.url): SinkStore => createPostgresStore({ databaseUrl: url, cipher, logger })
const positions = async (): Promise<Map<string, number>> =>
  new Map(
    (await database.rows('SELECT topic, partition, next_offset FROM sink_positions')).map((row) => [
      `${String(row['topic'])}/${String(row['partition'])}`,
      Number(row['next_offset']),
    ]),
  )
const caughtUp = (): Promise<void> => rig.caughtUp(positions)
const transactionRows = (ids: readonly string[]): Promise<Record<string, unknown>[]> =>
  database.rows('SELECT * FROM transactions WHERE id = ANY($1) ORDER BY created_at, id', [ids])
const walletOf = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await database.rows('SELECT * FROM wallets WHERE id = $1', [id]))[0]

describe('a transaction', () => {
  it('lands with every field, and its amount opens with the key alone', async () => {
    const event = aFullTransaction()
    await rig.produce('wallet.transaction.created', [event])
    rig.startSink(newStore())
    await caughtUp()
    const { data } = event
    const [row] = await transactionRows([data.transaction_id])
    const { _encrypted_amount: sealed, metadata, ...plain } = row ?? {}
    expect(cipher.decryptAmount(String(sealed))).toBe(data.amount)
    const [stored] = await database.rows('SELECT metadata::text FROM transactions WHERE id = $1', [
      data.transaction_id,
    ])
    expect(stored).toEqual({
      metadata: '{"a": [true, null, "€ \\" \\\\u0000"], "b": 1.10, "big": 12345678901234567890.123}',
    })
    expect(metadata).toBeTypeOf('object')
    expect(plain).toEqual({
      id: data.transaction_id,
      wallet_id: data.wallet_id,
      player_id: data.player_id,
      partner_id: data.partner_id,
      type: 'ADJUSTMENT',
      currency: 'EUR',
      direction: 'DEBIT',
      balance_before: '0.0005',
      balance_after: '999999999999999.0001',
      held_after: '0.0007',
      wallet_version: '4503599627370497',
      status: 'CANCELED',
      status_version: '4503599627370497',
      status_offset: '0',
      game_id: 'game/€',
      round_id: 'round "1"',
      campaign_id: 'spring',
      transaction_id_partner: "partner's \\ id",
      reference_transaction_id_partner: 'bet-1',
      reference_transaction_id: data.reference_transaction_id,
      win_type: 'JACKPOT',
      round_closed: true,
      hold_expires_at: new Date(data.hold_expires_at ?? 0),
      error_code: 'HOLD_EXPIRED',
      retryable: true,
      reason: data.reason,
      command_id: data.command_id,
      ip_address: data.ip_address,
      user_agent: data.user_agent,
      country: 'MT',
      created_at: new Date(data.created_at),
      processed_at: new Date(data.processed_at),
      updated_at: new Date(data.processed_at),
    })
  })

  it('of a player without a wallet lands without one; any other must have one', async () => {
    const none = { balance_before: null, balance_after: null, held_after: null, version: 0, entries: [] }
    const rejected = aTransaction({ ...none, type: 'BET', status: 'FAILED', error_code: 'WALLET_NOT_FOUND' })
    const tombstone = aTransaction({ ...none, type: 'ROLLBACK', amount: 0n })
    await rig.produce('wallet.transaction.created', [rejected, tombstone])
    rig.startSink(newStore())
    await caughtUp()
    const rows = await transactionRows([rejected.data.transaction_id, tombstone.data.transaction_id])
    expect(rows.map((row) => row['wallet_id'])).toEqual([null, null])
    expect(await walletOf(rejected.data.wallet_id)).toBeUndefined()

    // A completed deposit without a balance breaks the rule: the database refuses it, the rest goes on.
    const impossible = aTransaction(none)
    const after = aTransaction()
    await rig.produce('wallet.transaction.created', [impossible, after])
    await caughtUp()
    expect(await transactionRows([impossible.data.transaction_id])).toEqual([])
    expect(await transactionRows([after.data.transaction_id])).toHaveLength(1)
    const [letter] = await rig.deadLetters('wallet.transaction.created', 1)
    expect(letter?.data).toMatchObject({ error_code: 'RECORD_INVALID', source_offset: 3 })
    expect(letter?.data.reason).toContain('transactions_wallet_id_check')
  })

  it('shows the newest status in its row and every step beside it, also when the steps come apart', async () => {
    const deposit = aTransaction()
    const steps = aWithdrawal(deposit)
    const [held, approved, paid] = steps
    if (held === undefined || approved === undefined || paid === undefined) throw new Error('three steps')
    rig.startSink(newStore())
    await rig.produce('wallet.transaction.created', [deposit, held])
    await caughtUp()
    expect((await transactionRows([held.data.transaction_id]))[0]).toMatchObject({
      status: 'PENDING',
      reason: null,
    })
    await rig.produce('wallet.transaction.created', [approved, paid])
    await caughtUp()
    expect((await transactionRows([held.data.transaction_id]))[0]).toMatchObject({
      status: 'COMPLETED',
      reason: 'paid',
      balance_before: '10.0000',
      balance_after: '6.0000',
      held_after: '4.0000',
      wallet_version: '2',
      status_version: '4',
      command_id: paid.data.command_id,
      processed_at: new Date(held.data.processed_at),
      updated_at: new Date(paid.data.processed_at),
    })
    const updates = await database.rows(
      'SELECT * FROM transaction_updates WHERE transaction_id = $1 ORDER BY wallet_version',
      [held.data.transaction_id],
    )
    expect(updates).toMatchObject([
      {
        event_id: approved.event_id,
        status: 'PROCESSING',
        wallet_version: '3',
        held_after: '4.0000',
        reason: 'approved',
      },
      {
        event_id: paid.event_id,
        status: 'COMPLETED',
        wallet_version: '4',
        held_after: '0.0000',
        balance_after: '6.0000',
      },
    ])
  })

  it('lands in the partition of its month, whatever the month, and two sinks may make it at once', async () => {
    const months = [Date.UTC(1970, 0, 1), Date.UTC(2014, 11, 31, 23, 59, 59, 999), Date.UTC(2199, 11, 31)]
    const events = months.map((created_at) => aTransaction({ created_at }))
    await rig.produce('wallet.transaction.created', events)
    rig.startSink(newStore())
    await caughtUp()
    const rows = await database.rows(
      'SELECT tableoid::regclass::text AS partition FROM transactions WHERE id = ANY($1) ORDER BY created_at',
      [events.map(({ data }) => data.transaction_id)],
    )
    expect(rows.map((row) => row['partition'])).toEqual([
      'transactions_1970_01',
      'transactions_2014_12',
      'transactions_2199_12',
    ])
    const calls = Array.from({ length: 8 }, () =>
      database.rows("SELECT ensure_transactions_partition('2031-05-17T00:00:00Z')"),
    )
    await expect(Promise.all(calls)).resolves.toHaveLength(8)
  })
})

describe('a wallet', () => {
  it('is known from its first transaction, and then from its own record, which is the authority', async () => {
    const deposit = aTransaction()
    const { wallet_id, player_id } = deposit.data
    rig.startSink(newStore())
    await rig.produce('wallet.transaction.created', [deposit])
    await caughtUp()
    expect(await walletOf(wallet_id)).toMatchObject({ balance: '10.0000', version: '1', status: 'active' })

    const frozen = {
      wallet_id,
      balance: 60_000n,
      held: 40_000n,
      version: 3,
      status: 'frozen' as const,
      aml_hold: true,
    }
    const updated_at = Date.UTC(2026, 10, 23)
    await rig.produce('wallet.balance', [aBalance([{ ...frozen, updated_at }], player_id)])
    await caughtUp()
    const expected = {
      id: wallet_id,
      player_id,
      partner_id: deposit.data.partner_id,
      currency: 'EUR',
      balance: '6.0000',
      held: '4.0000',
      version: '3',
      status: 'frozen',
      aml_hold: true,
      created_at: new Date(deposit.data.created_at),
      updated_at: new Date(updated_at),
    }
    expect(await walletOf(wallet_id)).toEqual(expected)

    // Older ones change nothing, of either topic.
    await rig.produce('wallet.balance', [aBalance([{ wallet_id, version: 2, balance: 1n }], player_id)])
    await rig.produce('wallet.transaction.created', [
      aTransaction({ wallet_id, player_id, version: 2, balance_after: 2n }),
    ])
    await caughtUp()
    expect(await walletOf(wallet_id)).toEqual(expected)
  })

  it('of a partner whom nobody has described gets a partner row to refer to', async () => {
    const partnerId = randomUUID()
    await rig.produce('wallet.balance', [aBalance([{ wallet_id: randomUUID() }], 'p', partnerId)])
    rig.startSink(newStore())
    await caughtUp()
    expect(await database.rows('SELECT name, type, status FROM partners WHERE id = $1', [partnerId])).toEqual(
      [{ name: `partner ${partnerId}`, type: 'operator', status: 'active' }],
    )
  })
})
