-- Partners and their commission rates, from the compacted topic partner.profile.updated: every record holds all rates that the partner
-- has had and has ahead, so the newest one is the whole history. As with wallets, the table has no partitions: an insert is one part.

-- Up Migration

CREATE TABLE IF NOT EXISTS partner_changes (
  partner_id UUID COMMENT 'The partner.',
  name String COMMENT 'Its name.',
  type LowCardinality(String) COMMENT 'operator, aggregator or affiliate.',
  status LowCardinality(String) COMMENT 'active, inactive or suspended.',
  rates Array(Decimal(5, 4)) COMMENT 'Commission rates in the order in which they come into force.',
  rates_from Array(DateTime64(3, 'UTC')) COMMENT 'From when on each rate is in force; what lies beyond 2299 stands as the end of that year.',
  version UInt32 COMMENT 'Rises by one with each change of the partner.',
  created_at DateTime64(3, 'UTC') COMMENT 'When the partner was created.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it was last changed.',
  kafka_topic LowCardinality(String) COMMENT 'Topic of the record that the row was made of.',
  kafka_partition UInt32 COMMENT 'Partition of that record.',
  kafka_offset UInt64 COMMENT 'Offset of that record; the sink skips records whose offsets are there.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written here.'
) ENGINE = ReplacingMergeTree(version)
ORDER BY partner_id
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'States of partners as they came; older ones go when parts are merged. Read partners and partner_rates.';

CREATE VIEW IF NOT EXISTS partners (
  partner_id UUID COMMENT 'The partner.',
  name String COMMENT 'Its name.',
  type LowCardinality(String) COMMENT 'operator, aggregator or affiliate.',
  status LowCardinality(String) COMMENT 'active, inactive or suspended.',
  version UInt32 COMMENT 'Rises by one with each change of the partner.',
  created_at DateTime64(3, 'UTC') COMMENT 'When the partner was created.',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it was last changed.'
) AS
SELECT partner_id, name, type, status, version, created_at, updated_at
FROM partner_changes FINAL
COMMENT 'Every partner once, in its newest state.';

CREATE VIEW IF NOT EXISTS partner_rates (
  partner_id UUID COMMENT 'The partner.',
  rate Decimal(5, 4) COMMENT 'Commission rate: share of the gross gaming revenue, 0 to 1.',
  effective_from DateTime64(3, 'UTC') COMMENT 'From when on it is in force, this moment included.',
  effective_to Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when, this moment excluded; NULL for the last one. Before the first rate nothing is due.'
) AS
SELECT partner_id, rate, effective_from, effective_to
FROM partner_changes FINAL
ARRAY JOIN
  rates AS rate,
  rates_from AS effective_from,
  arrayPushBack(arrayMap(moment -> toNullable(moment), arrayPopFront(rates_from)), NULL) AS effective_to
COMMENT 'Every commission rate with the time in which it is in force. A rate that has been in force never changes.';

-- Down Migration

DROP VIEW IF EXISTS partner_rates;
DROP VIEW IF EXISTS partners;
DROP TABLE IF EXISTS partner_changes;
