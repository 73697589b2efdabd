/** What may go wrong around the PostgreSQL sink, and that nothing is lost, doubled or passed over by it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aBalance, aTransaction, aWithdrawal } from '../../tests/support/sink-events.ts'
import { createRig } from '../../tests/support/sink-rig.ts'
import type { Rig } from '../../tests/support/sink-rig.ts'
import { createTcpProxy } from '../../tests/support/tcp-proxy.ts'
import type { TcpProxy } from '../../tests/support/tcp-proxy.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { PositionError } from '../runtime/types.ts'
import type { SinkStore } from '../runtime/types.ts'
import { createPostgresStore } from './store.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const BALANCES = 'wallet.balance'
const TABLES = ['partners', 'wallets', 'transactions', 'transaction_updates']

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
const logger = createLogger('test', 'silent')

let database: ScratchPostgres
let proxy: TcpProxy
let rig: Rig

beforeAll(async () => {
  database = await createScratchPostgres()
  proxy = await createTcpProxy(database.host, database.port)
})
afterAll(async () => {
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  rig = await createRig()
})
afterEach(() => rig.close())

const newStore = (url = database.url): SinkStore => createPostgresStore({ databaseUrl: url, cipher, logger })
const proxiedStore = (): SinkStore => newStore(database.urlAt(proxy.port))
const positions = async (): Promise<Map<string, number>> =>
  new Map(
    (await database.rows('SELECT topic, partition, next_offset FROM sink_positions')).map((row) => [
      `${String(row['topic'])}/${String(row['partition'])}`,
      Number(row['next_offset']),
    ]),
  )
const caughtUp = (): Promise<void> => rig.caughtUp(positions)
const idsOf = (events: readonly TransactionCreated[]): string[] =>
  events.map(({ data }) => data.transaction_id)
const countOf = async (events: readonly TransactionCreated[]): Promise<number> =>
  Number(
    (await database.rows('SELECT count(*) AS n FROM transactions WHERE id = ANY($1)', [idsOf(events)]))[0]?.[
      'n'
    ],
  )
const some = (count: number, change: Parameters<typeof aTransaction>[0] = {}): TransactionCreated[] =>
  Array.from({ length: count }, () => aTransaction(change))

/** Every row of every table as text, with the database transaction that last wrote it. */
async function dump(): Promise<string> {
  const tables = await Promise.all(
    TABLES.map((table) => database.rows(`SELECT xmin::text, t::text FROM ${table} AS t ORDER BY t::text`)),
  )
  return JSON.stringify(tables)
}

describe('a replay', () => {
  it('from the first offset writes to no row at all', async () => {
    const deposits = some(50)
    const withdrawals = deposits.slice(0, 10).flatMap(aWithdrawal)
    const sink = rig.startSink(newStore())
    await rig.produce(TRANSACTIONS, deposits.slice(0, 30))
    await rig.produce(TRANSACTIONS, [...deposits.slice(30), ...withdrawals])
    await rig.produce(
      BALANCES,
      deposits.map(({ data }) => aBalance([{ wallet_id: data.wallet_id, version: 5 }], data.player_id)),
    )
    await caughtUp()
    await sink.stop()
    const before = await dump()
    expect(JSON.parse(before)).toMatchObject([{ length: 1 }, { length: 50 }, { length: 60 }, { length: 20 }])

    await database.rows('UPDATE sink_positions SET next_offset = 0')
    rig.startSink(newStore())
    await caughtUp()
    expect(await dump()).toBe(before)
  })
})

