-- Anti-money-laundering alerts and risk profiles.

-- Up Migration

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

-- A player id is a partner's own: two partners may use the same one for two people, so a profile is unique per partner
-- and player.
CREATE TABLE aml_risk_profiles (
  id                 SERIAL PRIMARY KEY,
  player_id          VARCHAR(255) NOT NULL,
  partner_id         UUID NOT NULL,
  overall_risk_score DOUBLE PRECISION NOT NULL DEFAULT 30.0,
  is_pep             BOOLEAN,
  is_sanctioned      BOOLEAN,
  risk_level         VARCHAR(20),
  risk_factors       JSONB,
  last_assessment_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  created_at         TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  CONSTRAINT aml_risk_profiles_player_id_partner_id_key UNIQUE (player_id, partner_id)
);
CREATE INDEX aml_risk_profiles_partner_id_idx ON aml_risk_profiles (partner_id);
CREATE INDEX aml_risk_profiles_overall_risk_score_idx ON aml_risk_profiles (overall_risk_score);
CREATE INDEX aml_risk_profiles_risk_level_idx ON aml_risk_profiles (risk_level);
COMMENT ON TABLE aml_risk_profiles IS 'The risk of each player, as of the last assessment.';
COMMENT ON COLUMN aml_risk_profiles.is_pep IS 'Politically exposed person.';
COMMENT ON COLUMN aml_risk_profiles.is_sanctioned IS 'On a sanctions list.';
COMMENT ON COLUMN aml_risk_profiles.risk_level IS 'low, medium or high.';

-- Down Migration

DROP TABLE aml_risk_profiles;
DROP TABLE aml_alerts;
