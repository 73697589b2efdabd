-- Brands (or sub-partners) and providers of games, as the partner names them in the metadata of a movement. ClickHouse makes the two columns of the
-- metadata, of rows that are there already when they are read: the sink writes what it always wrote, and a replay makes the same of the same record.

-- Up Migration

ALTER TABLE transactions ADD COLUMN IF NOT EXISTS
  provider_id LowCardinality(String) MATERIALIZED
    if(JSONType(ifNull(metadata, ''), 'provider_id') = 'String', leftUTF8(JSONExtractString(ifNull(metadata, ''), 'provider_id'), 64), '')
  COMMENT 'Who provides the game: the text provider_id of the metadata, its first 64 characters; empty where there is none.';

ALTER TABLE transactions ADD COLUMN IF NOT EXISTS
  brand LowCardinality(String) MATERIALIZED
    if(JSONType(ifNull(metadata, ''), 'brand') = 'String', leftUTF8(JSONExtractString(ifNull(metadata, ''), 'brand'), 64), '')
  COMMENT 'Brand or sub-partner: the text brand of the metadata, its first 64 characters; empty where there is none.';

DROP VIEW IF EXISTS transactions_current;

CREATE VIEW IF NOT EXISTS transactions_current (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  event_type LowCardinality(String) COMMENT 'transaction.created or transaction.updated (a later change of its status).',
  event_timestamp DateTime64(3, 'UTC') COMMENT 'When the event came into being.',
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  command_id UUID COMMENT 'The command that caused the event.',
  wallet_id UUID COMMENT 'The wallet; where the player has none, the id that it would have.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  status LowCardinality(String) COMMENT 'PENDING, PROCESSING, COMPLETED, FAILED or CANCELED, after the event.',
  amount Decimal(19, 4) COMMENT 'Amount, never negative; the direction follows from type, or from direction.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  direction LowCardinality(Nullable(String)) COMMENT 'CREDIT or DEBIT, of an ADJUSTMENT or COMMISSION.',
  balance_before Nullable(Decimal(19, 4)) COMMENT 'Spendable balance before the event; NULL where there is no wallet.',
  balance_after Nullable(Decimal(19, 4)) COMMENT 'Spendable balance after the event; NULL where there is no wallet.',
  held_after Nullable(Decimal(19, 4)) COMMENT 'Held funds after the event; NULL where there is no wallet.',
  version UInt64 COMMENT 'The wallet\'s version after the event; 0 where there is no wallet.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  round_id Nullable(String) COMMENT 'The game round.',
  campaign_id LowCardinality(Nullable(String)) COMMENT 'The campaign of a free round or promotion.',
  transaction_id_partner Nullable(String) COMMENT 'The partner\'s own id of the movement, unique per partner and player.',
  reference_transaction_id_partner Nullable(String) COMMENT 'The partner\'s id of the bet that a win or rollback concerns.',
  reference_transaction_id Nullable(UUID) COMMENT 'The platform\'s id of the bet that a win or rollback concerns.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  round_closed Bool COMMENT 'True where the event closes the round.',
  hold_expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of a withdrawal\'s hold.',
  error_code LowCardinality(Nullable(String)) COMMENT 'Why a FAILED or CANCELED transaction ended so.',
  retryable Bool COMMENT 'True for a rejection that is not remembered: the same id may succeed later.',
  reason Nullable(String) COMMENT 'Why the step was asked, where given.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.',
  ip_address Nullable(String) COMMENT 'Address of the player\'s request. Personal data.',
  user_agent LowCardinality(Nullable(String)) COMMENT 'User agent of the player\'s request. Personal data.',
  country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country of the player\'s request.',
  player_country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country where the player was registered at that moment.',
  metadata Nullable(String) COMMENT 'Free JSON object of the partner, as text.',
  provider_id LowCardinality(String) COMMENT 'Who provides the game: the text provider_id of the metadata, its first 64 characters; empty where there is none.',
  brand LowCardinality(String) COMMENT 'Brand or sub-partner: the text brand of the metadata, its first 64 characters; empty where there is none.'
) AS
SELECT
  event_id, event_type, event_timestamp, transaction_id, command_id, wallet_id, partner_id, player_id, type,
  status, amount, currency, direction, balance_before, balance_after, held_after, version, game_id, round_id,
  campaign_id, transaction_id_partner, reference_transaction_id_partner, reference_transaction_id, win_type,
  round_closed, hold_expires_at, error_code, retryable, reason, created_at, processed_at, ip_address,
  user_agent, country, player_country, metadata, provider_id, brand
