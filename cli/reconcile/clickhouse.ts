/** What ClickHouse holds, by the views that analysts read. */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { connectClickhouse, rowsOf } from '../../service/clickhouse.ts'
import { BUCKET_COUNT, addCount, addSum, bucketDigits, unitsOf } from './view.ts'
import type { Difference, Sums, TransactionView, WalletFigures } from './view.ts'

const REQUEST_TIMEOUT_MS = 120_000
const WALLETS_PER_PAGE = 20_000
const DOUBLED_MAX = 10

const COUNTS =
  'SELECT type, status, toString(count()) AS count FROM transactions_current GROUP BY type, status'

const BALANCE_CHANGES = `
  SELECT type, currency, toString(sum(amount)) AS change
  FROM ledger_entries_v WHERE account = 'PLAYER' GROUP BY type, currency HAVING sum(amount) != 0`

const ACCOUNTS = `
  SELECT account, currency, toString(sum(amount)) AS sum FROM ledger_entries_v GROUP BY account, currency`

const BUCKETS = `
  SELECT right(toString(transaction_id), 3) AS digits, toString(count()) AS count
  FROM transactions_current GROUP BY digits`

const WALLETS = `
  SELECT toString(wallet_id) AS id, currency, toString(balance) AS balance, toString(held) AS held,
    toString(version) AS version
  FROM wallet_balances WHERE toString(wallet_id) > {after:String} ORDER BY id LIMIT ${WALLETS_PER_PAGE}`

const DOUBLED = `
  SELECT toString(transaction_id) AS id, toString(count()) AS count
  FROM transactions_current GROUP BY transaction_id HAVING count() > 1 LIMIT ${DOUBLED_MAX}`

const IDS_OF_BUCKET = `
  SELECT toString(transaction_id) AS id FROM transactions_current
  WHERE right(toString(transaction_id), 3) = {digits:String}`

const POSITIONS = `
  SELECT topic, toString(partition) AS partition, toString(next_offset) AS next_offset FROM sink_positions FINAL`

export interface ClickhouseView {
  transactions: TransactionView
  wallets: Map<string, WalletFigures>
  /** Units by "ACCOUNT CURRENCY" of the ledger. */
  accounts: Sums
  doubled: Difference[]
}

export interface ClickhouseStore {
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<Map<string, number>>
  read(): Promise<ClickhouseView>
  idsOfBucket(bucket: number): Promise<string[]>
  close(): Promise<void>
}

/** Columns that are all texts. */
const columns = <const C extends string>(...names: readonly C[]) => z.record(z.enum(names), z.string())

export function openClickhouse(url: string, database: string): ClickhouseStore {
  const client = connectClickhouse({ url, database, requestTimeoutMs: REQUEST_TIMEOUT_MS })
  return {
    positions: async () => {
      const rows = await rowsOf(client, POSITIONS, columns('topic', 'partition', 'next_offset'))
      return new Map(
        rows.map(({ topic, partition, next_offset }) => [`${topic}/${partition}`, Number(next_offset)]),
      )
    },
    read: () => readAll(client),
    idsOfBucket: async (bucket) => {
      const rows = await rowsOf(client, IDS_OF_BUCKET, columns('id'), { digits: bucketDigits(bucket) })
      return rows.map(({ id }) => id)
    },
    close: () => client.close(),
  }
}

async function readAll(client: ClickHouseClient): Promise<ClickhouseView> {
  const view: ClickhouseView = {
    transactions: { counts: new Map(), balanceChanges: new Map(), buckets: new Int32Array(BUCKET_COUNT) },
    wallets: new Map(),
    accounts: new Map(),
    doubled: [],
  }
  const { counts, balanceChanges, buckets } = view.transactions
  for (const { type, status, count } of await rowsOf(client, COUNTS, columns('type', 'status', 'count')))
    addCount(counts, `${type} ${status}`, Number(count))
  for (const { type, currency, change } of await rowsOf(
    client,
    BALANCE_CHANGES,
    columns('type', 'currency', 'change'),
  ))
    addSum(balanceChanges, `${type} ${currency}`, unitsOf(change))
  for (const { account, currency, sum } of await rowsOf(
    client,
    ACCOUNTS,
    columns('account', 'currency', 'sum'),
  ))
    addSum(view.accounts, `${account} ${currency}`, unitsOf(sum))
  for (const { digits, count } of await rowsOf(client, BUCKETS, columns('digits', 'count')))
    buckets[Number.parseInt(digits, 16)] = Number(count)
  await readWallets(client, view.wallets)
  for (const { id, count } of await rowsOf(client, DOUBLED, columns('id', 'count')))
    view.doubled.push({
      what: `transaction ${id} is there ${count} times`,
      where: 'ClickHouse, transactions_current',
    })
  return view
}

async function readWallets(client: ClickHouseClient, wallets: Map<string, WalletFigures>): Promise<void> {
  for (let after = ''; ;) {
    const row = columns('id', 'currency', 'balance', 'held', 'version')
    const rows = await rowsOf(client, WALLETS, row, { after })
    for (const { id, currency, balance, held, version } of rows)
      wallets.set(id, { currency, balance: unitsOf(balance), held: unitsOf(held), version: Number(version) })
    const last = rows.at(-1)
    if (last === undefined || rows.length < WALLETS_PER_PAGE) return
    after = last.id
  }
}
