-- Volume and revenue. Plain views over the raw table, read FINAL: a replay can't count twice in them, since they keep nothing.
--
-- COMPLETED is a transaction's last status, and one event says so, whether it came into being with it or got there: the events with this status
-- are the completed transactions, each once. So nothing has to look for the newest event of a transaction, and a filter on partner and
-- time reaches the sorting key of the raw table through every view.

-- Up Migration

CREATE VIEW IF NOT EXISTS movements (
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  game_id LowCardinality(String) COMMENT 'The game; empty where there is none.',
  round_id Nullable(String) COMMENT 'The game round.',
  campaign_id LowCardinality(Nullable(String)) COMMENT 'The campaign of a free round or promotion.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD are bonus cost.',
  amount Decimal(19, 4) COMMENT 'Amount, never negative.',
  bet_amount Decimal(19, 4) COMMENT 'The stake of a BET, else 0.',
  rollback_amount Decimal(19, 4) COMMENT 'What a ROLLBACK gave back of a stake, else 0.',
  win_amount Decimal(19, 4) COMMENT 'The amount of a STANDARD win, else 0.',
  bonus_amount Decimal(19, 4) COMMENT 'The amount of any other win (free round, promotion, jackpot and the like), else 0.',
  deposit_amount Decimal(19, 4) COMMENT 'The amount of a DEPOSIT, else 0.',
  withdrawal_amount Decimal(19, 4) COMMENT 'The amount of a WITHDRAWAL that was paid out, else 0.',
  round_closed Bool COMMENT 'True where it closes its round.',
  reference_transaction_id Nullable(UUID) COMMENT 'The bet that a win or rollback concerns.',
  transaction_id_partner Nullable(String) COMMENT 'The partner\'s own id of the movement.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time: when it happened at the partner. Of a withdrawal, when it was asked for.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted what completed it.'
) AS
SELECT
  transaction_id,
  partner_id,
  player_id,
  currency,
  type,
  ifNull(raw.game_id, '') AS game_id,
  round_id,
  campaign_id,
  win_type,
  amount,
  if(raw.type = 'BET', raw.amount, 0::Decimal(19, 4)) AS bet_amount,
  if(raw.type = 'ROLLBACK', raw.amount, 0::Decimal(19, 4)) AS rollback_amount,
  if(raw.type = 'WIN' AND ifNull(raw.win_type, 'STANDARD') = 'STANDARD', raw.amount, 0::Decimal(19, 4)) AS win_amount,
  if(raw.type = 'WIN' AND ifNull(raw.win_type, 'STANDARD') != 'STANDARD', raw.amount, 0::Decimal(19, 4)) AS bonus_amount,
  if(raw.type = 'DEPOSIT', raw.amount, 0::Decimal(19, 4)) AS deposit_amount,
  if(raw.type = 'WITHDRAWAL', raw.amount, 0::Decimal(19, 4)) AS withdrawal_amount,
  round_closed,
  reference_transaction_id,
  transaction_id_partner,
  created_at,
  processed_at
FROM transactions AS raw FINAL
WHERE status = 'COMPLETED'
COMMENT 'Every completed transaction once, with its amount in the column under which reports count it.';

CREATE VIEW IF NOT EXISTS daily_volume (
  partner_id UUID COMMENT 'The partner.',
  day Date COMMENT 'Day in UTC.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code. Currencies are never added up.',
  active_players UInt64 COMMENT 'Players with at least one bet, free rounds included. Not to be added up over rows: a player may be in several.',
  bet_count UInt64 COMMENT 'Bets with a stake; those that were rolled back later are among them.',
  free_bet_count UInt64 COMMENT 'Bets without a stake: free rounds.',
  bets Decimal(38, 4) COMMENT 'Stakes.',
  rollbacks Decimal(38, 4) COMMENT 'Stakes that were given back.',
  turnover Decimal(38, 4) COMMENT 'bets - rollbacks: what was at stake in the end.',
  wins Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'Gross gaming revenue: bets - wins - rollbacks.',
  ngr Decimal(38, 4) COMMENT 'Net gaming revenue: ggr - bonus_cost.',
  hold_percentage Nullable(Decimal(38, 4)) COMMENT 'ggr in percent of turnover, cut after four decimals; NULL without turnover.',
  average_bet Nullable(Decimal(38, 4)) COMMENT 'bets / bet_count, cut after four decimals; NULL without bets.',
  deposit_count UInt64 COMMENT 'Deposits.',
  deposits Decimal(38, 4) COMMENT 'What was paid in.',
  withdrawal_count UInt64 COMMENT 'Withdrawals that were paid out, by the time when they were asked for.',
  withdrawals Decimal(38, 4) COMMENT 'What was paid out.'
) AS
SELECT
  partner_id,
  toDate(created_at) AS day,
  currency,
  uniqExactIf(player_id, type = 'BET') AS active_players,
  countIf(bet_amount > 0) AS bet_count,
  countIf(type = 'BET' AND bet_amount = 0) AS free_bet_count,
  sum(bet_amount) AS bets,
  sum(rollback_amount) AS rollbacks,
  bets - rollbacks AS turnover,
  sum(win_amount) AS wins,
  sum(bonus_amount) AS bonus_cost,
  bets - wins - rollbacks AS ggr,
  ggr - bonus_cost AS ngr,
  ggr * 100 / nullIf(turnover, 0) AS hold_percentage,
  bets / nullIf(bet_count, 0) AS average_bet,
  countIf(type = 'DEPOSIT') AS deposit_count,
  sum(deposit_amount) AS deposits,
  countIf(type = 'WITHDRAWAL') AS withdrawal_count,
  sum(withdrawal_amount) AS withdrawals
