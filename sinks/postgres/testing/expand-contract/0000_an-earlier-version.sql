-- The form to begin with: the day of play as a text, which the database works out for whoever writes.

-- Up Migration

ALTER TABLE transactions ADD COLUMN play_day TEXT;

CREATE FUNCTION transactions_play_day() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.play_day := to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD');
  RETURN NEW;
END
$$;

CREATE TRIGGER transactions_play_day BEFORE INSERT OR UPDATE ON transactions
  FOR EACH ROW EXECUTE FUNCTION transactions_play_day();

-- Down Migration

DROP TRIGGER transactions_play_day ON transactions;
DROP FUNCTION transactions_play_day;
ALTER TABLE transactions DROP COLUMN play_day;
