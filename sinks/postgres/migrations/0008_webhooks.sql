-- Webhook endpoints of partners, written by the PostgreSQL sink from partner.webhook.updated; and what sink-webhooks sends
-- to them: deliveries, the lanes that keep them in order, and its own positions in the log. None of the three refers to
-- another table, since the two sinks read independently of each other.

-- Up Migration

CREATE TABLE webhooks (
  id              UUID PRIMARY KEY,
  partner_id      UUID NOT NULL,
  url             TEXT NOT NULL,
  event_types     JSONB NOT NULL,
  description     TEXT,
  status          VARCHAR(20) NOT NULL,
  disabled_reason TEXT,
  version         INTEGER NOT NULL,
  created_at      TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at      TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT webhooks_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT webhooks_status_check CHECK (status IN ('active', 'disabled', 'deleted'))
);
CREATE INDEX webhooks_partner_id_idx ON webhooks (partner_id);
COMMENT ON TABLE webhooks IS 'Where partners are told of what happens. Secrets are not here: they stay sealed in the topic.';
COMMENT ON COLUMN webhooks.event_types IS 'JSON array of the types of events that are sent; empty: all.';
COMMENT ON COLUMN webhooks.description IS 'What its owner calls it.';
COMMENT ON COLUMN webhooks.status IS 'active: it is sent events; disabled: it is not; deleted: it is gone.';
COMMENT ON COLUMN webhooks.disabled_reason IS 'REQUESTED, or ENDPOINT_GONE where it answered 410.';
COMMENT ON COLUMN webhooks.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';
COMMENT ON COLUMN webhooks.created_at IS 'When it was created.';
COMMENT ON COLUMN webhooks.updated_at IS 'When it was last changed, by the command that changed it.';

CREATE TABLE webhook_positions (
  topic       VARCHAR(249) NOT NULL,
  partition   INTEGER NOT NULL,
  next_offset BIGINT NOT NULL,
  CONSTRAINT webhook_positions_pkey PRIMARY KEY (topic, partition),
  CONSTRAINT webhook_positions_next_offset_check CHECK (next_offset >= 0)
);
COMMENT ON TABLE webhook_positions IS 'How far sink-webhooks has written each partition, as sink_positions.';
COMMENT ON COLUMN webhook_positions.next_offset IS 'Offset of the first record that is not yet written.';

CREATE TABLE webhook_deliveries (
  id              UUID PRIMARY KEY,
  webhook_id      UUID NOT NULL,
  partner_id      UUID NOT NULL,
  player_id       VARCHAR(255) NOT NULL,
  event_id        UUID NOT NULL,
  event_type      VARCHAR(100) NOT NULL,
  log_offset      BIGINT NOT NULL,
  body            TEXT NOT NULL,
  status          VARCHAR(20) NOT NULL DEFAULT 'pending',
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMP WITH TIME ZONE,
  last_attempt_at TIMESTAMP WITH TIME ZONE,
  last_status     INTEGER,
  last_error      VARCHAR(255),
  delivered_at    TIMESTAMP WITH TIME ZONE,
  occurred_at     TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'delivered', 'dead')),
  CONSTRAINT webhook_deliveries_due_check CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries (webhook_id, player_id, log_offset) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_dead_idx ON webhook_deliveries (webhook_id, occurred_at) WHERE status = 'dead';
CREATE INDEX webhook_deliveries_webhook_id_idx ON webhook_deliveries (webhook_id, occurred_at DESC, id DESC);
CREATE INDEX webhook_deliveries_occurred_at_idx ON webhook_deliveries (occurred_at);
COMMENT ON TABLE webhook_deliveries IS 'One row per endpoint and event, kept for 30 days.';
COMMENT ON COLUMN webhook_deliveries.id IS 'The webhook-id: it follows from endpoint and event, so that a repetition is recognised.';
COMMENT ON COLUMN webhook_deliveries.log_offset IS 'Offset of the event in its partition: the order of one player''s events.';
COMMENT ON COLUMN webhook_deliveries.body IS 'Sealed; what is sent, to the byte.';
COMMENT ON COLUMN webhook_deliveries.status IS 'pending: it is sent, perhaps again; delivered; dead: the last try has failed.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'Tries since it was last made due.';
COMMENT ON COLUMN webhook_deliveries.next_attempt_at IS 'From when on it is due, once it is the first of its player; NULL where it is not pending.';
COMMENT ON COLUMN webhook_deliveries.last_attempt_at IS 'When it was last tried.';
COMMENT ON COLUMN webhook_deliveries.last_status IS 'HTTP status of the last try; NULL where there was no answer.';
COMMENT ON COLUMN webhook_deliveries.last_error IS 'Why the last try has failed, e.g. TIMEOUT.';
COMMENT ON COLUMN webhook_deliveries.delivered_at IS 'When it was last answered with success.';
COMMENT ON COLUMN webhook_deliveries.occurred_at IS 'Time of the event.';

CREATE TABLE webhook_lanes (
  webhook_id UUID NOT NULL,
  player_id  VARCHAR(255) NOT NULL,
  due_at     TIMESTAMP WITH TIME ZONE,
  claim      UUID,
  CONSTRAINT webhook_lanes_pkey PRIMARY KEY (webhook_id, player_id)
);
CREATE INDEX webhook_lanes_due_idx ON webhook_lanes (webhook_id, due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE webhook_lanes IS 'Deliveries of one endpoint about one player go one after the other: whoever sends holds the lane.';
COMMENT ON COLUMN webhook_lanes.due_at IS 'When its first pending delivery is due; while it is held, when the lease ends. NULL: nothing is pending.';
COMMENT ON COLUMN webhook_lanes.claim IS 'Who holds it; NULL: nobody does.';

-- Down Migration

-- Deliveries follow from the log, but what has been sent stands nowhere else: the next way up begins with the events of the
-- last 30 days, and sends them under the same ids.
DROP TABLE webhook_lanes;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_positions;

-- What goes away here stays in its topic for ever: with the position forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic = 'partner.webhook.updated';
DROP TABLE webhooks;
