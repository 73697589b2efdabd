-- Players' profiles: the newest of each player.
--
-- Written by the PostgreSQL sink alone, from player.profile.updated. The read that the index is made for:
--   a player   WHERE partner_id = $1 AND player_id = $2

-- Up Migration

CREATE TABLE players (
  partner_id          UUID NOT NULL,
  player_id           VARCHAR(255) NOT NULL,
  country             VARCHAR(2),
  name                TEXT,
  date_of_birth       TEXT,
  self_excluded_from  TIMESTAMP WITH TIME ZONE,
  self_excluded_until TIMESTAMP WITH TIME ZONE,
  limits              JSONB NOT NULL,
  version             INTEGER NOT NULL,
  updated_at          TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT players_pkey PRIMARY KEY (partner_id, player_id),
  CONSTRAINT players_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT,
  CONSTRAINT players_self_exclusion_check CHECK (self_excluded_until > self_excluded_from)
);
COMMENT ON TABLE players IS 'The newest profile of each player; who has none may have wallets all the same.';
COMMENT ON COLUMN players.country IS 'ISO 3166-1 alpha-2 code of where the player lives.';
COMMENT ON COLUMN players.name IS 'Sealed name.';
COMMENT ON COLUMN players.date_of_birth IS 'Sealed date of birth.';
COMMENT ON COLUMN players.self_excluded_from IS
  'From when on bets and deposits are refused, be it ahead or long past; NULL: the player has not excluded himself.';
COMMENT ON COLUMN players.self_excluded_until IS 'When they land again; NULL beside a beginning: never.';
COMMENT ON COLUMN players.limits IS
  'The limits that the player has set, as a list of kind, period, currency and amount; amounts are texts. Nothing enforces them.';
COMMENT ON COLUMN players.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';
COMMENT ON COLUMN players.updated_at IS 'When the profile was last changed, by the command that changed it.';

-- Down Migration

-- The profiles stay in their topic for ever: with the positions forgotten, the next way up fills them in again.
DELETE FROM sink_positions WHERE topic = 'player.profile.updated';
DROP TABLE players;
