-- Switch, last step: a valid check is proof enough for NOT NULL, so no row is looked at again. From here on readers may use the
-- new column alone.

-- Up Migration

ALTER TABLE transactions ALTER COLUMN play_date SET NOT NULL;
ALTER TABLE transactions DROP CONSTRAINT transactions_play_date_check;

-- Down Migration

ALTER TABLE transactions ADD CONSTRAINT transactions_play_date_check CHECK (play_date IS NOT NULL) NOT VALID;
ALTER TABLE transactions ALTER COLUMN play_date DROP NOT NULL;
