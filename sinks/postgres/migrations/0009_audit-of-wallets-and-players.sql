-- The audit trail of wallets, withdrawals and players, beside that of partner management.
--
-- Written by the PostgreSQL sink alone, from audit.wallet-entry.recorded. The read that the index is made for:
--   a player's entries   WHERE partner_id = $1 AND player_id = $2 ORDER BY requested_at DESC, id DESC

-- Up Migration

-- A wallet's version may pass 2^31.
ALTER TABLE audit_log
  ALTER COLUMN version TYPE BIGINT,
  ADD COLUMN player_id VARCHAR(255),
  ADD COLUMN reason TEXT;
CREATE INDEX audit_log_player_id_idx ON audit_log (partner_id, player_id, requested_at DESC) WHERE player_id IS NOT NULL;
COMMENT ON COLUMN audit_log.id IS 'The command''s id; of a refusal about a wallet or player, one that follows from it.';
COMMENT ON COLUMN audit_log.subject_type IS 'What was to be changed: partner, api_key, webhook, wallet, withdrawal or player.';
COMMENT ON COLUMN audit_log.subject_id IS 'Its id; of a player, one that follows from partner and player.';
COMMENT ON COLUMN audit_log.player_id IS 'The player that it concerns, where it concerns one.';
COMMENT ON COLUMN audit_log.reason IS 'Why it was asked for, in the words of whoever asked.';

-- Down Migration

-- What goes away here stays in its topic for ever: with the positions forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic = 'audit.wallet-entry.recorded';
DELETE FROM audit_log WHERE player_id IS NOT NULL;
DROP INDEX audit_log_player_id_idx;
ALTER TABLE audit_log
  DROP COLUMN reason,
  DROP COLUMN player_id,
  ALTER COLUMN version TYPE INTEGER;
COMMENT ON COLUMN audit_log.id IS 'The command''s id.';
COMMENT ON COLUMN audit_log.subject_type IS 'What was to be changed: partner or api_key.';
COMMENT ON COLUMN audit_log.subject_id IS NULL;
