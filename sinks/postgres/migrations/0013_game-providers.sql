-- Game providers as the platform's operator keeps them: written by the PostgreSQL sink alone, from game.provider.updated.

-- Up Migration

-- Nothing was ever written to either: ids that an operator gives take the place of numbers, since a database must not be
-- needed to hand them out.
DROP TABLE games;
DROP TABLE game_providers;

CREATE TABLE game_providers (
  id                   VARCHAR(50) PRIMARY KEY,
  name                 VARCHAR(100) NOT NULL,
  api_endpoint         VARCHAR(255),
  api_credentials      TEXT,
  integration_type     VARCHAR(50),
  status               VARCHAR(20) NOT NULL DEFAULT 'active',
  created_at           TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at           TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  supported_currencies JSONB NOT NULL,
  settings             JSONB NOT NULL,
  version              INTEGER NOT NULL,
  CONSTRAINT game_providers_name_key UNIQUE (name),
  CONSTRAINT game_providers_status_check CHECK (status IN ('active', 'inactive', 'maintenance')),
  CONSTRAINT game_providers_integration_type_check CHECK (integration_type IN ('rest', 'seamless'))
);
COMMENT ON TABLE game_providers IS 'Companies whose games are offered.';
COMMENT ON COLUMN game_providers.id IS 'Lower-case letters, digits and dashes, such as ocasino.';
COMMENT ON COLUMN game_providers.api_endpoint IS 'Base address of its API.';
COMMENT ON COLUMN game_providers.api_credentials IS
  'JSON array: name, sealed and created_at of each; sealed with AES-256-GCM: keyId:base64(nonce).base64(tag).base64(ciphertext).';
COMMENT ON COLUMN game_providers.integration_type IS
  'rest: the platform calls the provider for each step of a round; seamless: the provider calls the wallet.';
COMMENT ON COLUMN game_providers.supported_currencies IS 'JSON array of ISO 4217 codes that it takes bets in.';
COMMENT ON COLUMN game_providers.settings IS 'JSON: timeout_ms, how long a call may take.';
COMMENT ON COLUMN game_providers.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';

CREATE TABLE games (
  id                  VARCHAR(100) PRIMARY KEY,
  provider_id         VARCHAR(50) NOT NULL,
  name                VARCHAR(255) NOT NULL,
  category            VARCHAR(50),
  rtp                 NUMERIC(5, 4),
  volatility          VARCHAR(20),
  features            JSONB,
  status              VARCHAR(20) NOT NULL DEFAULT 'active',
  launch_url_template TEXT,
  thumbnail_url       TEXT,
  created_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT games_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES game_providers (id) ON DELETE RESTRICT,
  CONSTRAINT games_status_check CHECK (status IN ('active', 'inactive', 'maintenance'))
);
CREATE INDEX games_provider_id_idx ON games (provider_id);
CREATE INDEX games_category_idx ON games (category);
CREATE INDEX games_status_idx ON games (status);
COMMENT ON TABLE games IS 'Games that players can play.';
COMMENT ON COLUMN games.rtp IS 'Return to player, 0 to 1.';
COMMENT ON COLUMN games.volatility IS 'low, medium or high.';
COMMENT ON COLUMN games.features IS 'JSON: free spins, bonus rounds and the like.';

COMMENT ON COLUMN audit_log.subject_type IS
  'What was to be changed: partner, api_key, webhook, aml_rules, game_provider, wallet, withdrawal or player.';
COMMENT ON COLUMN audit_log.subject_id IS
  'Its id; of a player, one that follows from partner and player; of a game provider, one that follows from its id.';

-- Down Migration

-- What goes away here stays in its topic for ever: with the position forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic = 'game.provider.updated';
DROP TABLE games;
DROP TABLE game_providers;

CREATE TABLE game_providers (
  id               SERIAL PRIMARY KEY,
  name             VARCHAR(100) NOT NULL,
  api_endpoint     VARCHAR(255),
  api_credentials  TEXT,
  integration_type VARCHAR(50),
  status           VARCHAR(20) NOT NULL DEFAULT 'active',
  created_at       TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at       TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT game_providers_name_key UNIQUE (name),
  CONSTRAINT game_providers_status_check CHECK (status IN ('active', 'inactive'))
);
COMMENT ON TABLE game_providers IS 'Companies whose games are offered.';
COMMENT ON COLUMN game_providers.api_credentials IS
  'Encrypted credentials, AES-256-GCM: keyId:base64(nonce).base64(tag).base64(ciphertext).';
COMMENT ON COLUMN game_providers.integration_type IS 'Which adapter speaks to the provider, such as OCasino_v1.';

CREATE TABLE games (
  id                  VARCHAR(100) PRIMARY KEY,
  provider_id         INTEGER NOT NULL,
  name                VARCHAR(255) NOT NULL,
  category            VARCHAR(50),
  rtp                 NUMERIC(5, 4),
  volatility          VARCHAR(20),
  features            JSONB,
  status              VARCHAR(20) NOT NULL DEFAULT 'active',
  launch_url_template TEXT,
  thumbnail_url       TEXT,
  created_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  updated_at          TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT games_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES game_providers (id) ON DELETE RESTRICT,
  CONSTRAINT games_status_check CHECK (status IN ('active', 'inactive', 'maintenance'))
);
CREATE INDEX games_provider_id_idx ON games (provider_id);
CREATE INDEX games_category_idx ON games (category);
CREATE INDEX games_status_idx ON games (status);
COMMENT ON TABLE games IS 'Games that players can play.';
COMMENT ON COLUMN games.rtp IS 'Return to player, 0 to 1.';
COMMENT ON COLUMN games.volatility IS 'low, medium or high.';
COMMENT ON COLUMN games.features IS 'JSON: free spins, bonus rounds and the like.';

COMMENT ON COLUMN audit_log.subject_type IS 'What was to be changed: partner, api_key, webhook, wallet, withdrawal or player.';
COMMENT ON COLUMN audit_log.subject_id IS 'Its id; of a player, one that follows from partner and player.';
