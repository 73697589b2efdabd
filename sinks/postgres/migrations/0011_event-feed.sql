-- What partners may read of their events (GET /events): written by sink-webhooks, from wallet.transaction.created, in the same
-- database transaction as its position in the log. The read that the key is made for, per partition of the log:
--   a partner's events from an offset on   WHERE partner_id = $1 AND log_partition = $2 AND log_offset >= $3
--                                          ORDER BY log_offset LIMIT $4

-- Up Migration

CREATE TABLE partner_events (
  partner_id    UUID NOT NULL,
  log_partition INTEGER NOT NULL,
  log_offset    BIGINT NOT NULL,
  event_type    VARCHAR(100) NOT NULL,
  body          TEXT NOT NULL,
  occurred_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT partner_events_pkey PRIMARY KEY (partner_id, log_partition, log_offset)
);
-- Rows lie nearly in the order of occurred_at; what is old is found at next to no cost per row.
CREATE INDEX partner_events_occurred_at_idx ON partner_events USING brin (occurred_at);
COMMENT ON TABLE partner_events IS 'One row per event, kept for 30 days.';
COMMENT ON COLUMN partner_events.log_partition IS 'Partition of the event in the log; all events of a player are in one.';
COMMENT ON COLUMN partner_events.log_offset IS 'Offset of the event in its partition: the order of one player''s events.';
COMMENT ON COLUMN partner_events.body IS 'Sealed; what webhook endpoints are sent, to the byte.';
COMMENT ON COLUMN partner_events.occurred_at IS 'Time of the event.';

ALTER TABLE webhook_positions
  ADD COLUMN kept_from BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN kept_to BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN webhook_positions.kept_from IS 'From this offset on all events are in partner_events,';
COMMENT ON COLUMN webhook_positions.kept_to IS
  'up to this one, exclusive. Where it is not next_offset, a version that knows no partner_events has written since.';
UPDATE webhook_positions SET kept_from = next_offset, kept_to = next_offset;

-- Down Migration

-- The next way up keeps events from then on, and cursors of before have ended.
ALTER TABLE webhook_positions DROP COLUMN kept_from, DROP COLUMN kept_to;
DROP TABLE partner_events;
