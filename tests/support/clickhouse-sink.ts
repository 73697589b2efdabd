/** A scratch database and throw-away topics for the tests of the ClickHouse sink, and what they ask of both. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { ClickHouseClient } from '@clickhouse/client'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { createClickhouseStore } from '../../sinks/clickhouse/store.ts'
import type { SinkStore } from '../../sinks/runtime/types.ts'
import { createScratchClickhouse } from './scratch-databases.ts'
import type { ScratchClickhouse } from './scratch-databases.ts'
import { createRig } from './sink-rig.ts'
import type { Rig } from './sink-rig.ts'
import { createTcpProxy } from './tcp-proxy.ts'
import type { TcpProxy } from './tcp-proxy.ts'

const REQUEST_TIMEOUT_MS = 15_000

export interface Counts {
  transactions: number
  ledger_entries: number
  transactions_current: number
  ledger_entries_v: number
  wallet_balances: number
}

/** Sets the hooks of a spec file: one database per file, new topics per test. */
export function useClickhouseSink({ partners = false } = {}) {
  let database: ScratchClickhouse
  let proxy: TcpProxy
  let rig: Rig

  beforeAll(async () => {
    database = await createScratchClickhouse()
    proxy = await createTcpProxy(database.host, database.port)
  })
  afterAll(async () => {
    await proxy.close()
    await database.drop()
  })
  beforeEach(async () => {
    rig = await createRig({ partners })
  })
  afterEach(() => rig.close())

  const clientAt = (url: string): ClickHouseClient =>
    connectClickhouse({ url, database: database.database, requestTimeoutMs: REQUEST_TIMEOUT_MS })
  const transactions = (): string => rig.topics['wallet.transaction.created']
  const balances = (): string => rig.topics['wallet.balance']

  const positions = async (): Promise<Map<string, number>> => {
    const rows = await database.rows(
      'SELECT topic, partition, toString(argMax(next_offset, written_at)) AS next FROM sink_positions GROUP BY topic, partition',
    )
    return new Map(
      rows.map((row) => [`${String(row['topic'])}/${String(row['partition'])}`, Number(row['next'])]),
    )
  }

  return {
    database: () => database,
    proxy: () => proxy,
    rig: () => rig,
    positions,
    caughtUp: (): Promise<void> => rig.caughtUp(positions),
    newStore: (): SinkStore => createClickhouseStore(clientAt(database.url)),
    proxiedStore: (): SinkStore => createClickhouseStore(clientAt(database.urlAt(proxy.port))),
    /** A store whose inserts into one table fail as if the process had been killed before they were sent. */
    dyingBefore: (table: string): SinkStore => {
      const client = clientAt(database.url)
      const [insert, exec] = [client.insert.bind(client), client.exec.bind(client)]
      const killed = (): Promise<never> => Promise.reject(new Error('killed'))
      client.insert = (params) => (params.table === table ? killed() : insert(params))
      client.exec = (params) => (params.query.startsWith(`INSERT INTO ${table} `) ? killed() : exec(params))
      return createClickhouseStore(client)
    },
    /** Rows of this test's topics in the raw tables, and rows of its players in the views. */
    counts: async (): Promise<Counts> => {
      const ofTopic = `kafka_topic = '${transactions()}'`
      const ofPlayers = `player_id IN (
        SELECT player_id FROM transactions WHERE ${ofTopic}
        UNION ALL SELECT player_id FROM wallet_balance_updates WHERE kafka_topic = '${balances()}')`
      const [row = {}] = await database.rows(`
        SELECT
          (SELECT count() FROM transactions WHERE ${ofTopic}) AS transactions,
          (SELECT count() FROM ledger_entries WHERE ${ofTopic}) AS ledger_entries,
          (SELECT count() FROM transactions_current WHERE ${ofPlayers}) AS transactions_current,
          (SELECT count() FROM ledger_entries_v WHERE ${ofPlayers}) AS ledger_entries_v,
          (SELECT count() FROM wallet_balances WHERE ${ofPlayers}) AS wallet_balances`)
      return {
        transactions: Number(row['transactions']),
        ledger_entries: Number(row['ledger_entries']),
        transactions_current: Number(row['transactions_current']),
        ledger_entries_v: Number(row['ledger_entries_v']),
        wallet_balances: Number(row['wallet_balances']),
      }
    },
    /** Puts the positions of this test's topics back to the start, as an operator would to replay. */
    rewind: async (): Promise<void> => {
      await database.client.insert({
        table: 'sink_positions',
        columns: ['topic', 'partition', 'next_offset'],
        values: [transactions(), balances(), rig.topics['partner.profile.updated']].flatMap((topic) => [
          [topic, 0, 0],
          [topic, 1, 0],
        ]),
        format: 'JSONCompactEachRow',
      })
    },
  }
}