FROM movements
GROUP BY partner_id, day, currency
COMMENT 'Volume and revenue per partner, day and currency.';

CREATE VIEW IF NOT EXISTS daily_game_volume (
  partner_id UUID COMMENT 'The partner.',
  day Date COMMENT 'Day in UTC.',
  game_id LowCardinality(String) COMMENT 'The game; empty for promotional wins outside of games.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code. Currencies are never added up.',
  active_players UInt64 COMMENT 'Players with at least one bet, free rounds included. Not to be added up over rows: a player may be in several.',
  bet_count UInt64 COMMENT 'Bets with a stake; those that were rolled back later are among them.',
  free_bet_count UInt64 COMMENT 'Bets without a stake: free rounds.',
  bets Decimal(38, 4) COMMENT 'Stakes.',
  rollbacks Decimal(38, 4) COMMENT 'Stakes that were given back.',
  turnover Decimal(38, 4) COMMENT 'bets - rollbacks: what was at stake in the end.',
  wins Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'Gross gaming revenue: bets - wins - rollbacks.',
  ngr Decimal(38, 4) COMMENT 'Net gaming revenue: ggr - bonus_cost.',
  hold_percentage Nullable(Decimal(38, 4)) COMMENT 'ggr in percent of turnover, cut after four decimals; NULL without turnover.',
  average_bet Nullable(Decimal(38, 4)) COMMENT 'bets / bet_count, cut after four decimals; NULL without bets.'
) AS
SELECT
  partner_id,
  toDate(created_at) AS day,
  game_id,
  currency,
  uniqExactIf(player_id, type = 'BET') AS active_players,
  countIf(bet_amount > 0) AS bet_count,
  countIf(type = 'BET' AND bet_amount = 0) AS free_bet_count,
  sum(bet_amount) AS bets,
  sum(rollback_amount) AS rollbacks,
  bets - rollbacks AS turnover,
  sum(win_amount) AS wins,
  sum(bonus_amount) AS bonus_cost,
  bets - wins - rollbacks AS ggr,
  ggr - bonus_cost AS ngr,
  ggr * 100 / nullIf(turnover, 0) AS hold_percentage,
  bets / nullIf(bet_count, 0) AS average_bet
FROM movements
WHERE type IN ('BET', 'WIN', 'ROLLBACK')
GROUP BY partner_id, day, game_id, currency
COMMENT 'Play and revenue per partner, day, game and currency.';

