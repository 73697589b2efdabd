/** What may go wrong around the ClickHouse sink, and that nothing is lost or doubled by it. */
import { describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import { useClickhouseSink } from '../../tests/support/clickhouse-sink.ts'
import { aBalance, aTransaction } from '../../tests/support/sink-events.ts'
import type { RunningSink } from '../../tests/support/sink-rig.ts'
import { waitFor } from '../../tests/support/wait.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const BALANCES = 'wallet.balance'
const some = (count: number, change: Parameters<typeof aTransaction>[0] = {}): TransactionCreated[] =>
  Array.from({ length: count }, () => aTransaction(change))

const { rig, database, proxy, caughtUp, positions, newStore, proxiedStore, dyingBefore, counts } =
  useClickhouseSink()

describe('a crash', () => {
  const failing = (sink: RunningSink): Promise<unknown> =>
    waitFor(() => JSON.stringify(sink.readiness().parts).includes('killed'), { what: 'the crash' })

  it.each(['ledger_entries', 'sink_positions'])(
    'before the insert into %s leaves nothing out and doubles nothing',
    async (table) => {
      // Two months, so that the rows of one batch are several parts.
      const events = [...some(40), ...some(40, { created_at: Date.UTC(2020, 1, 1) })]
      await rig().produce(TRANSACTIONS, events)
      await rig().produce(
        BALANCES,
        events.map(({ data }) => aBalance([{ wallet_id: data.wallet_id }], data.player_id)),
      )
      const dying = rig().startSink(dyingBefore(table))
      await failing(dying)
      await dying.stop()
      expect((await counts()).transactions).toBe(80)
      expect(
        await positions().then((stored) => stored.get(`${rig().topics[TRANSACTIONS]}/0`)),
      ).toBeUndefined()

      const more = some(5)
      await rig().produce(TRANSACTIONS, more)
      rig().startSink(newStore())
      await caughtUp()
      expect(await counts()).toEqual({
        transactions: 85,
        ledger_entries: 170,
        transactions_current: 85,
        ledger_entries_v: 170,
        wallet_balances: 80,
      })
    },
  )

  it('after a part of the rows of an insert adds just those that are missing', async () => {
    const old = some(10, { created_at: Date.UTC(2019, 1, 1) })
    const recent = some(10)
    await rig().produce(TRANSACTIONS, [...old, ...recent])
    const dying = rig().startSink(dyingBefore('sink_positions'))
    await failing(dying)
    await dying.stop()
    // As if the server had died between the parts of the two months.
    await database().client.command({
      query: 'ALTER TABLE transactions DROP PARTITION 201902',
    })
    expect((await counts()).transactions).toBe(10)
    rig().startSink(newStore())
    await caughtUp()
    expect(await counts()).toMatchObject({ transactions: 20, ledger_entries: 40, transactions_current: 20 })
  })
})

describe('an insert', () => {
  it('that was carried out but never answered is not carried out twice', async () => {
    const sink = rig().startSink(proxiedStore())
    await waitFor(() => sink.reader.status().positioned)
    const events = [...some(100), ...some(100, { created_at: Date.UTC(2021, 1, 1) })]
    proxy().loseAnswersTo('INSERT+INTO+', 3)
    await rig().produce(TRANSACTIONS, events)
    await caughtUp()
    expect(proxy().lost()).toBe(3)
    expect(await counts()).toMatchObject({ transactions: 200, ledger_entries: 400 })
  })

  it('that the server refuses because of one record leaves that one out, in the dead letters', async () => {
    await database().client.command({
      query: "ALTER TABLE ledger_entries ADD CONSTRAINT no_poison CHECK player_id != 'poison'",
    })
    const good = some(60)
    const poison = aTransaction({ player_id: 'poison' })
    await rig().produce(TRANSACTIONS, [...good.slice(0, 25), poison, ...good.slice(25)])
    await rig().produceRaw(TRANSACTIONS, Buffer.from('no wire format'))
    rig().startSink(newStore())
    await caughtUp()
    await rig().produce(TRANSACTIONS, some(1))
    await caughtUp()
    expect(await counts()).toMatchObject({ ledger_entries: 122, ledger_entries_v: 122 })
    const letters = await rig().deadLetters(TRANSACTIONS, 2)
    expect(letters.map(({ data }) => [data.source_offset, data.error_code])).toEqual([
      [25, 'RECORD_INVALID'],
      [62, 'RECORD_UNDECODABLE'],
    ])
    expect(letters[0]?.data.reason).toContain('no_poison')
    await database().client.command({ query: 'ALTER TABLE ledger_entries DROP CONSTRAINT no_poison' })
  })
})

describe('a table of another version', () => {
  it('is waited for, and no record is blamed for it', async () => {
    const modify = (type: string): Promise<unknown> =>
      database().client.command({ query: `ALTER TABLE transactions MODIFY COLUMN user_agent ${type}` })
    await modify('Nullable(String)')
    await rig().produce(TRANSACTIONS, some(20))
    const sink = rig().startSink(newStore())
    await waitFor(() => JSON.stringify(sink.readiness()).includes('while reading header'))
    expect(sink.readiness().ready).toBe(false)
    await modify('LowCardinality(Nullable(String))')
    await caughtUp()
    expect(await counts()).toMatchObject({ transactions: 20, ledger_entries: 40, transactions_current: 20 })
  })
})

describe('a store that is down', () => {
  it('is waited for, and then gets everything once', async () => {
    const sink = rig().startSink(proxiedStore())
    await rig().produce(TRANSACTIONS, some(10))
    await caughtUp()
    await proxy().close()
    await rig().produce(TRANSACTIONS, some(100), { partition: 1 })
    await waitFor(async () =>
      /retries_total\{[^}]*step="write"[^}]*\} ([3-9]|\d\d)/.test(await sink.registry.metrics()),
    )
    expect(sink.readiness()).toMatchObject({ ready: false, parts: { store: { available: false } } })
    expect(sink.reader.status().lagRecords).toBeGreaterThanOrEqual(100)
    await proxy().open()
    await caughtUp()
    expect(await counts()).toMatchObject({ transactions: 110, ledger_entries: 220 })
    await waitFor(() => sink.readiness().ready)
  })
})

describe('two instances in one group', () => {
  it('share the partitions, take over from each other, and write every record once', async () => {
    let produced = 0
    const produceSome = async (): Promise<void> => {
      for (const partition of [0, 1]) await rig().produce(TRANSACTIONS, some(40), { partition })
      produced += 80
    }
    const first = rig().startSink(newStore())
    await produceSome()
    await waitFor(() => first.reader.status().partitions === 4)
    const second = rig().startSink(newStore())
    for (let round = 0; round < 5; round++) await produceSome()
    await waitFor(() => first.reader.status().partitions === 2 && second.reader.status().partitions === 2)
    await produceSome()
    await first.stop()
    await produceSome()
    await waitFor(() => second.reader.status().partitions === 4)
    await caughtUp()
    expect(await counts()).toMatchObject({
      transactions: produced,
      ledger_entries: 2 * produced,
      transactions_current: produced,
    })
  })
})
