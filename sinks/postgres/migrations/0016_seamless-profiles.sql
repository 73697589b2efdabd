-- What the settings of a game provider say besides.

-- Up Migration

COMMENT ON COLUMN game_providers.settings IS
  'JSON: timeout_ms, how long a call may take; profile, how a seamless provider signs, counts and wants to be answered.';

-- Down Migration

COMMENT ON COLUMN game_providers.settings IS 'JSON: timeout_ms, how long a call may take.';
