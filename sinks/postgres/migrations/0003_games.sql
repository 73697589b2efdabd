-- The catalogue of games and of those who provide them.

-- Up Migration

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

-- Down Migration

DROP TABLE games;
DROP TABLE game_providers;
