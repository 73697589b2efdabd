/** How much is played, paid in and paid out. */
import { series, stat, table } from '../kit/panels.ts'
import { asked, businessDashboard, CHOSEN, DAYS, HOURS } from './common.ts'

export const volume = businessDashboard({
  uid: 'stakestream-volume',
  title: 'Volume',
  description: 'Bets, turnover, players and cash of the chosen partners, in one currency.',
  panels: [
    stat(
      asked({
        title: 'In the chosen time',
        description: 'Completed movements by event time. A player of two partners is two players.',
        sql: `
SELECT
  countIf(bet_amount > 0) AS "Bets",
  sum(bet_amount) - sum(rollback_amount) AS "Turnover",
  uniqExactIf((partner_id, player_id), type = 'BET') AS "Active players",
  sum(bet_amount) / nullIf("Bets", 0) AS "Average bet",
  sum(deposit_amount) AS "Deposits",
  sum(withdrawal_amount) AS "Withdrawals"
FROM movements
WHERE ${CHOSEN} AND $__timeFilter_ms(created_at)`,
      }),
    ),
    series(
      asked(
        {
          title: 'Turnover by hour',
          description: 'Stakes less those that were given back.',
          drawn: 'bars' as const,
          sql: `
SELECT hour AS time, sum(turnover) AS "Turnover"
FROM hourly_volume
WHERE ${CHOSEN} AND ${HOURS}
GROUP BY time ORDER BY time`,
        },
        'timeseries',
      ),
    ),
    series(
      asked(
        {
          title: 'Bets by hour',
          description: 'Bets with a stake, and free rounds.',
          drawn: 'bars' as const,
          stacked: true,
          sql: `
SELECT hour AS time, sum(bet_count) AS "Bets", sum(free_bet_count) AS "Free rounds"
FROM hourly_volume
WHERE ${CHOSEN} AND ${HOURS}
GROUP BY time ORDER BY time`,
        },
        'timeseries',
      ),
    ),
    series(
      asked(
        {
          title: 'Active players by day',
          description: 'Players who have placed a bet on the day, free rounds included.',
          drawn: 'bars' as const,
          sql: `
SELECT toDateTime(day, 'UTC') AS time, sum(active_players) AS "Active players"
FROM daily_volume
WHERE ${CHOSEN} AND ${DAYS}
GROUP BY time ORDER BY time`,
        },
        'timeseries',
      ),
    ),
    series(
      asked(
        {
          title: 'Deposits and withdrawals by day',
          description: 'A withdrawal counts on the day on which it was asked for, once it is paid.',
          drawn: 'bars' as const,
          sql: `
SELECT toDateTime(day, 'UTC') AS time, sum(deposits) AS "Deposits", sum(withdrawals) AS "Withdrawals"
FROM daily_volume
WHERE ${CHOSEN} AND ${DAYS}
GROUP BY time ORDER BY time`,
        },
        'timeseries',
      ),
    ),
    table(
      asked({
        title: 'By hour of the day',
        description: 'When people play, in UTC.',
        sql: `
SELECT toHour(hour) AS "Hour of the day", sum(bet_count) AS "Bets", sum(turnover) AS "Turnover"
FROM hourly_volume
WHERE ${CHOSEN} AND ${HOURS}
GROUP BY "Hour of the day" HAVING "Bets" > 0 ORDER BY "Hour of the day"`,
      }),
    ),
    table(
      asked({
        title: 'Players who stake most',
        description: 'By turnover in the chosen time. Personal data.',
        sql: `
SELECT
  partners.name AS "Partner",
  player_id AS "Player",
  countIf(bet_amount > 0) AS "Bets",
  sum(bet_amount) - sum(rollback_amount) AS "Turnover",
  "Turnover" - sum(win_amount) AS "GGR"
FROM movements LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND $__timeFilter_ms(movements.created_at) AND type IN ('BET', 'WIN', 'ROLLBACK')
GROUP BY partner_id, "Partner", "Player" HAVING "Turnover" > 0 ORDER BY "Turnover" DESC, "Player" LIMIT 20`,
      }),
    ),
  ],
})
