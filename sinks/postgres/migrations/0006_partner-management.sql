-- Partner management as the platform decides it: partners with sealed personal data, their commission rates by date, API
-- keys, the addresses that partners may call from, and the audit trail.
--
-- All are written by the PostgreSQL sink alone, from partner.profile.updated, partner.api-key.updated,
-- partner.api-key.used and audit.entry.recorded. Reads that the indexes are made for:
--   a partner's rate at a moment $2   WHERE partner_id = $1 AND effective_from <= $2 ORDER BY effective_from DESC LIMIT 1
--   who changed a partner, and when   WHERE partner_id = $1 ORDER BY requested_at DESC
--   what a key has asked for          WHERE actor_key_id = $1

-- Up Migration

ALTER TABLE partners
  DROP CONSTRAINT partners_contact_email_key,
  ALTER COLUMN contact_email TYPE TEXT,
  ALTER COLUMN registration_number TYPE TEXT,
  ADD COLUMN contact_email_hash TEXT,
  ADD COLUMN settings JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN version INTEGER NOT NULL DEFAULT 0,
  ADD CONSTRAINT partners_contact_email_hash_key UNIQUE (contact_email_hash);
COMMENT ON COLUMN partners.commission_rate IS
  'Share of the gross gaming revenue, 0 to 1: the rate in force at updated_at. For others see partner_commission_rates.';
COMMENT ON COLUMN partners.contact_email IS 'Sealed address of the contact.';
COMMENT ON COLUMN partners.contact_email_hash IS
  'Keyed hash of the address in lower case, by which it is unique. NULL also for the moment between another partner taking '
  'an address over and the record of the one that gave it up.';
COMMENT ON COLUMN partners.registration_number IS 'Sealed business registration number.';
COMMENT ON COLUMN partners.address IS 'Sealed postal address.';
COMMENT ON COLUMN partners.settings IS
  'What the partner has chosen, or was given: allowed_ips, auto_approvals, rate_limits, webhook_url. Amounts are texts.';
COMMENT ON COLUMN partners.version IS
  'Rises by one per change; a row is only ever replaced by a newer version. 0: nobody has described the partner yet.';
COMMENT ON COLUMN partners.updated_at IS 'When the partner was last changed, by the command that changed it.';

CREATE TABLE partner_commission_rates (
  partner_id     UUID NOT NULL,
  rate           NUMERIC(5, 4) NOT NULL,
  effective_from TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT partner_commission_rates_pkey PRIMARY KEY (partner_id, effective_from),
  CONSTRAINT partner_commission_rates_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT partner_commission_rates_rate_check CHECK (rate >= 0 AND rate <= 1)
);
COMMENT ON TABLE partner_commission_rates IS
  'All rates of each partner, past and to come; replaced as a whole with each newer version of the partner.';
COMMENT ON COLUMN partner_commission_rates.rate IS 'Share of the gross gaming revenue, 0 to 1.';
COMMENT ON COLUMN partner_commission_rates.effective_from IS 'From when on the rate is in force, until the next one.';

COMMENT ON TABLE ip_whitelist IS
  'Addresses and networks that a partner may call from, as in its settings; none: from anywhere.';
COMMENT ON COLUMN ip_whitelist.created_at IS 'When the partner was changed so that it may call from there.';

-- Nothing has ever written to this table. Ids of keys are not handed out by a database, and eight characters make a
-- prefix unique, so it is made anew.
DROP TABLE api_keys;
CREATE TABLE api_keys (
  id           UUID PRIMARY KEY,
  key_prefix   VARCHAR(20) NOT NULL,
  key_hash     VARCHAR(255) NOT NULL,
  name         VARCHAR(100),
  partner_id   UUID NOT NULL,
  status       VARCHAR(20) NOT NULL DEFAULT 'active',
  scopes       JSONB,
  expires_at   TIMESTAMP WITH TIME ZONE,
  last_used_at TIMESTAMP WITH TIME ZONE,
  replaced_by  UUID,
  version      INTEGER NOT NULL,
  created_at   TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at   TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_key_prefix_key UNIQUE (key_prefix),
  CONSTRAINT api_keys_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT api_keys_status_check CHECK (status IN ('active', 'inactive'))
);
CREATE INDEX api_keys_partner_id_idx ON api_keys (partner_id);
CREATE INDEX api_keys_status_idx ON api_keys (status);
COMMENT ON TABLE api_keys IS 'Keys of partners; the key itself is never stored.';
COMMENT ON COLUMN api_keys.key_prefix IS 'Beginning of the key, by which it is found.';
COMMENT ON COLUMN api_keys.key_hash IS 'HMAC-SHA-256 of the whole key under a pepper that is in no store, in base64.';
COMMENT ON COLUMN api_keys.scopes IS 'JSON array of what the key allows, such as ["wallet:read", "wallet:write"].';
COMMENT ON COLUMN api_keys.last_used_at IS 'As in api_key_uses.';
COMMENT ON COLUMN api_keys.replaced_by IS
  'The key that takes its place after a rotation; no foreign key, since the records of the two come one by one.';
COMMENT ON COLUMN api_keys.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';
COMMENT ON COLUMN api_keys.updated_at IS 'When the key was last changed; a use is no change.';

