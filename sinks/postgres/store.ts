/**
 * Writes batches to PostgreSQL. One batch is one database transaction:
 *
 * 1. The months' partitions are made where they are missing (before, each in a transaction of its own).
 * 2. BEGIN; the positions of the batch's partitions are locked and compared with where the batch starts. Where they
 *    differ, another instance has written on: the batch is given up and the positions are loaded anew.
 * 3. Partners come first, as placeholders where nobody has described them; then what they are, what belongs to them (rates,
 *    networks, keys, players), and wallets, transactions and updates, in this order, since each refers to the one before.
 * 4. The positions are moved; COMMIT.
 *
 * Rows and positions are there together or not at all, whatever is killed when. A commit whose outcome is unknown is
 * found out in step 2 of the next attempt.
 */
import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import type { Cipher } from '../../service/encryption.ts'
import type { Logger } from '../../service/logger.ts'
import { positionChanges } from '../runtime/batches.ts'
import type { PositionChange } from '../runtime/batches.ts'
import { ATTEMPT_TIMEOUT_MS } from '../runtime/limits.ts'
import { postgresFaultOf, postgresPositions } from '../runtime/postgres-positions.ts'
import type { Batch, SinkStore } from '../runtime/types.ts'
import * as amlSql from './aml.ts'
import type { AmlRows } from './aml.ts'
import type { PartnerRows } from './partner-rows.ts'
import * as partnerSql from './partner-statements.ts'
import { UPSERT_PLAYERS } from './players.ts'
import { rowsOf } from './rows.ts'
import type { MoneyRows, Rows } from './rows.ts'
import type { PostgresSource } from './sources.ts'
import { UPSERT_SETTLEMENTS, UPSERT_SETTLEMENT_TERMS } from './settlements.ts'
import * as sql from './statements.ts'

/** One for the batch; one more, so that positions can be loaded while a batch that hangs runs into its time-out. */
const CONNECTIONS_MAX = 2
const CONNECT_TIMEOUT_MS = 5_000
/** The client gives up a little after the server had to. */
const CLIENT_GRACE_MS = 1_000

export interface PostgresStoreOptions {
  databaseUrl: string
  cipher: Cipher
  logger: Logger
}

const positions = postgresPositions('sink_positions')

export function createPostgresStore({
  databaseUrl,
  cipher,
  logger,
}: PostgresStoreOptions): SinkStore<PostgresSource> {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: ATTEMPT_TIMEOUT_MS - CLIENT_GRACE_MS,
    query_timeout: ATTEMPT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'stakestream-sink-postgres',
  })
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection was lost'))
  // The pool listens while a connection is idle; one that is lost in use, between two statements, must not end the process.
  pool.on('connect', (client) =>
    client.on('error', (error) => logger.debug({ err: error }, 'connection lost')),
  )
  /** Months whose partition is known to be there. Forgotten at every failure, since the database may be another. */
  const months = new Set<string>()

  const ensureMonths = async (client: PoolClient, wanted: ReadonlySet<string>): Promise<void> => {
    for (const month of wanted) {
      if (months.has(month)) continue
      await client.query(sql.ENSURE_PARTITION, [month])
      months.add(month)
    }
  }

  const writeWith = async (
    client: PoolClient,
    rows: Rows,
    changes: readonly PositionChange[],
  ): Promise<void> => {
    await ensureMonths(client, rows.months)
    await client.query('BEGIN')
    await positions.lock(client, changes)
    await run(client, 'placeholders', partnerSql.INSERT_PLACEHOLDERS, rows.placeholders)
    await writePartners(client, rows)
    await run(client, 'players', UPSERT_PLAYERS, rows.players)
    await writeMoney(client, rows)
    await writeAml(client, rows)
    await run(client, 'settlements', UPSERT_SETTLEMENTS, rows.settlements)
    await run(client, 'settlement-terms', UPSERT_SETTLEMENT_TERMS, rows.settlementTerms)
    await positions.move(client, changes)
    await client.query('COMMIT')
  }

  return {
    loadPositions: (partitions) => positions.load(pool, partitions),
    write: async (batch: Batch<PostgresSource>) => {
      const rows = rowsOf(batch, cipher)
      const client = await pool.connect()
      try {
        await writeWith(client, rows, positionChanges(batch))
        client.release()
      } catch (error) {
        months.clear()
        // A connection in the middle of a transaction is not worth saving: closing it rolls back.
        client.release(true)
        throw error
      }
    },
    faultOf: postgresFaultOf,
    close: () => pool.end(),
  }
}

async function run(client: PoolClient, name: string, text: string, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) await client.query({ name, text, values: [JSON.stringify(rows)] })
}

async function writePartners(client: PoolClient, rows: PartnerRows): Promise<void> {
  const { partners, apiKeys, webhooks, gameProviders, games, keyUses, touchedKeys, auditEntries } = rows
  await run(client, 'released-addresses', partnerSql.RELEASE_ADDRESSES, partners)
  await run(client, 'partners', partnerSql.UPDATE_PARTNERS, partners)
  await run(client, 'rates-gone', partnerSql.DELETE_RATES, partners)
  await run(client, 'rates', partnerSql.UPSERT_RATES, partners)
  await run(client, 'networks-gone', partnerSql.DELETE_NETWORKS, partners)
  await run(client, 'networks', partnerSql.INSERT_NETWORKS, partners)
  if (touchedKeys.length > 0) await client.query(partnerSql.LOCK_KEY_USES)
  await run(client, 'api-keys', partnerSql.UPSERT_API_KEYS, apiKeys)
  await run(client, 'webhooks', partnerSql.UPSERT_WEBHOOKS, webhooks)
  await run(client, 'released-provider-names', partnerSql.RELEASE_PROVIDER_NAMES, gameProviders)
  await run(client, 'game-providers', partnerSql.UPSERT_GAME_PROVIDERS, gameProviders)
  await run(client, 'missing-providers', partnerSql.INSERT_MISSING_PROVIDERS, games)
  await run(client, 'released-game-codes', partnerSql.RELEASE_GAME_CODES, games)
  await run(client, 'games', partnerSql.UPSERT_GAMES, games)
  await run(client, 'key-uses', partnerSql.UPSERT_KEY_USES, keyUses)
  await run(client, 'shown-key-uses', partnerSql.SHOW_KEY_USES, touchedKeys)
  await run(client, 'audit-entries', partnerSql.INSERT_AUDIT_ENTRIES, auditEntries)
}

/** Standings before profiles, which show a part of them. */
async function writeAml(client: PoolClient, rows: AmlRows): Promise<void> {
  await run(client, 'alerts', amlSql.UPSERT_ALERTS, rows.alerts)
  await run(client, 'alert-changes', amlSql.INSERT_ALERT_CHANGES, rows.alertChanges)
  await run(client, 'aml-players', amlSql.UPSERT_AML_PLAYERS, rows.amlPlayers)
  await run(client, 'risk-profiles', amlSql.UPSERT_RISK_PROFILES, rows.riskProfiles)
  await run(client, 'risk-profile-flags', amlSql.SHOW_STANDINGS, rows.amlPlayers)
}

async function writeMoney(client: PoolClient, rows: MoneyRows): Promise<void> {
  await run(client, 'wallets', sql.UPSERT_WALLETS, rows.wallets)
  await run(client, 'derived-wallets', sql.UPSERT_DERIVED_WALLETS, rows.derivedWallets)
  await run(client, 'transactions', sql.UPSERT_TRANSACTIONS, rows.transactions)
  await run(client, 'transaction-updates', sql.INSERT_TRANSACTION_UPDATES, rows.transactionUpdates)
}
