/**
 * What PostgreSQL holds: one snapshot, wallets in pages. The sink writes rows and positions in one transaction, so a snapshot's positions say
 * exactly which part of the log its rows are made of.
 */
import pg from 'pg'
import { BUCKET_COUNT, addCount, addMovements, addSum, bucketDigits, cellName, unitsOf } from './view.ts'
import type { DayCell, Difference, Movements, TransactionView, WalletFigures } from './view.ts'

const WALLETS_PER_PAGE = 20_000
const DOUBLED_MAX = 10
const STATEMENT_TIMEOUT_MS = 120_000

const POSITIONS = 'SELECT topic, partition, next_offset::text FROM sink_positions'

const COUNTS = `SELECT type, status, count(*)::text AS count FROM transactions GROUP BY type, status`

/** Every change of a spendable balance, the later steps of a transaction included. */
const CHANGES = `
  SELECT type, currency, wallet_id, created_at, balance_after - balance_before AS change
  FROM transactions WHERE balance_before IS NOT NULL
  UNION ALL
  SELECT created.type, created.currency, updated.wallet_id, updated.created_at, updated.balance_after - updated.balance_before
  FROM transaction_updates AS updated
  JOIN transactions AS created ON created.id = updated.transaction_id AND created.created_at = updated.created_at
  WHERE updated.balance_before IS NOT NULL`

const BALANCE_CHANGES = `
  SELECT type, currency, sum(change)::numeric(38, 4)::text AS change
  FROM (${CHANGES}) AS changes GROUP BY type, currency HAVING sum(change) <> 0`

const DAY = `(created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'`

const DAYS = `
  SELECT ${DAY} AS day, right(wallet_id::text, 2) AS digits, count(*)::text AS count, sum(change)::numeric(38, 4)::text AS change
  FROM (${CHANGES}) AS changes GROUP BY 1, 2`

const WALLETS_OF_CELL = `
  SELECT wallet_id::text AS wallet, count(*)::text AS count, sum(change)::numeric(38, 4)::text AS change
  FROM (${CHANGES}) AS changes
  WHERE created_at >= to_timestamp($1 * 86400.0) AND created_at < to_timestamp(($1 + 1) * 86400.0)
    AND right(wallet_id::text, 2) = $2
  GROUP BY 1`

const BUCKETS = `
  SELECT ('x0' || right(id::text, 3))::bit(16)::int AS bucket, count(*)::text AS count
  FROM transactions GROUP BY 1`

const WALLETS = `
  SELECT id::text, currency, balance::numeric(38, 4)::text, held::numeric(38, 4)::text, version::text
  FROM wallets WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT ${WALLETS_PER_PAGE}`

/** One accepted transaction per id of a partner's player; a rollback's mark may bear the id of its bet. */
const DOUBLED = `
  SELECT partner_id::text, player_id, transaction_id_partner AS id, count(*)::text AS count
  FROM transactions
  WHERE status <> 'FAILED' AND transaction_id_partner IS NOT NULL
  GROUP BY partner_id, player_id, transaction_id_partner
  HAVING count(*) > 1
  LIMIT ${DOUBLED_MAX}`

const IDS_OF_BUCKET = `SELECT id::text FROM transactions WHERE right(id::text, 3) = $1`

export interface PostgresView {
  transactions: TransactionView
  wallets: Map<string, WalletFigures>
  doubled: Difference[]
}

/** PostgreSQL as it was at one moment. */
export interface PostgresSnapshot {
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<Map<string, number>>
  read(): Promise<PostgresView>
  idsOfBucket(bucket: number): Promise<string[]>
  walletsOfCell(cell: DayCell): Promise<Map<string, Movements>>
}

export interface PostgresStore {
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<Map<string, number>>
  withSnapshot<T>(use: (snapshot: PostgresSnapshot) => Promise<T>): Promise<T>
  close(): Promise<void>
}

