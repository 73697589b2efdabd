-- Switch, first step: the rule holds for what is written from now on. NOT VALID looks at no row that is there.

-- Up Migration

ALTER TABLE transactions ADD CONSTRAINT transactions_play_date_check CHECK (play_date IS NOT NULL) NOT VALID;

-- Down Migration

ALTER TABLE transactions DROP CONSTRAINT transactions_play_date_check;
