-- Which keys have sealed the secrets of webhook endpoints: a key that has sealed none can be taken out of the ring.
--
-- Written by the PostgreSQL sink alone, from partner.webhook.updated.

-- Up Migration

ALTER TABLE webhooks ADD COLUMN secret_key_ids JSONB;
COMMENT ON COLUMN webhooks.secret_key_ids IS
  'JSON array of the ids of the encryption keys that have sealed its secrets; NULL: not noted yet.';
-- The topic is read again from its beginning, and completes the rows that are there.
DELETE FROM sink_positions WHERE topic = 'partner.webhook.updated';

-- Down Migration

ALTER TABLE webhooks DROP COLUMN secret_key_ids;
