-- The country of registration of a transaction, as the wallet knew it; NULL in what was written before it said so.

-- Up Migration

ALTER TABLE transactions ADD COLUMN IF NOT EXISTS
  player_country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country where the player was registered at that moment.'
  AFTER country;

DROP VIEW IF EXISTS transactions_current;

CREATE VIEW IF NOT EXISTS transactions_current (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  event_type LowCardinality(String) COMMENT 'transaction.created or transaction.updated (a later change of its status).',
  event_timestamp DateTime64(3, 'UTC') COMMENT 'When the event came into being.',
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  command_id UUID COMMENT 'The command that caused the event.',
  wallet_id UUID COMMENT 'The wallet; where the player has none, the id that it would have.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  status LowCardinality(String) COMMENT 'PENDING, PROCESSING, COMPLETED, FAILED or CANCELED, after the event.',
  amount Decimal(19, 4) COMMENT 'Amount, never negative; the direction follows from type, or from direction.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  direction LowCardinality(Nullable(String)) COMMENT 'CREDIT or DEBIT, of an ADJUSTMENT or COMMISSION.',
  balance_before Nullable(Decimal(19, 4)) COMMENT 'Spendable balance before the event; NULL where there is no wallet.',
  balance_after Nullable(Decimal(19, 4)) COMMENT 'Spendable balance after the event; NULL where there is no wallet.',
  held_after Nullable(Decimal(19, 4)) COMMENT 'Held funds after the event; NULL where there is no wallet.',
  version UInt64 COMMENT 'The wallet\'s version after the event; 0 where there is no wallet.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  round_id Nullable(String) COMMENT 'The game round.',
  campaign_id LowCardinality(Nullable(String)) COMMENT 'The campaign of a free round or promotion.',
  transaction_id_partner Nullable(String) COMMENT 'The partner\'s own id of the movement, unique per partner and player.',
  reference_transaction_id_partner Nullable(String) COMMENT 'The partner\'s id of the bet that a win or rollback concerns.',
  reference_transaction_id Nullable(UUID) COMMENT 'The platform\'s id of the bet that a win or rollback concerns.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  round_closed Bool COMMENT 'True where the event closes the round.',
  hold_expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of a withdrawal\'s hold.',
  error_code LowCardinality(Nullable(String)) COMMENT 'Why a FAILED or CANCELED transaction ended so.',
  retryable Bool COMMENT 'True for a rejection that is not remembered: the same id may succeed later.',
  reason Nullable(String) COMMENT 'Why the step was asked, where given.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.',
  ip_address Nullable(String) COMMENT 'Address of the player\'s request. Personal data.',
  user_agent LowCardinality(Nullable(String)) COMMENT 'User agent of the player\'s request. Personal data.',
  country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country of the player\'s request.',
  player_country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country where the player was registered at that moment.',
  metadata Nullable(String) COMMENT 'Free JSON object of the partner, as text.'
) AS
SELECT
  event_id, event_type, event_timestamp, transaction_id, command_id, wallet_id, partner_id, player_id, type,
  status, amount, currency, direction, balance_before, balance_after, held_after, version, game_id, round_id,
  campaign_id, transaction_id_partner, reference_transaction_id_partner, reference_transaction_id, win_type,
  round_closed, hold_expires_at, error_code, retryable, reason, created_at, processed_at, ip_address,
  user_agent, country, player_country, metadata
FROM transactions FINAL
WHERE
  (event_type != 'transaction.updated'
    AND transaction_id NOT IN (SELECT transaction_id FROM transactions WHERE event_type = 'transaction.updated'))
  OR (event_type = 'transaction.updated'
    AND (transaction_id, (version, kafka_offset)) IN (
      SELECT transaction_id, max((version, kafka_offset)) FROM transactions
      WHERE event_type = 'transaction.updated' GROUP BY transaction_id))
COMMENT 'Every transaction once, with its newest status.';

-- Down Migration

DROP VIEW IF EXISTS transactions_current;

CREATE VIEW IF NOT EXISTS transactions_current (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  event_type LowCardinality(String) COMMENT 'transaction.created or transaction.updated (a later change of its status).',
  event_timestamp DateTime64(3, 'UTC') COMMENT 'When the event came into being.',
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  command_id UUID COMMENT 'The command that caused the event.',
  wallet_id UUID COMMENT 'The wallet; where the player has none, the id that it would have.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  status LowCardinality(String) COMMENT 'PENDING, PROCESSING, COMPLETED, FAILED or CANCELED, after the event.',
  amount Decimal(19, 4) COMMENT 'Amount, never negative; the direction follows from type, or from direction.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  direction LowCardinality(Nullable(String)) COMMENT 'CREDIT or DEBIT, of an ADJUSTMENT or COMMISSION.',
  balance_before Nullable(Decimal(19, 4)) COMMENT 'Spendable balance before the event; NULL where there is no wallet.',
  balance_after Nullable(Decimal(19, 4)) COMMENT 'Spendable balance after the event; NULL where there is no wallet.',
  held_after Nullable(Decimal(19, 4)) COMMENT 'Held funds after the event; NULL where there is no wallet.',
  version UInt64 COMMENT 'The wallet\'s version after the event; 0 where there is no wallet.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  round_id Nullable(String) COMMENT 'The game round.',
  campaign_id LowCardinality(Nullable(String)) COMMENT 'The campaign of a free round or promotion.',
  transaction_id_partner Nullable(String) COMMENT 'The partner\'s own id of the movement, unique per partner and player.',
  reference_transaction_id_partner Nullable(String) COMMENT 'The partner\'s id of the bet that a win or rollback concerns.',
  reference_transaction_id Nullable(UUID) COMMENT 'The platform\'s id of the bet that a win or rollback concerns.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  round_closed Bool COMMENT 'True where the event closes the round.',
  hold_expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of a withdrawal\'s hold.',
  error_code LowCardinality(Nullable(String)) COMMENT 'Why a FAILED or CANCELED transaction ended so.',
  retryable Bool COMMENT 'True for a rejection that is not remembered: the same id may succeed later.',
  reason Nullable(String) COMMENT 'Why the step was asked, where given.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.',
  ip_address Nullable(String) COMMENT 'Address of the player\'s request. Personal data.',
  user_agent LowCardinality(Nullable(String)) COMMENT 'User agent of the player\'s request. Personal data.',
  country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country of the player\'s request.',
  metadata Nullable(String) COMMENT 'Free JSON object of the partner, as text.'
) AS
SELECT
  event_id, event_type, event_timestamp, transaction_id, command_id, wallet_id, partner_id, player_id, type,
  status, amount, currency, direction, balance_before, balance_after, held_after, version, game_id, round_id,
  campaign_id, transaction_id_partner, reference_transaction_id_partner, reference_transaction_id, win_type,
  round_closed, hold_expires_at, error_code, retryable, reason, created_at, processed_at, ip_address,
  user_agent, country, metadata
FROM transactions FINAL
WHERE
  (event_type != 'transaction.updated'
    AND transaction_id NOT IN (SELECT transaction_id FROM transactions WHERE event_type = 'transaction.updated'))
  OR (event_type = 'transaction.updated'
    AND (transaction_id, (version, kafka_offset)) IN (
      SELECT transaction_id, max((version, kafka_offset)) FROM transactions
      WHERE event_type = 'transaction.updated' GROUP BY transaction_id))
COMMENT 'Every transaction once, with its newest status.';

ALTER TABLE transactions DROP COLUMN IF EXISTS player_country;
