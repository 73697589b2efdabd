-- Settlement runs and the terms of partners: written by the PostgreSQL sink alone, from settlement.updated and
-- settlement.terms.updated.

-- Up Migration

CREATE TABLE settlements (
  id              UUID PRIMARY KEY,
  partner_id      UUID NOT NULL,
  currency        VARCHAR(3) NOT NULL,
  status          VARCHAR(20) NOT NULL,
  period_from     DATE NOT NULL,
  period_to       DATE NOT NULL,
  net_payable     NUMERIC(19, 4) NOT NULL,
  carried_forward NUMERIC(19, 4) NOT NULL,
  hash            VARCHAR(64),
  document        JSONB NOT NULL,
  created_at      TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at      TIMESTAMP WITH TIME ZONE NOT NULL,
  version         INTEGER NOT NULL,
  CONSTRAINT settlements_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE,
  CONSTRAINT settlements_status_check CHECK (status IN ('CALCULATING', 'DRAFT', 'CONFIRMED', 'PAID', 'CANCELED')),
  CONSTRAINT settlements_period_check CHECK (period_from < period_to)
);
CREATE INDEX settlements_created_at_idx ON settlements (created_at, id);
CREATE INDEX settlements_partner_id_idx ON settlements (partner_id, created_at, id);
COMMENT ON TABLE settlements IS 'Runs: a partner, a currency, a period each.';
COMMENT ON COLUMN settlements.period_from IS 'First date, in the time zone of the run.';
COMMENT ON COLUMN settlements.period_to IS 'First date that is not in it.';
COMMENT ON COLUMN settlements.net_payable IS 'What the partner is paid.';
COMMENT ON COLUMN settlements.carried_forward IS 'Negative result that the next run begins with.';
COMMENT ON COLUMN settlements.hash IS 'SHA-256 over the canonical form; NULL until it is counted.';
COMMENT ON COLUMN settlements.document IS 'JSON: the whole run as settlement.updated has it, amounts and rates as decimals in texts.';
COMMENT ON COLUMN settlements.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';

CREATE TABLE settlement_terms (
  partner_id UUID PRIMARY KEY,
  document   JSONB NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version    INTEGER NOT NULL,
  CONSTRAINT settlement_terms_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE
);
COMMENT ON TABLE settlement_terms IS 'How partners are settled.';
COMMENT ON COLUMN settlement_terms.document IS 'JSON: time zone, schedule, currencies and fees as settlement.terms.updated has them.';
COMMENT ON COLUMN settlement_terms.version IS 'Rises by one per change; a row is only ever replaced by a newer version.';

-- Down Migration

-- What goes away here stays in its topics for ever: with the positions forgotten, the next way up fills it in again.
DELETE FROM sink_positions WHERE topic IN ('settlement.updated', 'settlement.terms.updated');
DROP TABLE settlement_terms;
DROP TABLE settlements;