CREATE VIEW IF NOT EXISTS hourly_volume (
  partner_id UUID COMMENT 'The partner.',
  hour DateTime('UTC') COMMENT 'First moment of the hour, UTC.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code. Currencies are never added up.',
  active_players UInt64 COMMENT 'Players with at least one bet, free rounds included. Not to be added up over rows: a player may be in several.',
  bet_count UInt64 COMMENT 'Bets with a stake; those that were rolled back later are among them.',
  free_bet_count UInt64 COMMENT 'Bets without a stake: free rounds.',
  bets Decimal(38, 4) COMMENT 'Stakes.',
  rollbacks Decimal(38, 4) COMMENT 'Stakes that were given back.',
  turnover Decimal(38, 4) COMMENT 'bets - rollbacks: what was at stake in the end.',
  wins Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'Gross gaming revenue: bets - wins - rollbacks.',
  ngr Decimal(38, 4) COMMENT 'Net gaming revenue: ggr - bonus_cost.',
  hold_percentage Nullable(Decimal(38, 4)) COMMENT 'ggr in percent of turnover, cut after four decimals; NULL without turnover.',
  average_bet Nullable(Decimal(38, 4)) COMMENT 'bets / bet_count, cut after four decimals; NULL without bets.',
  deposit_count UInt64 COMMENT 'Deposits.',
  deposits Decimal(38, 4) COMMENT 'What was paid in.',
  withdrawal_count UInt64 COMMENT 'Withdrawals that were paid out, by the time when they were asked for.',
  withdrawals Decimal(38, 4) COMMENT 'What was paid out.'
) AS
SELECT
  partner_id,
  toStartOfHour(created_at) AS hour,
  currency,
  uniqExactIf(player_id, type = 'BET') AS active_players,
  countIf(bet_amount > 0) AS bet_count,
  countIf(type = 'BET' AND bet_amount = 0) AS free_bet_count,
  sum(bet_amount) AS bets,
  sum(rollback_amount) AS rollbacks,
  bets - rollbacks AS turnover,
  sum(win_amount) AS wins,
  sum(bonus_amount) AS bonus_cost,
  bets - wins - rollbacks AS ggr,
  ggr - bonus_cost AS ngr,
  ggr * 100 / nullIf(turnover, 0) AS hold_percentage,
  bets / nullIf(bet_count, 0) AS average_bet,
  countIf(type = 'DEPOSIT') AS deposit_count,
  sum(deposit_amount) AS deposits,
  countIf(type = 'WITHDRAWAL') AS withdrawal_count,
  sum(withdrawal_amount) AS withdrawals
FROM movements
GROUP BY partner_id, hour, currency
COMMENT 'Volume and revenue per partner, hour and currency.';

CREATE VIEW IF NOT EXISTS hourly_game_volume (
  partner_id UUID COMMENT 'The partner.',
  hour DateTime('UTC') COMMENT 'First moment of the hour, UTC.',
  game_id LowCardinality(String) COMMENT 'The game; empty for promotional wins outside of games.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code. Currencies are never added up.',
  active_players UInt64 COMMENT 'Players with at least one bet, free rounds included. Not to be added up over rows: a player may be in several.',
  bet_count UInt64 COMMENT 'Bets with a stake; those that were rolled back later are among them.',
  free_bet_count UInt64 COMMENT 'Bets without a stake: free rounds.',
  bets Decimal(38, 4) COMMENT 'Stakes.',
  rollbacks Decimal(38, 4) COMMENT 'Stakes that were given back.',
  turnover Decimal(38, 4) COMMENT 'bets - rollbacks: what was at stake in the end.',
  wins Decimal(38, 4) COMMENT 'STANDARD wins.',
  bonus_cost Decimal(38, 4) COMMENT 'All other wins.',
  ggr Decimal(38, 4) COMMENT 'Gross gaming revenue: bets - wins - rollbacks.',
  ngr Decimal(38, 4) COMMENT 'Net gaming revenue: ggr - bonus_cost.',
  hold_percentage Nullable(Decimal(38, 4)) COMMENT 'ggr in percent of turnover, cut after four decimals; NULL without turnover.',
  average_bet Nullable(Decimal(38, 4)) COMMENT 'bets / bet_count, cut after four decimals; NULL without bets.'
) AS
SELECT
  partner_id,
  toStartOfHour(created_at) AS hour,
  game_id,
  currency,
  uniqExactIf(player_id, type = 'BET') AS active_players,
  countIf(bet_amount > 0) AS bet_count,
  countIf(type = 'BET' AND bet_amount = 0) AS free_bet_count,
  sum(bet_amount) AS bets,
  sum(rollback_amount) AS rollbacks,
  bets - rollbacks AS turnover,
  sum(win_amount) AS wins,
  sum(bonus_amount) AS bonus_cost,
  bets - wins - rollbacks AS ggr,
  ggr - bonus_cost AS ngr,
  ggr * 100 / nullIf(turnover, 0) AS hold_percentage,
  bets / nullIf(bet_count, 0) AS average_bet
FROM movements
WHERE type IN ('BET', 'WIN', 'ROLLBACK')
GROUP BY partner_id, hour, game_id, currency
COMMENT 'Play and revenue per partner, hour, game and currency.';

-- Down Migration

DROP VIEW IF EXISTS hourly_game_volume;
DROP VIEW IF EXISTS hourly_volume;
DROP VIEW IF EXISTS daily_game_volume;
DROP VIEW IF EXISTS daily_volume;
DROP VIEW IF EXISTS movements;
