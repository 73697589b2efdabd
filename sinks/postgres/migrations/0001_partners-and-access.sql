-- Partners, their API keys and the addresses that they may call from.
-- Rows of partners are written by partner management; until it has described a partner whose transactions arrive, the
-- sink lays down a minimal row (name 'partner <id>', type 'operator'), so that wallets have something to refer to.

-- Up Migration

CREATE TABLE partners (
  id                  UUID PRIMARY KEY,
  name                VARCHAR(100) NOT NULL,
  type                VARCHAR(20) NOT NULL,
  status              VARCHAR(20) NOT NULL DEFAULT 'active',
  commission_rate     NUMERIC(5, 4) NOT NULL DEFAULT 0.0,
  contact_email       VARCHAR(255),
  registration_number VARCHAR(50),
  address             TEXT,
  created_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT partners_type_check CHECK (type IN ('operator', 'aggregator', 'affiliate')),
  CONSTRAINT partners_status_check CHECK (status IN ('active', 'inactive', 'suspended')),
  CONSTRAINT partners_contact_email_key UNIQUE (contact_email)
);
CREATE INDEX partners_type_idx ON partners (type);
CREATE INDEX partners_status_idx ON partners (status);
COMMENT ON TABLE partners IS 'Operators, aggregators and affiliates.';
COMMENT ON COLUMN partners.commission_rate IS 'Share of the gross gaming revenue, 0 to 1.';
COMMENT ON COLUMN partners.registration_number IS 'Business registration number.';

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

CREATE TABLE ip_whitelist (
  id          SERIAL PRIMARY KEY,
  partner_id  UUID NOT NULL,
  ip_address  CIDR,
  description VARCHAR(255),
  created_at  TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT ip_whitelist_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT ip_whitelist_partner_id_ip_address_key UNIQUE (partner_id, ip_address)
);
COMMENT ON TABLE ip_whitelist IS 'Addresses and networks that a partner may call from.';

-- Down Migration

DROP TABLE ip_whitelist;
DROP TABLE api_keys;
DROP TABLE partners;
