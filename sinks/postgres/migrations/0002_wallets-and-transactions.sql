-- Wallets, transactions (one partition per month of created_at) and the later changes of a transaction's status.
--
-- All three are written by the PostgreSQL sink alone, from wallet.transaction.created and wallet.balance. Reads that
-- the indexes are made for:
--   a transaction by its id               WHERE id = $1                                               (primary key)
--   by the partner's id                   WHERE transaction_id_partner = $1 AND partner_id = $2 [AND player_id = $3]
--   history, newest first, with a cursor  WHERE player_id = $1 AND partner_id = $2 AND (created_at, id) < ($3, $4)
--                                         ORDER BY created_at DESC, id DESC LIMIT $5
--   a partner's transactions of a period  WHERE partner_id = $1 AND created_at >= $2 AND created_at < $3
--   the balance at a past moment $2       the newest by (processed_at, wallet_version) of
--                                           transactions WHERE wallet_id = $1 AND processed_at <= $2
--                                           transaction_updates WHERE wallet_id = $1 AND processed_at <= $2
--                                         and of the two the one with the higher wallet_version; its balance_after and
--                                         held_after are the answer. (By event time: created_at instead.)

-- Up Migration

CREATE TABLE wallets (
  id         UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  player_id  VARCHAR(255) NOT NULL,
  partner_id UUID NOT NULL,
  currency   VARCHAR(3) NOT NULL,
  balance    NUMERIC(19, 4) NOT NULL DEFAULT 0.0,
  held       NUMERIC(19, 4) NOT NULL DEFAULT 0.0,
  version    BIGINT NOT NULL DEFAULT 1,
  status     VARCHAR(20) NOT NULL DEFAULT 'active',
  aml_hold   BOOLEAN NOT NULL DEFAULT false,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT wallets_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT,
  CONSTRAINT wallets_player_id_partner_id_currency_key UNIQUE (player_id, partner_id, currency),
  CONSTRAINT wallets_balance_check CHECK (balance >= 0),
  CONSTRAINT wallets_held_check CHECK (held >= 0),
  CONSTRAINT wallets_status_check CHECK (status IN ('active', 'frozen'))
);
CREATE INDEX wallets_partner_id_idx ON wallets (partner_id);
CREATE INDEX wallets_status_idx ON wallets (status);
COMMENT ON TABLE wallets IS 'One wallet per partner, player and currency: its newest known state.';
COMMENT ON COLUMN wallets.balance IS 'Spendable balance.';
COMMENT ON COLUMN wallets.held IS 'Funds held for open withdrawals; not part of balance.';
COMMENT ON COLUMN wallets.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';
COMMENT ON COLUMN wallets.aml_hold IS 'True while withdrawals wait for compliance.';
COMMENT ON COLUMN wallets.updated_at IS 'When the wallet last changed, by the event that changed it.';

