-- Every assessment and every change of an alert, one row per record. A record that is written again collapses as in `transactions`.

-- Up Migration

CREATE TABLE IF NOT EXISTS aml_assessments (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  event_type LowCardinality(String) COMMENT 'transaction.assessed, or transaction.reversed: a withdrawal that was given back and counts no more.',
  transaction_id UUID COMMENT 'The transaction.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  amount Decimal(19, 4) COMMENT 'Amount of the transaction.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  bonus Bool COMMENT 'True for a free-round bet and a win that is a bonus cost.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: the end of every window.',
  late Bool COMMENT 'True where a later event of the player had been assessed before.',
  risk_score Float64 COMMENT 'Score from 0 to 100.',
  overall_risk_score Float64 COMMENT 'The player\'s weighted score after the transaction.',
  alert_types Array(LowCardinality(String)) COMMENT 'Types of the alerts that it raised.',
  factor_codes Array(LowCardinality(String)) COMMENT 'Codes of all that was found.',
  factors String COMMENT 'JSON: each factor with its points and numbers.',
  rules_version LowCardinality(String) COMMENT 'The rules that were applied: owner and version.',
  observations UInt64 COMMENT 'Transactions of the same type and currency in the 30 days before.',
  amount_mean Nullable(Float64) COMMENT 'Their mean amount.',
  amount_sigma Nullable(Float64) COMMENT 'Their standard deviation.',
  z_score Nullable(Float64) COMMENT 'Distance of the amount from the mean, in standard deviations.',
  robust_z_score Nullable(Float64) COMMENT 'The same on log(1 + amount), by median and median absolute deviation.',
  count_24h UInt64 COMMENT 'Transactions of the player within 24 hours, with this one.',
  frequency_ratio_7d Nullable(Float64) COMMENT 'count_24h over the daily average of the 6 days before.',
  frequency_ratio_30d Nullable(Float64) COMMENT 'count_24h over the daily average of the 29 days before.',
  near_threshold_24h UInt32 COMMENT 'Deposits or withdrawals, as this one, just under the threshold within 24 hours.',
  near_threshold_48h UInt32 COMMENT 'The same within 48 hours.',
  deposited_24h Decimal(19, 4) COMMENT 'Deposits in the currency within 24 hours, with this one.',
  withdrawn_24h Decimal(19, 4) COMMENT 'Withdrawals likewise.',
  wagered_24h Decimal(19, 4) COMMENT 'Cash bets less their rollbacks, likewise.',
  shadow_rules_version LowCardinality(Nullable(String)) COMMENT 'Rules in shadow, where there were any.',
  shadow_risk_score Nullable(Float64) COMMENT 'What they would have scored.',
  shadow_alert_types Array(LowCardinality(String)) COMMENT 'Types of the alerts that they would have raised.',
  assessed_at DateTime64(3, 'UTC') COMMENT 'When the assessment was made.',
  kafka_topic LowCardinality(String) COMMENT 'Topic of the record that the row was made of.',
  kafka_partition UInt32 COMMENT 'Partition of that record.',
  kafka_offset UInt64 COMMENT 'Offset of that record; the sink skips records whose offsets are there.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written here.',
  INDEX aml_assessments_kafka_offset kafka_offset TYPE minmax GRANULARITY 1,
  INDEX aml_assessments_transaction_id transaction_id TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (partner_id, created_at, transaction_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What the AML rules said of every transaction that moved money, and on which numbers. Read it FINAL.';

CREATE TABLE IF NOT EXISTS aml_alert_changes (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  alert_id UUID COMMENT 'The alert.',
  version UInt32 COMMENT 'Its version after the change; 1 where it was raised.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  transaction_id Nullable(UUID) COMMENT 'The transaction that raised it.',
  alert_type LowCardinality(String) COMMENT 'THRESHOLD, PATTERN, STRUCTURING, RAPID_MOVEMENT, WATCHLIST, COUNTRY or MANUAL.',
  alert_severity LowCardinality(String) COMMENT 'LOW, MEDIUM, HIGH or CRITICAL.',
  alert_status LowCardinality(String) COMMENT 'NEW, INVESTIGATING, CLOSED or REPORTED, after the change.',
  description String COMMENT 'In words.',
  risk_score Float64 COMMENT 'The highest score of all findings.',
  factor_codes Array(LowCardinality(String)) COMMENT 'Codes of its factors.',
  risk_factors String COMMENT 'JSON: each factor with its numbers, its window and the transactions behind it.',
  matches String COMMENT 'JSON: of a WATCHLIST alert the names on lists. Personal data.',
  rules_version LowCardinality(Nullable(String)) COMMENT 'The rules that raised it: owner and version.',
  occurrences UInt64 COMMENT 'How often it was found, the first time included.',
  transaction_ids Array(UUID) COMMENT 'The transactions that it was found on, the last 100.',
  first_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the first finding.',
  last_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the last.',
  assignee_id Nullable(String) COMMENT 'The officer who works on it.',
  reviewed_by Nullable(String) COMMENT 'Who closed or reported it.',
  reviewed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When.',
  resolution_code LowCardinality(Nullable(String)) COMMENT 'Why it was closed.',
  report_reference Nullable(String) COMMENT 'Reference of the report to the authority.',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was raised.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it was changed.',
  action LowCardinality(String) COMMENT 'What was done: RAISED, JOINED, ASSIGNED, CLOSED, REPORTED and the like.',
  actor Nullable(String) COMMENT 'Who; NULL for a processor.',
  from_status LowCardinality(Nullable(String)) COMMENT 'The state before; NULL for a new alert.',
  kafka_topic LowCardinality(String) COMMENT 'Topic of the record that the row was made of.',
  kafka_partition UInt32 COMMENT 'Partition of that record.',
  kafka_offset UInt64 COMMENT 'Offset of that record; the sink skips records whose offsets are there.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written here.',
  INDEX aml_alert_changes_kafka_offset kafka_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (partner_id, alert_id, version, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every change of every alert, with the alert as it stood then. Read it FINAL.';

CREATE VIEW IF NOT EXISTS aml_alerts (
  alert_id UUID COMMENT 'The alert.',
  version UInt32 COMMENT 'Its version after the change; 1 where it was raised.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  transaction_id Nullable(UUID) COMMENT 'The transaction that raised it.',
  alert_type LowCardinality(String) COMMENT 'THRESHOLD, PATTERN, STRUCTURING, RAPID_MOVEMENT, WATCHLIST, COUNTRY or MANUAL.',
  alert_severity LowCardinality(String) COMMENT 'LOW, MEDIUM, HIGH or CRITICAL.',
  alert_status LowCardinality(String) COMMENT 'NEW, INVESTIGATING, CLOSED or REPORTED, after the change.',
  description String COMMENT 'In words.',
  risk_score Float64 COMMENT 'The highest score of all findings.',
  factor_codes Array(LowCardinality(String)) COMMENT 'Codes of its factors.',
  risk_factors String COMMENT 'JSON: each factor with its numbers, its window and the transactions behind it.',
  matches String COMMENT 'JSON: of a WATCHLIST alert the names on lists. Personal data.',
  rules_version LowCardinality(Nullable(String)) COMMENT 'The rules that raised it: owner and version.',
  occurrences UInt64 COMMENT 'How often it was found, the first time included.',
  transaction_ids Array(UUID) COMMENT 'The transactions that it was found on, the last 100.',
  first_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the first finding.',
  last_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the last.',
  assignee_id Nullable(String) COMMENT 'The officer who works on it.',
  reviewed_by Nullable(String) COMMENT 'Who closed or reported it.',
  reviewed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When.',
  resolution_code LowCardinality(Nullable(String)) COMMENT 'Why it was closed.',
  report_reference Nullable(String) COMMENT 'Reference of the report to the authority.',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was raised.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it was changed.'
) AS
SELECT
  alert_id, version, partner_id, player_id, transaction_id, alert_type, alert_severity, alert_status,
  description, risk_score, factor_codes, risk_factors, matches, rules_version, occurrences, transaction_ids,
  first_occurred_at, last_occurred_at, assignee_id, reviewed_by, reviewed_at, resolution_code,
  report_reference, created_at, updated_at
FROM aml_alert_changes FINAL
WHERE (alert_id, version) IN (SELECT alert_id, max(version) FROM aml_alert_changes GROUP BY alert_id)
COMMENT 'Every alert once, as it stands now.';

-- Down Migration

DROP VIEW IF EXISTS aml_alerts;
DROP TABLE IF EXISTS aml_alert_changes;
DROP TABLE IF EXISTS aml_assessments;