type Client = Pick<pg.ClientBase, 'query'>

export function openPostgres(databaseUrl: string): PostgresStore {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, statement_timeout: STATEMENT_TIMEOUT_MS })
  // An idle connection that breaks is replaced; the next query tells if that fails.
  pool.on('error', () => undefined)
  return {
    positions: async () => {
      const client = await pool.connect()
      try {
        return await positionsOf(client)
      } finally {
        client.release()
      }
    },
    withSnapshot: async (use) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
        return await use(snapshotOf(client))
      } finally {
        await client.query('ROLLBACK').catch(() => undefined)
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

const snapshotOf = (client: Client): PostgresSnapshot => ({
  positions: () => positionsOf(client),
  read: () => readAll(client),
  idsOfBucket: async (bucket) => {
    const { rows } = await client.query<{ id: string }>(IDS_OF_BUCKET, [bucketDigits(bucket)])
    return rows.map(({ id }) => id)
  },
  walletsOfCell: async ({ day, digits }) => {
    const { rows } = await client.query<{ wallet: string; count: string; change: string }>(WALLETS_OF_CELL, [
      day,
      digits,
    ])
    return new Map(
      rows.map(({ wallet, count, change }) => [wallet, { count: Number(count), units: unitsOf(change) }]),
    )
  },
})

async function positionsOf(client: Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ topic: string; partition: number; next_offset: string }>(POSITIONS)
  return new Map(
    rows.map(({ topic, partition, next_offset }) => [`${topic}/${partition}`, Number(next_offset)]),
  )
}

async function readAll(client: Client): Promise<PostgresView> {
  const doubled = await client.query<{ partner_id: string; player_id: string; id: string; count: string }>(
    DOUBLED,
  )
  return {
    transactions: await readTransactions(client),
    wallets: await readWallets(client),
    doubled: doubled.rows.map(({ partner_id, player_id, id, count }) => ({
      what: `the partner's id ${id} stands for ${count} accepted transactions`,
      where: `PostgreSQL, transactions of player ${player_id} of partner ${partner_id}`,
    })),
  }
}

async function readTransactions(client: Client): Promise<TransactionView> {
  const view: TransactionView = {
    counts: new Map(),
    balanceChanges: new Map(),
    buckets: new Int32Array(BUCKET_COUNT),
    days: new Map(),
  }
  const counted = await client.query<{ type: string; status: string; count: string }>(COUNTS)
  for (const { type, status, count } of counted.rows)
    addCount(view.counts, `${type} ${status}`, Number(count))
  const changed = await client.query<{ type: string; currency: string; change: string }>(BALANCE_CHANGES)
  for (const { type, currency, change } of changed.rows)
    addSum(view.balanceChanges, `${type} ${currency}`, unitsOf(change))
  const spread = await client.query<{ bucket: number; count: string }>(BUCKETS)
  for (const { bucket, count } of spread.rows) view.buckets[bucket] = Number(count)
  const days = await client.query<{ day: number; digits: string; count: string; change: string }>(DAYS)
  for (const { day, digits, count, change } of days.rows)
    addMovements(view.days, cellName({ day, digits }), { count: Number(count), units: unitsOf(change) })
  return view
}

interface WalletRow {
  id: string
  currency: string
  balance: string
  held: string
  version: string
}

async function readWallets(client: Client): Promise<Map<string, WalletFigures>> {
  const wallets = new Map<string, WalletFigures>()
  for (let after: string | null = null; ;) {
    const { rows }: { rows: WalletRow[] } = await client.query<WalletRow>(WALLETS, [after])
    for (const { id, currency, balance, held, version } of rows)
      wallets.set(id, { currency, balance: unitsOf(balance), held: unitsOf(held), version: Number(version) })
    const last = rows.at(-1)
    if (last === undefined || rows.length < WALLETS_PER_PAGE) return wallets
    after = last.id
  }
}