-- Keys and their uses are topics that are read independently, so a use may come before its key. It is kept here, where it
-- refers to nothing, and api_keys shows it as soon as there is a key to show it. A half-filled row in api_keys, to be
-- completed later, would be a key without a hash in the table that access is granted by.
CREATE TABLE api_key_uses (
  key_id       UUID PRIMARY KEY,
  last_used_at TIMESTAMP WITH TIME ZONE NOT NULL
);
COMMENT ON TABLE api_key_uses IS 'When each API key was last used, of keys too that are not in api_keys yet.';

CREATE TABLE audit_log (
  id               UUID PRIMARY KEY,
  action           VARCHAR(40) NOT NULL,
  outcome          VARCHAR(10) NOT NULL,
  error_code       VARCHAR(64),
  actor_key_id     TEXT NOT NULL,
  actor_partner_id UUID,
  actor_ip         INET,
  request_id       TEXT,
  partner_id       UUID NOT NULL,
  subject_type     VARCHAR(20) NOT NULL,
  subject_id       UUID NOT NULL,
  before           JSONB,
  after            JSONB,
  version          INTEGER,
  requested_at     TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT audit_log_outcome_check CHECK (outcome IN ('APPLIED', 'REFUSED'))
);
CREATE INDEX audit_log_partner_id_idx ON audit_log (partner_id, requested_at DESC);
CREATE INDEX audit_log_actor_key_id_idx ON audit_log (actor_key_id);
COMMENT ON TABLE audit_log IS 'Every administrative change that was asked for, refused ones included; rows never change.';
COMMENT ON COLUMN audit_log.id IS 'The command''s id.';
COMMENT ON COLUMN audit_log.action IS 'What was asked, e.g. ROTATE_KEY.';
COMMENT ON COLUMN audit_log.error_code IS 'Why it was REFUSED: a code of the error catalogue.';
COMMENT ON COLUMN audit_log.actor_key_id IS 'Id of the key that asked; those of the configuration have ids that are no UUIDs.';
COMMENT ON COLUMN audit_log.actor_partner_id IS 'The partner whose key it was; NULL for the platform''s own.';
COMMENT ON COLUMN audit_log.request_id IS 'Request id of the HTTP call.';
COMMENT ON COLUMN audit_log.partner_id IS
  'The partner that it concerns; no foreign key, since a refused request may name a partner that does not exist.';
COMMENT ON COLUMN audit_log.subject_type IS 'What was to be changed: partner or api_key.';
COMMENT ON COLUMN audit_log.before IS 'The subject before; personal data sealed, no secrets.';
COMMENT ON COLUMN audit_log.after IS 'The subject after; personal data sealed, no secrets.';
COMMENT ON COLUMN audit_log.version IS 'The subject''s version after.';
COMMENT ON COLUMN audit_log.requested_at IS 'When it was asked for.';

-- Down Migration

-- What goes away here stays in its topics for ever: with the positions forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic IN (
  'partner.profile.updated', 'partner.api-key.updated', 'partner.api-key.used', 'audit.entry.recorded');
DROP TABLE audit_log;
DROP TABLE api_key_uses;
DROP TABLE api_keys;
CREATE TABLE api_keys (
  id           SERIAL PRIMARY KEY,
  key_prefix   VARCHAR(10) NOT NULL,
  key_hash     VARCHAR(255) NOT NULL,
  partner_id   UUID NOT NULL,
  status       VARCHAR(20) NOT NULL DEFAULT 'active',
  scopes       JSONB,
  expires_at   TIMESTAMP WITH TIME ZONE,
  last_used_at TIMESTAMP WITH TIME ZONE,
  created_at   TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_key_prefix_key UNIQUE (key_prefix),
  CONSTRAINT api_keys_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT api_keys_status_check CHECK (status IN ('active', 'inactive'))
);
CREATE INDEX api_keys_partner_id_idx ON api_keys (partner_id);
CREATE INDEX api_keys_status_idx ON api_keys (status);
COMMENT ON TABLE api_keys IS 'Keys of partners; the key itself is never stored.';
COMMENT ON COLUMN api_keys.scopes IS 'JSON array of what the key allows, such as ["wallet:read", "wallet:write"].';

DELETE FROM ip_whitelist;
COMMENT ON TABLE ip_whitelist IS 'Addresses and networks that a partner may call from.';
COMMENT ON COLUMN ip_whitelist.created_at IS NULL;
DROP TABLE partner_commission_rates;
-- The columns as they were held plain and shorter texts: sealed ones don't fit and don't belong there.
ALTER TABLE partners
  DROP COLUMN contact_email_hash,
  DROP COLUMN settings,
  DROP COLUMN version,
  ALTER COLUMN contact_email TYPE VARCHAR(255) USING NULL,
  ALTER COLUMN registration_number TYPE VARCHAR(50) USING NULL,
  ADD CONSTRAINT partners_contact_email_key UNIQUE (contact_email);
UPDATE partners SET address = NULL WHERE address IS NOT NULL;
COMMENT ON COLUMN partners.commission_rate IS 'Share of the gross gaming revenue, 0 to 1.';
COMMENT ON COLUMN partners.contact_email IS NULL;
COMMENT ON COLUMN partners.registration_number IS 'Business registration number.';
COMMENT ON COLUMN partners.address IS NULL;
COMMENT ON COLUMN partners.updated_at IS NULL;
