-- The newest state of every wallet, from the compacted topic wallet.balance. Merges keep the newest version of a wallet;
-- the table has no partitions, so that an insert is one part and the highest offset in it says what was written.

-- Up Migration

CREATE TABLE IF NOT EXISTS wallet_balance_updates (
  wallet_id UUID COMMENT 'The wallet.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  balance Decimal(19, 4) COMMENT 'Spendable balance.',
  held Decimal(19, 4) COMMENT 'Funds held for open withdrawals; not part of balance.',
  status LowCardinality(String) COMMENT 'active or frozen.',
  aml_hold Bool COMMENT 'True while withdrawals wait for compliance.',
  version UInt64 COMMENT 'Rises by one per change of the wallet.',
  created_at DateTime64(3, 'UTC') COMMENT 'When the wallet was opened.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When the wallet last changed.',
  kafka_topic LowCardinality(String) COMMENT 'Topic of the record that the row was made of.',
  kafka_partition UInt32 COMMENT 'Partition of that record.',
  kafka_offset UInt64 COMMENT 'Offset of that record; the sink skips records whose offsets are there.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written here.'
) ENGINE = ReplacingMergeTree(version)
ORDER BY (partner_id, player_id, currency)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'States of wallets as they came; older ones go when parts are merged. Read wallet_balances.';

CREATE VIEW IF NOT EXISTS wallet_balances (
  wallet_id UUID COMMENT 'The wallet.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  balance Decimal(19, 4) COMMENT 'Spendable balance.',
  held Decimal(19, 4) COMMENT 'Funds held for open withdrawals; not part of balance.',
  status LowCardinality(String) COMMENT 'active or frozen.',
  aml_hold Bool COMMENT 'True while withdrawals wait for compliance.',
  version UInt64 COMMENT 'Rises by one per change of the wallet.',
  created_at DateTime64(3, 'UTC') COMMENT 'When the wallet was opened.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When the wallet last changed.'
) AS
SELECT
  wallet_id, partner_id, player_id, currency, balance, held, status, aml_hold, version, created_at,
  updated_at
FROM wallet_balance_updates FINAL
COMMENT 'Every wallet once, in its newest state.';

-- Down Migration

DROP VIEW IF EXISTS wallet_balances;
DROP TABLE IF EXISTS wallet_balance_updates;