FROM transactions FINAL
WHERE
  (event_type != 'transaction.updated'
    AND transaction_id NOT IN (SELECT transaction_id FROM transactions WHERE event_type = 'transaction.updated'))
  OR (event_type = 'transaction.updated'
    AND (transaction_id, (version, kafka_offset)) IN (
      SELECT transaction_id, max((version, kafka_offset)) FROM transactions
      WHERE event_type = 'transaction.updated' GROUP BY transaction_id))
COMMENT 'Every transaction once, with its newest status.';

DROP VIEW IF EXISTS movements;

CREATE VIEW IF NOT EXISTS movements (
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  game_id LowCardinality(String) COMMENT 'The game; empty where there is none.',
  provider_id LowCardinality(String) COMMENT 'Who provides the game: the text provider_id of the metadata, its first 64 characters; empty where there is none.',
  brand LowCardinality(String) COMMENT 'Brand or sub-partner: the text brand of the metadata, its first 64 characters; empty where there is none.',
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
  provider_id,
  brand,
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

DROP VIEW IF EXISTS wins;

CREATE VIEW IF NOT EXISTS wins (
  partner_id UUID COMMENT 'The partner.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time.',
  transaction_id UUID COMMENT 'The platform\'s id of the win.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  amount Decimal(19, 4) COMMENT 'What was won.',
  win_type LowCardinality(String) COMMENT 'STANDARD, or the kind of bonus.',
  game_id LowCardinality(String) COMMENT 'The game; empty where there is none.',
  provider_id LowCardinality(String) COMMENT 'Who provides the game: the text provider_id of the metadata, its first 64 characters; empty where there is none.',
  brand LowCardinality(String) COMMENT 'Brand or sub-partner: the text brand of the metadata, its first 64 characters; empty where there is none.',
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
  provider_id,
  brand,
  round_id,
  reference_transaction_id
FROM movements
WHERE type = 'WIN' AND amount > 0
COMMENT 'Every win above 0; ordered by amount, the top wins.';

CREATE VIEW IF NOT EXISTS daily_brand_volume (
  partner_id UUID COMMENT 'The partner.',
  day Date COMMENT 'Day in UTC.',
  brand LowCardinality(String) COMMENT 'Brand or sub-partner of the partner; empty for movements that named none.',
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
  brand,
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
GROUP BY partner_id, day, brand, currency
COMMENT 'Volume and revenue per partner, day, brand and currency.';

CREATE VIEW IF NOT EXISTS hourly_brand_volume (
  partner_id UUID COMMENT 'The partner.',
  hour DateTime('UTC') COMMENT 'First moment of the hour, UTC.',
  brand LowCardinality(String) COMMENT 'Brand or sub-partner of the partner; empty for movements that named none.',
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
  brand,
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
GROUP BY partner_id, hour, brand, currency
COMMENT 'Volume and revenue per partner, hour, brand and currency.';

CREATE VIEW IF NOT EXISTS daily_provider_volume (
  partner_id UUID COMMENT 'The partner.',
  day Date COMMENT 'Day in UTC.',
  provider_id LowCardinality(String) COMMENT 'Provider of the game; empty for movements that named none.',
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
  provider_id,
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
GROUP BY partner_id, day, provider_id, currency
COMMENT 'Play and revenue per partner, day, provider and currency.';

CREATE VIEW IF NOT EXISTS hourly_provider_volume (
  partner_id UUID COMMENT 'The partner.',
  hour DateTime('UTC') COMMENT 'First moment of the hour, UTC.',
  provider_id LowCardinality(String) COMMENT 'Provider of the game; empty for movements that named none.',
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
  provider_id,
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
GROUP BY partner_id, hour, provider_id, currency
COMMENT 'Play and revenue per partner, hour, provider and currency.';

-- Down Migration

DROP VIEW IF EXISTS hourly_provider_volume;
DROP VIEW IF EXISTS daily_provider_volume;
DROP VIEW IF EXISTS hourly_brand_volume;
DROP VIEW IF EXISTS daily_brand_volume;

DROP VIEW IF EXISTS wins;

DROP VIEW IF EXISTS movements;

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

DROP VIEW IF EXISTS transactions_current;

CREATE VIEW IF NOT EXISTS transactions_current (
  event_id UUID COMMENT 'Id of the event; the same in every copy of it.',
  event_type LowCardinality(String) COMMENT 'transaction.created or transaction.updated (a later change of its status).',
  event_timestamp DateTime64(3, 'UTC') COMMENT 'When the event came into being.',
  transaction_id UUID COMMENT 'The platform\'s id of the transaction.',
  command_id UUID COMMENT 'The command that caused the event.',
  wallet_id UUID COMMENT 'The wallet; where the player has none, the id that it would have.',
  partner_id UUID COMMENT 'The partner.',
  player_id String COMMENT 'The player, unique within the partner. Personal data.',
  type LowCardinality(String) COMMENT 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
  status LowCardinality(String) COMMENT 'PENDING, PROCESSING, COMPLETED, FAILED or CANCELED, after the event.',
  amount Decimal(19, 4) COMMENT 'Amount, never negative; the direction follows from type, or from direction.',
  currency LowCardinality(String) COMMENT 'ISO 4217 code.',
  direction LowCardinality(Nullable(String)) COMMENT 'CREDIT or DEBIT, of an ADJUSTMENT or COMMISSION.',
  balance_before Nullable(Decimal(19, 4)) COMMENT 'Spendable balance before the event; NULL where there is no wallet.',
  balance_after Nullable(Decimal(19, 4)) COMMENT 'Spendable balance after the event; NULL where there is no wallet.',
  held_after Nullable(Decimal(19, 4)) COMMENT 'Held funds after the event; NULL where there is no wallet.',
  version UInt64 COMMENT 'The wallet\'s version after the event; 0 where there is no wallet.',
  game_id LowCardinality(Nullable(String)) COMMENT 'The game.',
  round_id Nullable(String) COMMENT 'The game round.',
  campaign_id LowCardinality(Nullable(String)) COMMENT 'The campaign of a free round or promotion.',
  transaction_id_partner Nullable(String) COMMENT 'The partner\'s own id of the movement, unique per partner and player.',
  reference_transaction_id_partner Nullable(String) COMMENT 'The partner\'s id of the bet that a win or rollback concerns.',
  reference_transaction_id Nullable(UUID) COMMENT 'The platform\'s id of the bet that a win or rollback concerns.',
  win_type LowCardinality(Nullable(String)) COMMENT 'Of a WIN; all but STANDARD count as bonus cost, not as game revenue.',
  round_closed Bool COMMENT 'True where the event closes the round.',
  hold_expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of a withdrawal\'s hold.',
  error_code LowCardinality(Nullable(String)) COMMENT 'Why a FAILED or CANCELED transaction ended so.',
  retryable Bool COMMENT 'True for a rejection that is not remembered: the same id may succeed later.',
  reason Nullable(String) COMMENT 'Why the step was asked, where given.',
  created_at DateTime64(3, 'UTC') COMMENT 'Event time of the transaction: when it happened at the partner.',
  processed_at DateTime64(3, 'UTC') COMMENT 'When the platform accepted the command that caused the event.',
  ip_address Nullable(String) COMMENT 'Address of the player\'s request. Personal data.',
  user_agent LowCardinality(Nullable(String)) COMMENT 'User agent of the player\'s request. Personal data.',
  country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country of the player\'s request.',
  player_country LowCardinality(Nullable(String)) COMMENT 'ISO 3166-1 alpha-2 country where the player was registered at that moment.',
  metadata Nullable(String) COMMENT 'Free JSON object of the partner, as text.'
) AS
SELECT
  event_id, event_type, event_timestamp, transaction_id, command_id, wallet_id, partner_id, player_id, type,
  status, amount, currency, direction, balance_before, balance_after, held_after, version, game_id, round_id,
  campaign_id, transaction_id_partner, reference_transaction_id_partner, reference_transaction_id, win_type,
  round_closed, hold_expires_at, error_code, retryable, reason, created_at, processed_at, ip_address,
  user_agent, country, player_country, metadata
FROM transactions FINAL
WHERE
  (event_type != 'transaction.updated'
    AND transaction_id NOT IN (SELECT transaction_id FROM transactions WHERE event_type = 'transaction.updated'))
  OR (event_type = 'transaction.updated'
    AND (transaction_id, (version, kafka_offset)) IN (
      SELECT transaction_id, max((version, kafka_offset)) FROM transactions
      WHERE event_type = 'transaction.updated' GROUP BY transaction_id))
COMMENT 'Every transaction once, with its newest status.';

ALTER TABLE transactions DROP COLUMN IF EXISTS brand;
ALTER TABLE transactions DROP COLUMN IF EXISTS provider_id;
