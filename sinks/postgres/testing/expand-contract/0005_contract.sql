-- Contract: nobody reads the old column, so nobody need write it, and it goes. Its bytes go with the next rewrite of the rows.

-- Up Migration

CREATE OR REPLACE FUNCTION transactions_play_day() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.play_date := (NEW.created_at AT TIME ZONE 'UTC')::date;
  RETURN NEW;
END
$$;

ALTER TABLE transactions DROP COLUMN play_day;

-- Down Migration

ALTER TABLE transactions ADD COLUMN play_day TEXT;

CREATE OR REPLACE FUNCTION transactions_play_day() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.play_day := to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD');
  NEW.play_date := (NEW.created_at AT TIME ZONE 'UTC')::date;
  RETURN NEW;
END
$$;
