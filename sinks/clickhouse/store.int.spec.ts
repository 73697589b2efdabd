import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import { useClickhouseSink } from '../../tests/support/clickhouse-sink.ts'
import { aBalance, aFullTransaction, aTransaction, aWithdrawal } from '../../tests/support/sink-events.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const BALANCES = 'wallet.balance'
const some = (count: number, change: Parameters<typeof aTransaction>[0] = {}): TransactionCreated[] =>
  Array.from({ length: count }, () => aTransaction(change))

const { rig, database, caughtUp, newStore, counts, rewind } = useClickhouseSink()

describe('a transaction', () => {
  it('lands with every field and both its ledger entries', async () => {
    const event = aFullTransaction()
    await rig().produce(TRANSACTIONS, [event])
    rig().startSink(newStore())
    await caughtUp()
    const { data } = event
    const [row] = await database().rows(
      `SELECT * REPLACE (toString(amount) AS amount, toString(balance_before) AS balance_before,
         toString(balance_after) AS balance_after, toString(held_after) AS held_after, toString(version) AS version,
         toString(kafka_offset) AS kafka_offset) EXCEPT (ingested_at)
       FROM transactions WHERE transaction_id = '${data.transaction_id}'`,
    )
    expect(row).toEqual({
      event_id: event.event_id,
      event_type: 'transaction.created',
      event_timestamp: '2026-11-22 12:30:15.128',
      transaction_id: data.transaction_id,
      command_id: data.command_id,
      wallet_id: data.wallet_id,
      partner_id: data.partner_id,
      player_id: data.player_id,
      type: 'ADJUSTMENT',
      status: 'CANCELED',
      amount: '999999999999999.9999',
      currency: 'EUR',
      direction: 'DEBIT',
      balance_before: '0.0005',
      balance_after: '999999999999999.0001',
      held_after: '0.0007',
      version: '4503599627370497',
      game_id: 'game/€',
      round_id: 'round "1"',
      campaign_id: 'spring',
      transaction_id_partner: "partner's \\ id",
      reference_transaction_id_partner: 'bet-1',
      reference_transaction_id: data.reference_transaction_id,
      win_type: 'JACKPOT',
      round_closed: true,
      hold_expires_at: '2026-11-23 12:30:15.123',
      error_code: 'HOLD_EXPIRED',
      retryable: true,
      reason: data.reason,
      created_at: '2026-11-22 12:30:15.123',
      processed_at: '2026-11-22 12:30:15.126',
      ip_address: data.ip_address,
      user_agent: data.user_agent,
      country: 'MT',
      player_country: 'SE',
      metadata: data.metadata,
      kafka_topic: rig().topics[TRANSACTIONS],
      kafka_partition: 0,
      kafka_offset: '0',
    })
    const entries = await database().rows(
      `SELECT * REPLACE (toString(amount) AS amount, toString(version) AS version)
       FROM ledger_entries_v WHERE transaction_id = '${data.transaction_id}' ORDER BY entry`,
    )
    const same = {
      event_id: event.event_id,
      currency: 'EUR',
      transaction_id: data.transaction_id,
      wallet_id: data.wallet_id,
      partner_id: data.partner_id,
      player_id: data.player_id,
      type: 'ADJUSTMENT',
      status: 'CANCELED',
      game_id: 'game/€',
      win_type: 'JACKPOT',
      version: '4503599627370497',
      created_at: '2026-11-22 12:30:15.123',
      processed_at: '2026-11-22 12:30:15.126',
    }
    expect(entries).toEqual([
      { ...same, entry: 0, account: 'PLAYER_HELD', amount: '-999999999999999.9999' },
      { ...same, entry: 1, account: 'ADJUSTMENT', amount: '999999999999999.9999' },
    ])
  })

  it('is there with all its entries or not at all: the largest batch is one part of a table', async () => {
    await database().client.command({ query: 'SYSTEM STOP MERGES' })
    const topic = `largest-${randomUUID()}`
    const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }
    const records = some(40_000).map((value, offset) => ({ offset, value, raw }))
    const run = { topic, partition: 0, from: 0, next: records.length }
    const store = newStore()
    await store.write([{ source: TRANSACTIONS, ...run, records }], { stillOurs: () => true })
    await store.close()
    const [row] = await database().rows(
      `SELECT toString(count()) AS entries, uniqExact(_part) AS parts FROM ledger_entries WHERE kafka_topic = '${topic}'`,
    )
    await database().client.command({ query: 'SYSTEM START MERGES' })
    expect([Number(row?.['entries']), Number(row?.['parts'])]).toEqual([80_000, 1])
  })

  it('that lacks all that may be absent lands with NULLs', async () => {
    const none = { balance_before: null, balance_after: null, held_after: null, version: 0, entries: [] }
    const rejected = aTransaction({ ...none, status: 'FAILED', transaction_id_partner: null })
    await rig().produce(TRANSACTIONS, [rejected])
    rig().startSink(newStore())
    await caughtUp()
    const [row] = await database().rows(
      `SELECT * FROM transactions_current WHERE transaction_id = '${rejected.data.transaction_id}'`,
    )
    const optional = Object.entries(rejected.data).filter(([, value]) => value === null)
    expect(optional.length).toBeGreaterThan(15)
    for (const [name] of optional) expect(row?.[name], name).toBeNull()
    expect((await counts()).ledger_entries).toBe(0)
  })

  it('shows its newest status once in the view, and all its events in the table', async () => {
    const deposit = aTransaction()
    const [held, approved, paid] = aWithdrawal(deposit)
    if (held === undefined || approved === undefined || paid === undefined) throw new Error('three steps')
    rig().startSink(newStore())
    await rig().produce(TRANSACTIONS, [deposit, held])
    await rig().produce(TRANSACTIONS, [approved])
    await rig().produce(TRANSACTIONS, [paid])
    await caughtUp()
    const rows = await database().rows(
      `SELECT status, reason FROM transactions_current WHERE transaction_id = '${held.data.transaction_id}'`,
    )
    expect(rows).toEqual([{ status: 'COMPLETED', reason: 'paid' }])
    expect(await counts()).toMatchObject({ transactions: 4, transactions_current: 2, ledger_entries: 6 })
    expect(
      await database().rows(
        `SELECT account, toString(sum(amount)) AS total FROM ledger_entries_v
         WHERE player_id = '${deposit.data.player_id}' GROUP BY account ORDER BY account`,
      ),
    ).toEqual([
      { account: 'CASH', total: '-6' },
      { account: 'PLAYER', total: '6' },
      { account: 'PLAYER_HELD', total: '0' },
    ])
  })
})

