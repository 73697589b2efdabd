-- How far the sink has written each partition: the newest row of a partition counts.

-- Up Migration

CREATE TABLE IF NOT EXISTS sink_positions (
  topic LowCardinality(String) COMMENT 'Topic in Kafka.',
  partition UInt32 COMMENT 'Partition of the topic.',
  next_offset UInt64 COMMENT 'Offset of the first record that is not yet written.',
  written_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When the row was written; the newest counts.'
) ENGINE = ReplacingMergeTree(written_at)
ORDER BY (topic, partition)
COMMENT 'How far the sink has written each partition. Adding a row with a lower next_offset replays, and changes nothing.';

-- Down Migration

DROP TABLE IF EXISTS sink_positions;
