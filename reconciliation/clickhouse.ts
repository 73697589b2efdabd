/** What ClickHouse holds of the log up to a cut: every row names the offset of its record. */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { connectClickhouse, rowsOf } from '../service/clickhouse.ts'
import type { Cut } from './kafka.ts'
import type { RoundSource } from './rounds/compare.ts'
import { platformRounds } from './rounds/platform.ts'
import {
  BUCKET_COUNT,
  addCount,
  addMovements,
  addSum,
  bucketDigits,
  cellName,
  coordinates,
  unitsOf,
} from './view.ts'
import type { DayCell, Difference, Movements, Sums, TransactionView, WalletFigures } from './view.ts'

const REQUEST_TIMEOUT_MS = 120_000
const WALLETS_PER_PAGE = 20_000
const NAMED_MAX = 10
const LOG = 'wallet.transaction.created'
/** What a query that groups by ids of partners holds in memory before it goes on on disk. */
const GROUPS_BYTES_MAX = 1_000_000_000

/** Arrays begin with 1, and answer 0 behind their end. */
const BELOW = `kafka_topic = '${LOG}' AND kafka_offset < {log:Array(UInt64)}[kafka_partition + 1]`

/** A transaction without updates below the cut counts by its own status, one with updates by that of the last. */
const COUNTS = `
  SELECT type, status, toString(count()) AS count FROM transactions FINAL
  WHERE ${BELOW} AND (
    (event_type != 'transaction.updated' AND transaction_id NOT IN (
      SELECT transaction_id FROM transactions WHERE event_type = 'transaction.updated' AND ${BELOW}))
    OR (event_type = 'transaction.updated' AND (transaction_id, (version, kafka_offset)) IN (
      SELECT transaction_id, max((version, kafka_offset)) FROM transactions
      WHERE event_type = 'transaction.updated' AND ${BELOW} GROUP BY transaction_id)))
  GROUP BY type, status`

const BALANCE_CHANGES = `
  SELECT type, currency, toString(sum(amount)) AS change FROM ledger_entries FINAL
  WHERE account = 'PLAYER' AND ${BELOW} GROUP BY type, currency HAVING sum(amount) != 0`

const ACCOUNTS = `
  SELECT account, currency, toString(sum(amount)) AS sum FROM ledger_entries FINAL
  WHERE ${BELOW} GROUP BY account, currency`

const CREATED = `FROM transactions FINAL WHERE event_type != 'transaction.updated' AND ${BELOW}`

const BUCKETS = `SELECT right(toString(transaction_id), 3) AS digits, toString(count()) AS count ${CREATED} GROUP BY digits`

const MOVED = `FROM transactions FINAL WHERE balance_before IS NOT NULL AND ${BELOW}`
const MOVEMENTS = `toString(count()) AS count, toString(sum(balance_after - balance_before)) AS change`

const DAYS = `
  SELECT toString(toInt32(toDate(created_at, 'UTC'))) AS day, right(toString(wallet_id), 2) AS digits, ${MOVEMENTS}
  ${MOVED} GROUP BY day, digits`

const WALLETS_OF_CELL = `
  SELECT toString(wallet_id) AS wallet, ${MOVEMENTS} ${MOVED}
    AND toInt32(toDate(created_at, 'UTC')) = {day:Int32} AND right(toString(wallet_id), 2) = {digits:String}
  GROUP BY wallet`

/** Wallets in their newest state; one that changed behind the cut is among those that moved, and not compared. */
const WALLETS = `
  SELECT toString(wallet_id) AS id, currency, toString(balance) AS balance, toString(held) AS held,
    toString(version) AS version
  FROM wallet_balances WHERE toString(wallet_id) > {after:String} ORDER BY id LIMIT ${WALLETS_PER_PAGE}`

const DOUBLED = `
  SELECT toString(transaction_id) AS id, toString(count()) AS count ${CREATED}
  GROUP BY transaction_id HAVING count() > 1 LIMIT ${NAMED_MAX}
  SETTINGS max_bytes_before_external_group_by = ${GROUPS_BYTES_MAX}`

/** Ids are unique per partner and player; an id that stands for movements of two players is most likely a fault of the partner's. */
const SHARED = `
  SELECT toString(partner_id) AS partner, assumeNotNull(transaction_id_partner) AS id, toString(uniqExact(player_id)) AS players,
    toString(max((kafka_partition, kafka_offset)).1) AS partition, toString(max((kafka_partition, kafka_offset)).2) AS offset
  ${CREATED} AND status != 'FAILED' AND transaction_id_partner IS NOT NULL
  GROUP BY partner_id, transaction_id_partner HAVING uniqExact(player_id) > 1 LIMIT ${NAMED_MAX}
  SETTINGS max_bytes_before_external_group_by = ${GROUPS_BYTES_MAX}`

const IDS_OF_BUCKET = `SELECT toString(transaction_id) AS id ${CREATED} AND right(toString(transaction_id), 3) = {digits:String}`

const POSITIONS = `
  SELECT topic, toString(partition) AS partition, toString(next_offset) AS next_offset FROM sink_positions FINAL`