describe('a batch', () => {
  it('that fails between its rows and its positions leaves neither, and lands once when it succeeds', async () => {
    await database.rows(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'shut down' USING ERRCODE = 'admin_shutdown'; END $$`)
    await database.rows(
      `CREATE TRIGGER fail BEFORE UPDATE ON sink_positions FOR EACH ROW WHEN (NEW.topic = '${rig.topics[TRANSACTIONS]}')
       EXECUTE FUNCTION fail()`,
    )
    const events = some(20)
    await rig.produce(TRANSACTIONS, events)
    const sink = rig.startSink(newStore())
    await waitFor(() => !sink.readiness().ready && sink.reader.status().positioned)
    await waitFor(() => JSON.stringify(sink.readiness().parts).includes('shut down'))
    expect(await countOf(events)).toBe(0)
    await database.rows('DROP TRIGGER fail ON sink_positions')
    await database.rows('DROP FUNCTION fail')
    await caughtUp()
    expect(await countOf(events)).toBe(20)
    expect(sink.readiness().ready).toBe(true)
  })

  it('whose commit was carried out but never answered is not written again', async () => {
    const first = some(20)
    const second = some(20)
    const sink = rig.startSink(proxiedStore())
    await waitFor(() => sink.reader.status().positioned)
    proxy.loseAnswersTo('COMMIT', 2)
    await rig.produce(TRANSACTIONS, first)
    await rig.produce(TRANSACTIONS, second)
    await caughtUp()
    await waitFor(() => proxy.lost() >= 1)
    const third = some(1)
    await rig.produce(TRANSACTIONS, third)
    await caughtUp()
    expect(await countOf([...first, ...second, ...third])).toBe(41)
    expect((await rig.deadLetters(TRANSACTIONS, 0)).length).toBe(0)
  })

  it('does not show what an aborted Kafka transaction holds', async () => {
    const aborted = some(5)
    const committed = some(5)
    const sink = rig.startSink(newStore())
    await rig.produce(TRANSACTIONS, aborted, { ending: 'abort' })
    await rig.produce(TRANSACTIONS, committed)
    await rig.produce(TRANSACTIONS, aborted, { ending: 'abort' })
    await caughtUp()
    await waitFor(() => sink.reader.status().lagRecords === 0, { what: 'no lag behind aborted records' })
    expect(await countOf(committed)).toBe(5)
    expect(await countOf(aborted)).toBe(0)
  })
})

describe('a record that can never be written', () => {
  it('goes to the dead letters with its place and its bytes, and all others are written', async () => {
    // A rule that only the database knows, so that it has to be found by bisecting.
    await database.rows("ALTER TABLE transactions ADD CONSTRAINT no_poison CHECK (player_id <> 'poison')")
    const before = some(100)
    const between = some(100)
    const after = some(7)
    const poison = some(1, { player_id: 'poison' })
    const tooLong = some(1, { currency: 'EURO' })
    await rig.produce(TRANSACTIONS, [...before, ...poison, ...between, ...poison, ...tooLong, ...after])
    await rig.produceRaw(TRANSACTIONS, Buffer.from('no wire format'))
    await rig.produceRaw(TRANSACTIONS, null)
    await rig.produceRaw(BALANCES, Buffer.from([0, 0, 0, 0, 1, 2, 3]))
    const last = some(3)
    await rig.produce(TRANSACTIONS, last)
    const sink = rig.startSink(newStore())
    await caughtUp()
    expect(await countOf([...before, ...between, ...after, ...last])).toBe(210)
    expect(await countOf([...poison, ...tooLong])).toBe(0)

    const letters = await rig.deadLetters(TRANSACTIONS, 5)
    expect(letters.map(({ data }) => [data.source_offset, data.error_code, data.source_topic])).toEqual([
      [100, 'RECORD_INVALID', rig.topics[TRANSACTIONS]],
      [201, 'RECORD_INVALID', rig.topics[TRANSACTIONS]],
      [202, 'RECORD_INVALID', rig.topics[TRANSACTIONS]],
      [211, 'RECORD_UNDECODABLE', rig.topics[TRANSACTIONS]],
      [213, 'RECORD_INVALID', rig.topics[TRANSACTIONS]],
    ])
    expect(letters[0]?.data).toMatchObject({ processor: 'sink-test', source_partition: 0 })
    expect(letters[0]?.data.reason).toContain('no_poison')
    expect(letters[2]?.data.reason).toBe('currency is longer than 3 characters')
    expect(letters[3]?.data.record_value?.toString()).toBe('no wire format')
    expect(letters[4]?.data.record_value).toBeNull()
    expect(await rig.deadLetters(BALANCES, 1)).toHaveLength(1)
    expect(await sink.registry.metrics()).toMatch(
      /stakestream_sink_dead_letters_total\{.*RECORD_INVALID.*\} 4/,
    )
    await database.rows('ALTER TABLE transactions DROP CONSTRAINT no_poison')
  })
})

describe('a store that is down', () => {
  it('is waited for longer than a session lasts, without losing the place or the membership', async () => {
    const sessionTimeoutMs = 6_000
    const sink = rig.startSink(proxiedStore(), { sessionTimeoutMs })
    const first = some(3)
    await rig.produce(TRANSACTIONS, first)
    await caughtUp()
    const members = async (): Promise<string[]> =>
      (await rig.admin.describeGroups([`test-${rig.id}`])).groups.flatMap((group) =>
        group.members.map(({ memberId }) => memberId),
      )
    const memberBefore = await members()
    expect(memberBefore).toHaveLength(1)

    await proxy.close()
    const second = some(500)
    await rig.produce(TRANSACTIONS, second)
    const downSinceMs = Date.now()
    await waitFor(() => !sink.readiness().ready)
    await waitFor(() => Date.now() - downSinceMs > sessionTimeoutMs * 1.5, {
      what: 'one and a half sessions',
    })
    expect(await members()).toEqual(memberBefore)
    const { ready, parts } = sink.readiness()
    expect(ready).toBe(false)
    expect(parts).toMatchObject({ reader: { positioned: true, partitions: 4 }, store: { available: false } })
    expect(sink.reader.status().lagRecords).toBeGreaterThanOrEqual(500)
    const metrics = await sink.registry.metrics()
    expect(metrics).toMatch(/stakestream_sink_available\{[^}]*\} 0/)
    expect(metrics).toMatch(/stakestream_sink_retries_total\{[^}]*step="write"[^}]*\} [1-9]/)

    await proxy.open()
    await caughtUp()
    expect(await countOf([...first, ...second])).toBe(503)
    await waitFor(() => sink.readiness().ready)
    expect(await members()).toEqual(memberBefore)
  })

  it('does not keep the sink from stopping', async () => {
    const sink = rig.startSink(proxiedStore())
    await waitFor(() => sink.reader.status().positioned)
    await proxy.close()
    await rig.produce(TRANSACTIONS, some(1))
    await waitFor(() => !sink.readiness().ready)
    await sink.stop()
    const [group] = (await rig.admin.describeGroups([`test-${rig.id}`])).groups
    expect(group?.members).toEqual([])
    await proxy.open()
  })
})

describe('a broker that is out of reach', () => {
  it('is waited for; then reading goes on from the stored positions', async () => {
    const [broker = ''] = brokersFromEnvironment()
    const brokerPort = Number(broker.split(':')[1])
    const brokerProxy = await createTcpProxy('127.0.0.1', brokerPort)
    // Every connection goes through the proxy, whatever address the broker advertises.
    const through = new Kafka({
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 2, maxRetryTime: 50, retries: 3 },
      socketFactory: ({ onConnect }) => connect(brokerProxy.port, '127.0.0.1', onConnect),
    })
    const sink = rig.startSink(newStore(), { through, sessionTimeoutMs: 6_000 })
    const first = some(5)
    await rig.produce(TRANSACTIONS, first)
    await caughtUp()
    await brokerProxy.close()
    const second = some(5)
    await rig.produce(TRANSACTIONS, second)
    await waitFor(() => !sink.readiness().ready, { what: 'the sink to see that its consumer is gone' })
    await brokerProxy.open()
    await caughtUp()
    expect(await countOf([...first, ...second])).toBe(10)
    await waitFor(() => sink.readiness().ready)
    await sink.stop()
    await brokerProxy.close()
  })
})

describe('two instances in one group', () => {
  it('share the partitions, take over from each other, and write every record once', async () => {
    const events: TransactionCreated[] = []
    const produceSome = async (): Promise<void> => {
      for (const partition of [0, 1]) {
        const batch = some(40)
        events.push(...batch)
        await rig.produce(TRANSACTIONS, batch, { partition })
      }
    }
    const first = rig.startSink(newStore())
    await produceSome()
    await waitFor(() => first.reader.status().partitions === 4)
    const second = rig.startSink(newStore())
    for (let round = 0; round < 5; round++) await produceSome()
    await waitFor(() => first.reader.status().partitions === 2 && second.reader.status().partitions === 2)
    await produceSome()
    await first.stop()
    await produceSome()
    await waitFor(() => second.reader.status().partitions === 4)
    await caughtUp()
    expect(await countOf(events)).toBe(events.length)
    expect((await rig.deadLetters(TRANSACTIONS, 0)).length).toBe(0)
  })

  it('can not both write from the same position: the late one is refused and reads on from where the other is', async () => {
    const sink = rig.startSink(newStore())
    const first = some(5)
    await rig.produce(TRANSACTIONS, first)
    await caughtUp()
    // As if another instance had written the next three records while this one believes that it owns the partition.
    await database.rows(
      'UPDATE sink_positions SET next_offset = next_offset + 3 WHERE topic = $1 AND partition = 0',
      [rig.topics[TRANSACTIONS]],
    )
    const skipped = some(3)
    const second = some(5)
    await rig.produce(TRANSACTIONS, [...skipped, ...second])
    await caughtUp()
    expect(await countOf(second)).toBe(5)
    expect(await countOf(skipped)).toBe(0)
    expect(sink.readiness().ready).toBe(true)
  })
})

describe('a stored position that does not fit the topic', () => {
  const setPosition = (next: number): Promise<unknown> =>
    database.rows('INSERT INTO sink_positions (topic, partition, next_offset) VALUES ($1, 0, $2)', [
      rig.topics[TRANSACTIONS],
      next,
    ])

  /** Refused until the transaction's marker is there. */
  const removeBefore = (offset: number): Promise<boolean> =>
    waitFor(async () => {
      const partitions = [{ partition: 0, offset: String(offset) }]
      await rig.admin.deleteTopicRecords({ topic: rig.topics[TRANSACTIONS], partitions })
      return true
    })

  it('ends the sink with a clear message where it lies beyond the end', async () => {
    await rig.produce(TRANSACTIONS, some(3))
    await setPosition(1_000)
    const sink = rig.startSink(newStore())
    await expect(sink.reader.failed).rejects.toThrow(PositionError)
    await expect(sink.reader.failed).rejects.toThrow(
      /stored position 1000 of .*transactions\/0 lies beyond the end/,
    )
  })

  it('ends the sink where records before the first one that is left were never written', async () => {
    await rig.produce(TRANSACTIONS, some(10))
    await removeBefore(8)
    await setPosition(5)
    const sink = rig.startSink(newStore())
    await expect(sink.reader.failed).rejects.toThrow(/lies before the first record .* 3 offsets were removed/)
  })

  it('is found out when the topic is made anew under a running sink', async () => {
    const sink = rig.startSink(newStore())
    await rig.produce(TRANSACTIONS, some(20))
    await caughtUp()
    await rig.admin.deleteTopics({ topics: [rig.topics[TRANSACTIONS]] })
    await waitFor(
      () =>
        rig.admin.createTopics({
          topics: [{ topic: rig.topics[TRANSACTIONS], numPartitions: 2 }],
          waitForLeaders: false,
        }),
      { what: 'the topic to be made anew' },
    )
    await expect(sink.reader.failed).rejects.toThrow(PositionError)
  })

  it('is no error where nothing was ever written: the sink starts with the first record that is left', async () => {
    const events = some(10)
    await rig.produce(TRANSACTIONS, events)
    await removeBefore(8)
    rig.startSink(newStore())
    await caughtUp()
    expect(await countOf(events)).toBe(2)
  })
})

describe('the sums', () => {
  it('of balances stay equal to those of the records, whatever order the two topics are read in', async () => {
    const wallets = Array.from({ length: 200 }, (_, at) => ({
      wallet_id: randomUUID(),
      balance: BigInt(at * 1_234 + 1),
    }))
    rig.startSink(newStore())
    for (const partition of [0, 1])
      await rig.produce(
        BALANCES,
        wallets
          .filter((_, at) => at % 2 === partition)
          .map((wallet) => aBalance([{ ...wallet, version: 9 }], `sum-${wallet.wallet_id}`)),
        { partition },
      )
    await caughtUp()
    const [sum] = await database.rows(
      "SELECT sum(balance)::text AS total FROM wallets WHERE player_id LIKE 'sum-%'",
    )
    expect(sum).toEqual({ total: formatAmount(wallets.reduce((total, { balance }) => total + balance, 0n)) })
  })
})
