-- Webhook endpoints of partners, written by the PostgreSQL sink from partner.webhook.updated.

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

-- Down Migration

-- What goes away here stays in its topic for ever: with the position forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic = 'partner.webhook.updated';
DROP TABLE webhooks;
