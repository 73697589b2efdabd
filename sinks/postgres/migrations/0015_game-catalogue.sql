-- Games as the platform's operator keeps them: written by the PostgreSQL sink alone, from game.updated.

-- Up Migration

-- Nothing was ever written to it, so the new columns need no value for old rows.
ALTER TABLE games
  ADD COLUMN game_code VARCHAR(100) NOT NULL,
  ADD COLUMN version INTEGER NOT NULL,
  ADD CONSTRAINT games_provider_id_game_code_key UNIQUE (provider_id, game_code);
COMMENT ON COLUMN games.id IS 'As bets name the game.';
COMMENT ON COLUMN games.game_code IS 'The provider''s own code of the game.';
COMMENT ON COLUMN games.launch_url_template IS
  'Where it is played, with {session_token}, {game_code}, {currency} and {language} to be filled in; NULL: the provider is asked.';
COMMENT ON COLUMN games.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';

COMMENT ON COLUMN audit_log.subject_type IS
  'What was to be changed: partner, api_key, webhook, aml_rules, game_provider, game, wallet, withdrawal or player.';

-- Down Migration

COMMENT ON COLUMN audit_log.subject_type IS
  'What was to be changed: partner, api_key, webhook, aml_rules, game_provider, wallet, withdrawal or player.';
COMMENT ON COLUMN games.id IS NULL;
COMMENT ON COLUMN games.launch_url_template IS NULL;
ALTER TABLE games
  DROP CONSTRAINT games_provider_id_game_code_key,
  DROP COLUMN game_code,
  DROP COLUMN version;
