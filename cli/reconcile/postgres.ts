/** What PostgreSQL holds: one consistent look at it, wallets in pages. */
import pg from 'pg'
import { BUCKET_COUNT, addCount, addSum, bucketDigits, unitsOf } from './view.ts'
import type { Difference, TransactionView, WalletFigures } from './view.ts'

const WALLETS_PER_PAGE = 20_000
const DOUBLED_MAX = 10
const STATEMENT_TIMEOUT_MS = 120_000

const COUNTS = `SELECT type, status, count(*)::text AS count FROM transactions GROUP BY type, status`

const BALANCE_CHANGES = `
  SELECT type, currency, sum(change)::numeric(38, 4)::text AS change
  FROM (
    SELECT type, currency, balance_after - balance_before AS change FROM transactions WHERE balance_before IS NOT NULL
    UNION ALL
    SELECT created.type, created.currency, updated.balance_after - updated.balance_before
    FROM transaction_updates AS updated
    JOIN transactions AS created ON created.id = updated.transaction_id AND created.created_at = updated.created_at
    WHERE updated.balance_before IS NOT NULL
  ) AS changes
  GROUP BY type, currency
  HAVING sum(change) <> 0`

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

export interface PostgresStore {
  /** Next offset to be written, by "topic/partition". */
  positions(): Promise<Map<string, number>>
  read(): Promise<PostgresView>
  idsOfBucket(bucket: number): Promise<string[]>
  close(): Promise<void>
}

export function openPostgres(databaseUrl: string): PostgresStore {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, statement_timeout: STATEMENT_TIMEOUT_MS })
  // An idle connection that breaks is replaced; the next query tells if that fails.
  pool.on('error', () => undefined)
  return {
    positions: async () => {
      const { rows } = await pool.query<{ topic: string; partition: number; next_offset: string }>(
        'SELECT topic, partition, next_offset::text FROM sink_positions',
      )
      return new Map(
        rows.map(({ topic, partition, next_offset }) => [`${topic}/${partition}`, Number(next_offset)]),
      )
    },
    read: async () => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
        return await readAll(client)
      } finally {
        await client.query('ROLLBACK').catch(() => undefined)
        client.release()
      }
    },
    idsOfBucket: async (bucket) => {
      const { rows } = await pool.query<{ id: string }>(IDS_OF_BUCKET, [bucketDigits(bucket)])
      return rows.map(({ id }) => id)
    },
    close: () => pool.end(),
  }
}

async function readAll(client: pg.PoolClient): Promise<PostgresView> {
  const view: PostgresView = {
    transactions: { counts: new Map(), balanceChanges: new Map(), buckets: new Int32Array(BUCKET_COUNT) },
    wallets: new Map(),
    doubled: [],
  }
  const { counts, balanceChanges, buckets } = view.transactions
  const counted = await client.query<{ type: string; status: string; count: string }>(COUNTS)
  for (const { type, status, count } of counted.rows) addCount(counts, `${type} ${status}`, Number(count))
  const changed = await client.query<{ type: string; currency: string; change: string }>(BALANCE_CHANGES)
  for (const { type, currency, change } of changed.rows)
    addSum(balanceChanges, `${type} ${currency}`, unitsOf(change))
  const spread = await client.query<{ bucket: number; count: string }>(BUCKETS)
  for (const { bucket, count } of spread.rows) buckets[bucket] = Number(count)
  await readWallets(client, view.wallets)
  const doubled = await client.query<{ partner_id: string; player_id: string; id: string; count: string }>(
    DOUBLED,
  )
  view.doubled = doubled.rows.map(({ partner_id, player_id, id, count }) => ({
    what: `the partner's id ${id} stands for ${count} accepted transactions`,
    where: `PostgreSQL, transactions of player ${player_id} of partner ${partner_id}`,
  }))
  return view
}

interface WalletRow {
  id: string
  currency: string
  balance: string
  held: string
  version: string
}

async function readWallets(client: pg.PoolClient, wallets: Map<string, WalletFigures>): Promise<void> {
  for (let after: string | null = null; ;) {
    const { rows }: { rows: WalletRow[] } = await client.query<WalletRow>(WALLETS, [after])
    for (const { id, currency, balance, held, version } of rows)
      wallets.set(id, { currency, balance: unitsOf(balance), held: unitsOf(held), version: Number(version) })
    const last = rows.at(-1)
    if (last === undefined || rows.length < WALLETS_PER_PAGE) return
    after = last.id
  }
}