CREATE TABLE transactions (
  id                               UUID NOT NULL DEFAULT gen_random_uuid(),
  wallet_id                        UUID,
  player_id                        VARCHAR(255) NOT NULL,
  partner_id                       UUID NOT NULL,
  type                             VARCHAR(20) NOT NULL,
  _encrypted_amount                TEXT NOT NULL,
  currency                         VARCHAR(3) NOT NULL,
  direction                        VARCHAR(6),
  balance_before                   NUMERIC(19, 4),
  balance_after                    NUMERIC(19, 4),
  held_after                       NUMERIC(19, 4),
  wallet_version                   BIGINT NOT NULL,
  status                           VARCHAR(20) NOT NULL,
  status_version                   BIGINT NOT NULL,
  status_offset                    BIGINT NOT NULL,
  game_id                          VARCHAR(100),
  round_id                         VARCHAR(100),
  campaign_id                      VARCHAR(255),
  transaction_id_partner           VARCHAR(255),
  reference_transaction_id_partner VARCHAR(255),
  reference_transaction_id         UUID,
  win_type                         VARCHAR(20),
  round_closed                     BOOLEAN NOT NULL DEFAULT false,
  hold_expires_at                  TIMESTAMP WITH TIME ZONE,
  error_code                       VARCHAR(64),
  retryable                        BOOLEAN NOT NULL DEFAULT false,
  reason                           TEXT,
  command_id                       UUID NOT NULL,
  ip_address                       VARCHAR(45),
  user_agent                       TEXT,
  country                          VARCHAR(2),
  created_at                       TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  processed_at                     TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at                       TIMESTAMP WITH TIME ZONE NOT NULL,
  metadata                         JSONB,
  -- A key of a partitioned table holds the partition column. Ids are UUIDs of one writer, so id alone is unique too.
  CONSTRAINT transactions_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT transactions_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES wallets (id) ON DELETE RESTRICT,
  CONSTRAINT transactions_type_check CHECK (
    type IN ('DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT', 'COMMISSION')),
  CONSTRAINT transactions_status_check CHECK (
    status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')),
  CONSTRAINT transactions_direction_check CHECK (direction IN ('CREDIT', 'DEBIT')),
  -- A rejected command, or a rollback that came before its bet, of a player who has no wallet is recorded too, but there
  -- is no wallet that it could refer to. Every other transaction has one.
  CONSTRAINT transactions_wallet_id_check CHECK (
    wallet_id IS NOT NULL
    OR (balance_after IS NULL AND wallet_version = 0 AND (status = 'FAILED' OR type = 'ROLLBACK')))
) PARTITION BY RANGE (created_at);

CREATE INDEX transactions_wallet_id_idx ON transactions (wallet_id, processed_at DESC, wallet_version DESC);
CREATE INDEX transactions_player_id_idx ON transactions (player_id, partner_id, created_at DESC, id DESC);
CREATE INDEX transactions_partner_id_idx ON transactions (partner_id, created_at DESC, id DESC);
CREATE INDEX transactions_type_idx ON transactions (type);
CREATE INDEX transactions_status_idx ON transactions (status);
CREATE INDEX transactions_game_id_idx ON transactions (game_id) WHERE game_id IS NOT NULL;
CREATE INDEX transactions_round_id_idx ON transactions (round_id) WHERE round_id IS NOT NULL;
-- Rows lie nearly in the order of created_at, so a block range index finds a period at next to no cost per row.
CREATE INDEX transactions_created_at_idx ON transactions USING brin (created_at);
CREATE INDEX transactions_transaction_id_partner_idx ON transactions (transaction_id_partner, partner_id)
  WHERE transaction_id_partner IS NOT NULL;

COMMENT ON TABLE transactions IS 'Every transaction, rejected ones included, with its newest status.';
COMMENT ON COLUMN transactions.wallet_id IS 'NULL only where the player has no wallet.';
COMMENT ON COLUMN transactions._encrypted_amount IS
  'Amount as a decimal with four decimals, AES-256-GCM: keyId:base64(nonce).base64(tag).base64(ciphertext).';
COMMENT ON COLUMN transactions.direction IS 'Of an ADJUSTMENT or COMMISSION: CREDIT raises the balance, DEBIT lowers it.';
COMMENT ON COLUMN transactions.balance_before IS 'Spendable balance before the transaction was recorded.';
COMMENT ON COLUMN transactions.balance_after IS
  'Spendable balance after the transaction was recorded; later changes are in transaction_updates.';
COMMENT ON COLUMN transactions.held_after IS 'Held funds after the transaction was recorded.';
COMMENT ON COLUMN transactions.wallet_version IS 'The wallet''s version when the transaction was recorded; 0 without a wallet.';
COMMENT ON COLUMN transactions.status_version IS 'The wallet''s version as of the newest status; guards against older events.';
COMMENT ON COLUMN transactions.status_offset IS 'Offset of the event of the newest status; the guard where versions are equal.';
COMMENT ON COLUMN transactions.win_type IS 'STANDARD, FREE_ROUND, PROMOTIONAL, BONUS, JACKPOT or TOURNAMENT, of a WIN.';
COMMENT ON COLUMN transactions.error_code IS 'Why a FAILED or CANCELED transaction ended so.';
COMMENT ON COLUMN transactions.command_id IS 'The command that caused the newest status.';
COMMENT ON COLUMN transactions.created_at IS 'Event time: when it happened at the partner.';
COMMENT ON COLUMN transactions.processed_at IS 'When the platform accepted the command that recorded the transaction.';
COMMENT ON COLUMN transactions.updated_at IS 'When the platform accepted the command that caused the newest status.';

CREATE TABLE transaction_updates (
  event_id       UUID PRIMARY KEY,
  transaction_id UUID NOT NULL,
  wallet_id      UUID,
  command_id     UUID NOT NULL,
  status         VARCHAR(20) NOT NULL,
  balance_before NUMERIC(19, 4),
  balance_after  NUMERIC(19, 4),
  held_after     NUMERIC(19, 4),
  wallet_version BIGINT NOT NULL,
  error_code     VARCHAR(64),
  reason         TEXT,
  created_at     TIMESTAMP WITH TIME ZONE NOT NULL,
  processed_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT transaction_updates_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES wallets (id) ON DELETE RESTRICT,
  CONSTRAINT transaction_updates_status_check CHECK (
    status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'))
);
CREATE INDEX transaction_updates_transaction_id_idx ON transaction_updates (transaction_id, wallet_version);
CREATE INDEX transaction_updates_wallet_id_idx ON transaction_updates (wallet_id, processed_at DESC, wallet_version DESC);
COMMENT ON TABLE transaction_updates IS
  'One row per later change of a transaction''s status (a withdrawal''s steps), with the balance that it left.';
COMMENT ON COLUMN transaction_updates.created_at IS 'Event time of the transaction, as in transactions.';
COMMENT ON COLUMN transaction_updates.processed_at IS 'When the platform accepted the command that caused the change.';

-- Makes the partition of the month of `moment` (UTC) where it is missing. Any number of writers may call it at once: one
-- lock puts them in line. The partition is built apart and then attached, since attaching, unlike CREATE … PARTITION OF,
-- lets reads and writes of the other partitions go on.
CREATE FUNCTION ensure_transactions_partition(moment TIMESTAMP WITH TIME ZONE) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
  month_start TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
  partition_name TEXT := 'transactions_' || to_char(month_start, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('transactions partitions of ' || current_schema, 0));
  IF to_regclass(format('%I.%I', current_schema, partition_name)) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE transactions INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
  EXECUTE format(
    'ALTER TABLE transactions ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition_name,
    month_start AT TIME ZONE 'UTC',
    (month_start + INTERVAL '1 month') AT TIME ZONE 'UTC');
END
$$;
COMMENT ON FUNCTION ensure_transactions_partition IS 'Makes the monthly partition of transactions that holds a moment.';

-- Down Migration

DROP FUNCTION ensure_transactions_partition;
DROP TABLE transaction_updates;
DROP TABLE transactions;
DROP TABLE wallets;