describe('a wallet', () => {
  it('shows its newest state once', async () => {
    const wallet_id = aTransaction().data.wallet_id
    const player = `player-${wallet_id}`
    rig().startSink(newStore())
    await rig().produce(BALANCES, [aBalance([{ wallet_id, version: 1 }], player)])
    await rig().produce(BALANCES, [
      aBalance(
        [
          { wallet_id, version: 7, balance: 5n, held: 3n, status: 'frozen', aml_hold: true },
          { wallet_id: aTransaction().data.wallet_id, currency: 'USD' },
        ],
        player,
      ),
    ])
    await caughtUp()
    const rows = await database().rows(
      `SELECT * REPLACE (toString(balance) AS balance, toString(held) AS held, toString(version) AS version)
       FROM wallet_balances WHERE wallet_id = '${wallet_id}'`,
    )
    expect(rows).toEqual([
      {
        wallet_id,
        partner_id: aTransaction().data.partner_id,
        player_id: player,
        currency: 'EUR',
        balance: '0.0005',
        held: '0.0003',
        status: 'frozen',
        aml_hold: true,
        version: '7',
        created_at: '2026-11-22 12:30:15.123',
        updated_at: '2026-11-22 12:30:15.127',
      },
    ])
    expect(await counts()).toMatchObject({ wallet_balances: 2 })
  })
})

describe('a replay', () => {
  it('from the first offset changes no number, in the tables and in the views', async () => {
    const deposits = some(50)
    const withdrawals = deposits.slice(0, 10).flatMap(aWithdrawal)
    const sink = rig().startSink(newStore())
    await rig().produce(TRANSACTIONS, deposits.slice(0, 30))
    await rig().produce(TRANSACTIONS, [...deposits.slice(30), ...withdrawals])
    await rig().produce(
      BALANCES,
      deposits.map(({ data }) => aBalance([{ wallet_id: data.wallet_id }], data.player_id)),
    )
    await caughtUp()
    await sink.stop()
    const dump = async (): Promise<string> =>
      JSON.stringify([
        await counts(),
        await database().rows('SELECT * FROM transactions ORDER BY event_id'),
        await database().rows('SELECT * FROM ledger_entries ORDER BY event_id, entry'),
        await database().rows('SELECT * FROM wallet_balance_updates ORDER BY wallet_id, version'),
      ])
    const before = await dump()
    expect(await counts()).toEqual({
      transactions: 80,
      ledger_entries: 140,
      transactions_current: 60,
      ledger_entries_v: 140,
      wallet_balances: 50,
    })
    for (let round = 0; round < 2; round++) {
      await rewind()
      const replaying = rig().startSink(newStore())
      await caughtUp()
      await replaying.stop()
      expect(await dump()).toBe(before)
    }
  })
})

// Last, since its many parts slow down what the server does beside.
describe('a batch', () => {
  it('of any month lands, more months than one insert may hold by default among them', async () => {
    const events = Array.from({ length: 105 }, (_, month) =>
      aTransaction({ created_at: Date.UTC(2010, month, 1) }),
    )
    await rig().produce(TRANSACTIONS, events)
    rig().startSink(newStore())
    await caughtUp()
    expect(await counts()).toMatchObject({ transactions: 105, ledger_entries: 210 })
  })
})
