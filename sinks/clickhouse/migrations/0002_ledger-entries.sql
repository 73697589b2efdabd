-- Double entry: every movement of money is two entries that sum to zero. One row per entry of a transaction event.

-- Up Migration

CREATE TABLE IF NOT EXISTS ledger_entries (
  event_id UUID COMMENT 'The event whose movement this is a side of.',
  entry UInt8 COMMENT 'Number of the entry within its event, from 0.',
  account LowCardinality(String) COMMENT 'PLAYER and PLAYER_HELD are the wallet\'s balance and held funds; HOUSE, BONUS, CASH, COMMISSION and ADJUSTMENT are the platform\'s.',
  amount Decimal(19, 4) COMMENT 'Signed: positive raises the account. The entries of an event sum to zero.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  transaction_id UUID COMMENT 'The transaction.',
  wallet_id UUID COMMENT 'The player\'s wallet.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'Type of the transaction.',
  status LowCardinality(String) COMMENT 'Status of the transaction after the event.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  version UInt64 COMMENT 'The wallet\'s version after the event.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.',
  kafka_topic LowCardinality(String) COMMENT 'Topic of the record that the row was made of.',
  kafka_partition UInt32 COMMENT 'Partition of that record.',
  kafka_offset UInt64 COMMENT 'Offset of that record; the sink skips records whose offsets are there.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written here.',
  INDEX ledger_entries_kafka_offset kafka_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (partner_id, created_at, transaction_id, event_id, entry)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every ledger entry; per currency they sum to zero.';

CREATE VIEW IF NOT EXISTS ledger_entries_v (
  event_id UUID COMMENT 'The event whose movement this is a side of.',
  entry UInt8 COMMENT 'Number of the entry within its event, from 0.',
  account LowCardinality(String) COMMENT 'PLAYER and PLAYER_HELD are the wallet\'s balance and held funds; HOUSE, BONUS, CASH, COMMISSION and ADJUSTMENT are the platform\'s.',
  amount Decimal(19, 4) COMMENT 'Signed: positive raises the account. The entries of an event sum to zero.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  transaction_id UUID COMMENT 'The transaction.',
  wallet_id UUID COMMENT 'The player\'s wallet.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'Type of the transaction.',
  status LowCardinality(String) COMMENT 'Status of the transaction after the event.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  version UInt64 COMMENT 'The wallet\'s version after the event.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.'
) AS
SELECT
  event_id, entry, account, amount, currency, transaction_id, wallet_id, partner_id, player_id, type, status,
  game_id, win_type, version, created_at, processed_at
FROM ledger_entries FINAL
COMMENT 'Every ledger entry once.';

-- Down Migration

DROP VIEW IF EXISTS ledger_entries_v;
DROP TABLE IF EXISTS ledger_entries;
