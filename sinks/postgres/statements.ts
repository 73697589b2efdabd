/**
 * The SQL of the sink. Every statement takes one JSON array of rows and can be repeated at will: a row is replaced by a
 * newer version only, so a replay changes nothing, updated_at included.
 */
import { columnsOf } from './columns.ts'
import { STATUS_COLUMNS } from './rows.ts'

/** Columns of wallets, with the types in which they come as JSON. */
const DERIVED_WALLET_COLUMNS = `
  id uuid, player_id text, partner_id uuid, currency text, balance numeric, held numeric, version bigint,
  created_at timestamptz, updated_at timestamptz`

/** The topic of balances is the authority: its newest record of a version replaces what transactions told before. */
export const UPSERT_WALLETS = `
INSERT INTO wallets (id, player_id, partner_id, currency, balance, held, version, status, aml_hold, created_at, updated_at)
SELECT id, player_id, partner_id, currency, balance, held, version, status, aml_hold, created_at, updated_at
FROM json_to_recordset($1::json) AS row (${DERIVED_WALLET_COLUMNS}, status text, aml_hold boolean)
ON CONFLICT (id) DO UPDATE SET
  balance = excluded.balance, held = excluded.held, version = excluded.version, status = excluded.status,
  aml_hold = excluded.aml_hold, created_at = excluded.created_at, updated_at = excluded.updated_at
WHERE excluded.version >= wallets.version
  AND (wallets.balance, wallets.held, wallets.version, wallets.status, wallets.aml_hold, wallets.created_at, wallets.updated_at)
    IS DISTINCT FROM
    (excluded.balance, excluded.held, excluded.version, excluded.status, excluded.aml_hold, excluded.created_at, excluded.updated_at)`

/** What transactions tell about wallets whose own record has not come yet; standing (status, hold) is not theirs to say. */
export const UPSERT_DERIVED_WALLETS = `
INSERT INTO wallets (id, player_id, partner_id, currency, balance, held, version, created_at, updated_at)
SELECT id, player_id, partner_id, currency, balance, held, version, created_at, updated_at
FROM json_to_recordset($1::json) AS row (${DERIVED_WALLET_COLUMNS})
ON CONFLICT (id) DO UPDATE SET
  balance = excluded.balance, held = excluded.held, version = excluded.version, updated_at = excluded.updated_at
WHERE excluded.version > wallets.version`

/** Metadata is the partner's own JSON. */
const TRANSACTION = columnsOf(
  {
    id: 'uuid',
    wallet_id: 'uuid',
    player_id: 'text',
    partner_id: 'uuid',
    type: 'text',
    _encrypted_amount: 'text',
    currency: 'text',
    direction: 'text',
    balance_before: 'numeric',
    balance_after: 'numeric',
    held_after: 'numeric',
    wallet_version: 'bigint',
    status: 'text',
    status_version: 'bigint',
    status_offset: 'bigint',
    game_id: 'text',
    round_id: 'text',
    campaign_id: 'text',
    transaction_id_partner: 'text',
    reference_transaction_id_partner: 'text',
    reference_transaction_id: 'uuid',
    win_type: 'text',
    round_closed: 'boolean',
    hold_expires_at: 'timestamptz',
    error_code: 'text',
    retryable: 'boolean',
    reason: 'text',
    command_id: 'uuid',
    ip_address: 'text',
    user_agent: 'text',
    country: 'text',
    created_at: 'timestamptz',
    processed_at: 'timestamptz',
    updated_at: 'timestamptz',
    metadata: 'text',
  },
  ['metadata'],
)

export const UPSERT_TRANSACTIONS = `
INSERT INTO transactions (${TRANSACTION.names})
SELECT ${TRANSACTION.values} FROM json_to_recordset($1::json) AS row (${TRANSACTION.definition})
ON CONFLICT (id, created_at) DO UPDATE SET
  ${STATUS_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}
WHERE (excluded.status_version, excluded.status_offset) > (transactions.status_version, transactions.status_offset)`

const UPDATE = columnsOf({
  event_id: 'uuid',
  transaction_id: 'uuid',
  wallet_id: 'uuid',
  command_id: 'uuid',
  status: 'text',
  balance_before: 'numeric',
  balance_after: 'numeric',
  held_after: 'numeric',
  wallet_version: 'bigint',
  error_code: 'text',
  reason: 'text',
  created_at: 'timestamptz',
  processed_at: 'timestamptz',
})

export const INSERT_TRANSACTION_UPDATES = `
INSERT INTO transaction_updates (${UPDATE.names})
SELECT ${UPDATE.values} FROM json_to_recordset($1::json) AS row (${UPDATE.definition})
ON CONFLICT (event_id) DO NOTHING`

export const ENSURE_PARTITION = 'SELECT ensure_transactions_partition($1::timestamptz)'