export interface ClickhouseView {
  transactions: TransactionView
  wallets: Map<string, WalletFigures>
  /** Units by "ACCOUNT CURRENCY" of the ledger. */
  accounts: Sums
  doubled: Difference[]
  /** Ids of partners that stand for accepted transactions of two players. */
  shared: Difference[]
}

export interface ClickhouseStore {
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<Map<string, number>>
  read(cut: Cut): Promise<ClickhouseView>
  idsOfBucket(cut: Cut, bucket: number): Promise<string[]>
  walletsOfCell(cut: Cut, cell: DayCell): Promise<Map<string, Movements>>
  /** Game rounds, for provider files. */
  rounds: RoundSource
  close(): Promise<void>
}

/** Columns that are all texts. */
const columns = <const C extends string>(...names: readonly C[]) => z.record(z.enum(names), z.string())

const belowOf = ({ log }: Cut): { log: string } => ({ log: `[${log.join(',')}]` })

export function openClickhouse(url: string, database: string): ClickhouseStore {
  const client = connectClickhouse({ url, database, requestTimeoutMs: REQUEST_TIMEOUT_MS })
  return {
    positions: async () => {
      const rows = await rowsOf(client, POSITIONS, columns('topic', 'partition', 'next_offset'))
      return new Map(
        rows.map(({ topic, partition, next_offset }) => [`${topic}/${partition}`, Number(next_offset)]),
      )
    },
    read: (cut) => readAll(client, belowOf(cut)),
    idsOfBucket: async (cut, bucket) => {
      const params = { ...belowOf(cut), digits: bucketDigits(bucket) }
      return (await rowsOf(client, IDS_OF_BUCKET, columns('id'), params)).map(({ id }) => id)
    },
    walletsOfCell: async (cut, { day, digits }) => {
      const params = { ...belowOf(cut), day: String(day), digits }
      const rows = await rowsOf(client, WALLETS_OF_CELL, columns('wallet', 'count', 'change'), params)
      return new Map(
        rows.map(({ wallet, count, change }) => [wallet, { count: Number(count), units: unitsOf(change) }]),
      )
    },
    rounds: platformRounds(client),
    close: () => client.close(),
  }
}

type Below = Readonly<Record<string, string>>

async function readAll(client: ClickHouseClient, below: Below): Promise<ClickhouseView> {
  const accounts: Sums = new Map()
  for (const { account, currency, sum } of await rowsOf(
    client,
    ACCOUNTS,
    columns('account', 'currency', 'sum'),
    below,
  ))
    addSum(accounts, `${account} ${currency}`, unitsOf(sum))
  const doubled = await rowsOf(client, DOUBLED, columns('id', 'count'), below)
  const sharedRow = columns('partner', 'id', 'players', 'partition', 'offset')
  const shared = await rowsOf(client, SHARED, sharedRow, below)
  return {
    transactions: await readTransactions(client, below),
    wallets: await readWallets(client),
    accounts,
    doubled: doubled.map(({ id, count }) => ({
      what: `transaction ${id} is there ${count} times`,
      where: 'ClickHouse, transactions',
    })),
    shared: shared.map(({ partner, id, players, partition, offset }) => ({
      what: `the id ${id} of partner ${partner} stands for transactions of ${players} players`,
      where: coordinates(LOG, Number(partition), Number(offset)),
    })),
  }
}

async function readTransactions(client: ClickHouseClient, below: Below): Promise<TransactionView> {
  const view: TransactionView = {
    counts: new Map(),
    balanceChanges: new Map(),
    buckets: new Int32Array(BUCKET_COUNT),
    days: new Map(),
  }
  const counted = await rowsOf(client, COUNTS, columns('type', 'status', 'count'), below)
  for (const { type, status, count } of counted) addCount(view.counts, `${type} ${status}`, Number(count))
  const changed = await rowsOf(client, BALANCE_CHANGES, columns('type', 'currency', 'change'), below)
  for (const { type, currency, change } of changed)
    addSum(view.balanceChanges, `${type} ${currency}`, unitsOf(change))
  for (const { digits, count } of await rowsOf(client, BUCKETS, columns('digits', 'count'), below))
    view.buckets[Number.parseInt(digits, 16)] = Number(count)
  const days = await rowsOf(client, DAYS, columns('day', 'digits', 'count', 'change'), below)
  for (const { day, digits, count, change } of days)
    addMovements(view.days, cellName({ day: Number(day), digits }), {
      count: Number(count),
      units: unitsOf(change),
    })
  return view
}

async function readWallets(client: ClickHouseClient): Promise<Map<string, WalletFigures>> {
  const wallets = new Map<string, WalletFigures>()
  for (let after = ''; ;) {
    const row = columns('id', 'currency', 'balance', 'held', 'version')
    const rows = await rowsOf(client, WALLETS, row, { after })
    for (const { id, currency, balance, held, version } of rows)
      wallets.set(id, { currency, balance: unitsOf(balance), held: unitsOf(held), version: Number(version) })
    const last = rows.at(-1)
    if (last === undefined || rows.length < WALLETS_PER_PAGE) return wallets
    after = last.id
  }
}
