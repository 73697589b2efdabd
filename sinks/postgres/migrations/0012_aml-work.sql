-- Alerts as compliance officers work on them, with their history; risk profiles as they are assessed; and what holds for a player.
--
-- Written by the PostgreSQL sink alone. The reads that the indexes are made for:
--   the queue           WHERE partner_id = $1 [AND alert_status = … AND …] ORDER BY created_at DESC, id DESC
--   a player's alerts   WHERE partner_id = $1 AND player_id = $2 ORDER BY created_at DESC, id DESC
--   an alert's history  WHERE alert_id = $1 ORDER BY version

-- Up Migration

-- Nothing was ever written to it: ids that follow from the cause take the place of numbers, since a database must not be needed to hand them out.
DROP TABLE aml_alerts;
CREATE TABLE aml_alerts (
  id                 UUID NOT NULL,
  player_id          VARCHAR(255) NOT NULL,
  partner_id         UUID NOT NULL,
  transaction_id     UUID,
  alert_type         VARCHAR(50) NOT NULL,
  alert_severity     VARCHAR(20) NOT NULL,
  alert_status       VARCHAR(20) NOT NULL DEFAULT 'NEW',
  description        TEXT,
  risk_score         DOUBLE PRECISION,
  risk_factors       JSONB,
  matches            JSONB NOT NULL,
  rules_version      TEXT,
  occurrences        BIGINT NOT NULL,
  transaction_ids    JSONB NOT NULL,
  first_occurred_at  TIMESTAMP WITH TIME ZONE NOT NULL,
  last_occurred_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  created_at         TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at         TIMESTAMP WITH TIME ZONE NOT NULL,
  assignee_id        VARCHAR(100),
  reviewed_by        VARCHAR(100),
  reviewed_at        TIMESTAMP WITH TIME ZONE,
  review_notes       TEXT,
  resolution_code    VARCHAR(50),
  report_reference   VARCHAR(100),
  report_proposed_by VARCHAR(100),
  version            INTEGER NOT NULL,
  CONSTRAINT aml_alerts_pkey PRIMARY KEY (id),
  CONSTRAINT aml_alerts_alert_severity_check CHECK (alert_severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  CONSTRAINT aml_alerts_alert_status_check CHECK (alert_status IN ('NEW', 'INVESTIGATING', 'CLOSED', 'REPORTED'))
);
CREATE INDEX aml_alerts_player_id_idx ON aml_alerts (player_id);
CREATE INDEX aml_alerts_partner_id_idx ON aml_alerts (partner_id, created_at DESC, id DESC);
CREATE INDEX aml_alerts_transaction_id_idx ON aml_alerts (transaction_id);
CREATE INDEX aml_alerts_alert_type_idx ON aml_alerts (alert_type);
CREATE INDEX aml_alerts_alert_severity_idx ON aml_alerts (alert_severity);
CREATE INDEX aml_alerts_alert_status_idx ON aml_alerts (alert_status);
CREATE INDEX aml_alerts_created_at_idx ON aml_alerts (created_at);
COMMENT ON TABLE aml_alerts IS 'Alerts for compliance officers, as they stand now.';
COMMENT ON COLUMN aml_alerts.id IS 'Follows from what raised it: a replay raises no second alert.';
COMMENT ON COLUMN aml_alerts.risk_score IS '0 to 100: the highest of all findings.';
COMMENT ON COLUMN aml_alerts.risk_factors IS
  'JSON: each factor with the numbers that made it fire, its window and the transactions behind it.';
COMMENT ON COLUMN aml_alerts.matches IS 'JSON: of a WATCHLIST alert the names on lists that matched, with scores.';
COMMENT ON COLUMN aml_alerts.rules_version IS 'The rules that raised it: owner and version.';
COMMENT ON COLUMN aml_alerts.occurrences IS 'How often it was found while it was open, the first time included.';
COMMENT ON COLUMN aml_alerts.transaction_ids IS 'JSON: the transactions that it was found on, the last 100.';
COMMENT ON COLUMN aml_alerts.first_occurred_at IS 'Event time of the first finding.';
COMMENT ON COLUMN aml_alerts.last_occurred_at IS 'Event time of the last finding.';
COMMENT ON COLUMN aml_alerts.report_reference IS 'Number of the suspicious activity report, where one was filed.';
COMMENT ON COLUMN aml_alerts.report_proposed_by IS 'Who proposed to report it, where a second officer has to agree.';
COMMENT ON COLUMN aml_alerts.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';

CREATE TABLE aml_alert_history (
  alert_id       UUID NOT NULL,
  version        INTEGER NOT NULL,
  action         VARCHAR(50) NOT NULL,
  command_id     UUID NOT NULL,
  actor          VARCHAR(255),
  from_status    VARCHAR(20),
  to_status      VARCHAR(20) NOT NULL,
  note           TEXT,
  transaction_id UUID,
  at             TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT aml_alert_history_pkey PRIMARY KEY (alert_id, version)
);
COMMENT ON TABLE aml_alert_history IS 'Every step of every alert: who, when, from which state to which.';
COMMENT ON COLUMN aml_alert_history.version IS 'The alert''s version after the step.';
COMMENT ON COLUMN aml_alert_history.action IS 'What was done: RAISED, JOINED, ASSIGNED, INVESTIGATED, CLOSED, REPORTED…';
COMMENT ON COLUMN aml_alert_history.actor IS 'The officer, or else the key; NULL for a processor.';

CREATE TABLE aml_players (
  partner_id          UUID NOT NULL,
  player_id           VARCHAR(255) NOT NULL,
  is_pep              BOOLEAN NOT NULL,
  is_sanctioned       BOOLEAN NOT NULL,
  matches             JSONB NOT NULL,
  screened_at         TIMESTAMP WITH TIME ZONE,
  profile_version     BIGINT,
  snoozes             JSONB NOT NULL,
  withdrawals_blocked BOOLEAN NOT NULL,
  updated_at          TIMESTAMP WITH TIME ZONE NOT NULL,
  version             BIGINT NOT NULL,
  CONSTRAINT aml_players_pkey PRIMARY KEY (partner_id, player_id)
);
COMMENT ON TABLE aml_players IS 'What holds for all alerts of a player: matches on watchlists, quiet rules, blocked withdrawals.';
COMMENT ON COLUMN aml_players.matches IS 'JSON: matches on watchlists, and whether an officer has cleared them.';
COMMENT ON COLUMN aml_players.snoozes IS 'JSON: rules that are quiet for the player, until when, by whom, and what they have held back.';
COMMENT ON COLUMN aml_players.withdrawals_blocked IS 'An open CRITICAL alert holds up the automatic approval of withdrawals.';

ALTER TABLE aml_risk_profiles
  ADD COLUMN assessments        BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN late_assessments   BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN statistics         JSONB,
  ADD COLUMN last_deposit_at    TIMESTAMP WITH TIME ZONE,
  ADD COLUMN last_withdrawal_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN last_played_at     TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN aml_risk_profiles.risk_level IS 'LOW, MEDIUM or HIGH.';
COMMENT ON COLUMN aml_risk_profiles.assessments IS 'Transactions assessed so far; a row is only ever replaced by one of more.';
COMMENT ON COLUMN aml_risk_profiles.late_assessments IS 'How many of them came after a later one.';
COMMENT ON COLUMN aml_risk_profiles.statistics IS
  'JSON: count and sum by period (7 or 30 days up to the last assessment), type and currency.';
COMMENT ON COLUMN aml_risk_profiles.risk_factors IS 'JSON: each factor ever found: first and last time, how often, last numbers.';

-- Down Migration

DELETE FROM sink_positions
  WHERE topic IN ('aml.alert.created', 'aml.alert.updated', 'aml.player.updated', 'aml.risk-profile.updated');
DELETE FROM aml_risk_profiles;
ALTER TABLE aml_risk_profiles
  DROP COLUMN assessments, DROP COLUMN late_assessments, DROP COLUMN statistics,
  DROP COLUMN last_deposit_at, DROP COLUMN last_withdrawal_at, DROP COLUMN last_played_at;
COMMENT ON COLUMN aml_risk_profiles.risk_level IS 'low, medium or high.';
COMMENT ON COLUMN aml_risk_profiles.risk_factors IS NULL;
DROP TABLE aml_players;
DROP TABLE aml_alert_history;
DROP TABLE aml_alerts;
CREATE TABLE aml_alerts (
  id               SERIAL PRIMARY KEY,
  player_id        VARCHAR(255) NOT NULL,
  partner_id       UUID NOT NULL,
  transaction_id   UUID,
  alert_type       VARCHAR(50) NOT NULL,
  alert_severity   VARCHAR(20) NOT NULL,
  alert_status     VARCHAR(20) NOT NULL DEFAULT 'NEW',
  description      TEXT,
  risk_score       DOUBLE PRECISION,
  risk_factors     JSONB,
  created_at       TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  assignee_id      VARCHAR(100),
  reviewed_by      VARCHAR(100),
  reviewed_at      TIMESTAMP WITH TIME ZONE,
  review_notes     TEXT,
  report_reference VARCHAR(100)
);
CREATE INDEX aml_alerts_player_id_idx ON aml_alerts (player_id);
CREATE INDEX aml_alerts_partner_id_idx ON aml_alerts (partner_id);
CREATE INDEX aml_alerts_transaction_id_idx ON aml_alerts (transaction_id);
CREATE INDEX aml_alerts_alert_type_idx ON aml_alerts (alert_type);
CREATE INDEX aml_alerts_alert_severity_idx ON aml_alerts (alert_severity);
CREATE INDEX aml_alerts_alert_status_idx ON aml_alerts (alert_status);
CREATE INDEX aml_alerts_created_at_idx ON aml_alerts (created_at);
COMMENT ON TABLE aml_alerts IS 'Alerts for compliance officers.';
COMMENT ON COLUMN aml_alerts.risk_score IS '0 to 100.';
COMMENT ON COLUMN aml_alerts.risk_factors IS 'JSON: each factor with the numbers that made it fire.';
COMMENT ON COLUMN aml_alerts.report_reference IS 'Number of the suspicious activity report, where one was filed.';
