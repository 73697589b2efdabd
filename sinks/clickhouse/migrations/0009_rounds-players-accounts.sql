-- Rounds, players, wins and accounts. Plain views, as those of volume.

-- Up Migration

CREATE VIEW IF NOT EXISTS rounds (
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  round_id String COMMENT 'The round; the ids of rounds are unique per partner and player.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code; a round that was played in several has a row for each.',
  game_id LowCardinality(String) COMMENT 'The game of its first movement.',
  bet_count UInt64 COMMENT 'Bets, free ones included.',
  bets Decimal(38, 4) COMMENT 'Stakes.',
  rollbacks Decimal(38, 4) COMMENT 'Stakes that were given back.',
  wins Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'bets - wins - rollbacks.',
  ngr Decimal(38, 4) COMMENT 'ggr - bonus_cost.',
  closed Bool COMMENT 'Whether one of its movements has closed it.',
  first_at DateTime64(3, 'UTC') COMMENT 'Event time of its first movement.',
  last_at DateTime64(3, 'UTC') COMMENT 'Event time of its last movement.'
) AS
SELECT
  partner_id,
  player_id,
  assumeNotNull(movements.round_id) AS round_id,
  currency,
  argMin(movements.game_id, (created_at, transaction_id)) AS game_id,
  countIf(type = 'BET') AS bet_count,
  sum(bet_amount) AS bets,
  sum(rollback_amount) AS rollbacks,
  sum(win_amount) AS wins,
  sum(bonus_amount) AS bonus_cost,
  bets - wins - rollbacks AS ggr,
  ggr - bonus_cost AS ngr,
  max(round_closed) AS closed,
  min(created_at) AS first_at,
  max(created_at) AS last_at
FROM movements
WHERE movements.round_id IS NOT NULL
GROUP BY partner_id, player_id, round_id, currency
COMMENT 'Every game round once per currency.';

CREATE VIEW IF NOT EXISTS player_lifetime (
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  deposit_count UInt64 COMMENT 'Deposits.',
  deposits Decimal(38, 4) COMMENT 'What was paid in.',
  withdrawal_count UInt64 COMMENT 'Withdrawals that were paid out.',
  withdrawals Decimal(38, 4) COMMENT 'What was paid out.',
  net_deposits Decimal(38, 4) COMMENT 'deposits - withdrawals.',
  bet_count UInt64 COMMENT 'Bets with a stake.',
  wagered Decimal(38, 4) COMMENT 'Stakes, less those that were given back.',
  won Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'wagered - won.',
  ngr Decimal(38, 4) COMMENT 'ggr - bonus_cost.',
  first_activity_at DateTime64(3, 'UTC') COMMENT 'Event time of the first completed transaction.',
  last_activity_at DateTime64(3, 'UTC') COMMENT 'Event time of the last.',
  last_bet_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time of the last bet; NULL where there was none.'
) AS
SELECT
  partner_id,
  player_id,
  currency,
  countIf(type = 'DEPOSIT') AS deposit_count,
  sum(deposit_amount) AS deposits,
  countIf(type = 'WITHDRAWAL') AS withdrawal_count,
  sum(withdrawal_amount) AS withdrawals,
  deposits - withdrawals AS net_deposits,
  countIf(bet_amount > 0) AS bet_count,
  sum(bet_amount) - sum(rollback_amount) AS wagered,
  sum(win_amount) AS won,
  sum(bonus_amount) AS bonus_cost,
  wagered - won AS ggr,
  ggr - bonus_cost AS ngr,
  min(created_at) AS first_activity_at,
  max(created_at) AS last_activity_at,
  maxOrNullIf(created_at, type = 'BET') AS last_bet_at
FROM movements
-- The partner's own account, on which its settlements are booked, is nobody's.
WHERE player_id != '~settlements'
GROUP BY partner_id, player_id, currency
COMMENT 'What every player has done in all his time, per currency.';

CREATE VIEW IF NOT EXISTS wins (
  partner_id UUID COMMENT 'The partner.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time.',
  transaction_id UUID COMMENT 'The platform\'s id of the win.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  amount Decimal(19, 4) COMMENT 'What was won.',
  win_type LowCardinality(String) COMMENT 'STANDARD, or the kind of bonus.',
  game_id LowCardinality(String) COMMENT 'The game; empty where there is none.',
  round_id Nullable(String) COMMENT 'The game round.',
  reference_transaction_id Nullable(UUID) COMMENT 'The bet that was won, where the win names it.'
) AS
SELECT
  partner_id,
  created_at,
  transaction_id,
  player_id,
  currency,
  amount,
  ifNull(movements.win_type, 'STANDARD') AS win_type,
  game_id,
  round_id,
  reference_transaction_id
FROM movements
WHERE type = 'WIN' AND amount > 0
COMMENT 'Every win above 0; ordered by amount, the top wins.';

CREATE VIEW IF NOT EXISTS daily_account_movements (
  partner_id UUID COMMENT 'The partner.',
  day Date COMMENT 'Day in UTC of the transaction\'s event time.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  account LowCardinality(String) COMMENT 'PLAYER and PLAYER_HELD are the wallets\' balances and held funds; HOUSE, BONUS, CASH, COMMISSION and ADJUSTMENT are the platform\'s.',
  entries UInt64 COMMENT 'Ledger entries.',
  credits Decimal(38, 4) COMMENT 'What raised the account.',
  debits Decimal(38, 4) COMMENT 'What lowered it, as a positive amount.',
  balance Decimal(38, 4) COMMENT 'credits - debits.'
) AS
SELECT
  partner_id,
  toDate(created_at) AS day,
  currency,
  account,
  count() AS entries,
  sumIf(amount, amount > 0) AS credits,
  -sumIf(amount, amount < 0) AS debits,
  sum(amount) AS balance
FROM ledger_entries FINAL
GROUP BY partner_id, day, currency, account
COMMENT 'What every account was moved by, per partner, day and currency. The balances of a day sum to zero.';

CREATE VIEW IF NOT EXISTS trial_balance (
  partner_id UUID COMMENT 'The partner.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  account LowCardinality(String) COMMENT 'See daily_account_movements.',
  entries UInt64 COMMENT 'Ledger entries.',
  credits Decimal(38, 4) COMMENT 'What raised the account.',
  debits Decimal(38, 4) COMMENT 'What lowered it, as a positive amount.',
  balance Decimal(38, 4) COMMENT 'credits - debits. That of HOUSE is the ggr of all time, that of BONUS the bonus cost below zero.'
) AS
SELECT
  partner_id,
  currency,
  account,
  count() AS entries,
  sumIf(amount, amount > 0) AS credits,
  -sumIf(amount, amount < 0) AS debits,
  sum(amount) AS balance
FROM ledger_entries FINAL
GROUP BY partner_id, currency, account
COMMENT 'The balance of every account. Per partner and currency they sum to zero.';

-- Down Migration

DROP VIEW IF EXISTS trial_balance;
DROP VIEW IF EXISTS daily_account_movements;
DROP VIEW IF EXISTS wins;
DROP VIEW IF EXISTS player_lifetime;
DROP VIEW IF EXISTS rounds;
