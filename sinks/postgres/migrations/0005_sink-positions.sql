-- How far the sink has written each partition. The row is locked and moved in the same database transaction as the rows
-- of a batch, so both are there or neither is.

-- Up Migration

CREATE TABLE sink_positions (
  topic       VARCHAR(249) NOT NULL,
  partition   INTEGER NOT NULL,
  next_offset BIGINT NOT NULL,
  CONSTRAINT sink_positions_pkey PRIMARY KEY (topic, partition),
  CONSTRAINT sink_positions_next_offset_check CHECK (next_offset >= 0)
);
COMMENT ON TABLE sink_positions IS 'How far the sink has written each partition; setting next_offset back replays, and changes nothing.';
COMMENT ON COLUMN sink_positions.next_offset IS 'Offset of the first record that is not yet written.';

-- Down Migration

DROP TABLE sink_positions;
