-- Expand: the new column, empty where there are rows, and filled by whatever writes from now on. Both forms are there, and
-- readers of the old one notice nothing.

-- Up Migration

-- Without a default there is nothing to rewrite: the lock is held for a moment.
ALTER TABLE transactions ADD COLUMN play_date DATE;

CREATE OR REPLACE FUNCTION transactions_play_day() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.play_day := to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD');
  NEW.play_date := (NEW.created_at AT TIME ZONE 'UTC')::date;
  RETURN NEW;
END
$$;

-- Down Migration

CREATE OR REPLACE FUNCTION transactions_play_day() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.play_day := to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD');
  RETURN NEW;
END
$$;

ALTER TABLE transactions DROP COLUMN play_date;
