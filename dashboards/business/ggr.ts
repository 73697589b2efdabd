/** What the house has earned, and whether the books balance. */
import { Percent } from '@grafana/grafana-foundation-sdk/units'
import { series, stat, table } from '../kit/panels.ts'
import { asked, businessDashboard, CHOSEN, DAYS } from './common.ts'

export const ggr = businessDashboard({
  uid: 'stakestream-ggr',
  title: 'Gaming revenue',
  description:
    'GGR = bets - wins - rollbacks, NGR = GGR - bonus cost, hold = GGR in percent of turnover, of the chosen partners in one currency.',
  panels: [
    stat(
      asked({
        title: 'In the chosen time',
        description: 'Completed movements by event time.',
        width: 16,
        units: { Hold: Percent },
        sql: `
SELECT
  sum(bet_amount) - sum(win_amount) - sum(rollback_amount) AS "GGR",
  "GGR" - sum(bonus_amount) AS "NGR",
  sum(bonus_amount) AS "Bonus cost",
  100 * "GGR" / nullIf(sum(bet_amount) - sum(rollback_amount), 0) AS "Hold"
FROM movements
WHERE ${CHOSEN} AND $__timeFilter_ms(created_at)`,
      }),
    ),
    stat(
      asked({
        title: 'Out of balance',
        description: 'The sum of all accounts of the ledger, over all time. Anything but 0 is an error.',
        width: 8,
        steps: [
          { value: null, color: 'red' },
          { value: 0, color: 'green' },
          { value: 0.0001, color: 'red' },
        ],
        sql: `SELECT sum(balance) AS "Must be 0" FROM trial_balance WHERE ${CHOSEN}`,
      }),
    ),
    series(
      asked(
        {
          title: 'GGR and NGR by day',
          description: 'What comes late counts in its own day, so a day of the past can still change.',
          drawn: 'bars' as const,
          sql: `
SELECT toDateTime(day, 'UTC') AS time, sum(ggr) AS "GGR", sum(ngr) AS "NGR"
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
          title: 'Hold by day',
          description: 'GGR in percent of turnover; a day without turnover has none.',
          unit: Percent,
          sql: `
SELECT toDateTime(day, 'UTC') AS time, 100 * sum(ggr) / nullIf(sum(turnover), 0) AS "Hold"
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
          title: 'Bonus cost by day and kind',
          description: 'Every win that is not STANDARD: free rounds, promotions, jackpots, tournaments.',
          drawn: 'bars' as const,
          stacked: true,
          seriesName: '${__field.labels.kind}',
          sql: `
SELECT toStartOfDay(created_at, 'UTC') AS time, win_type AS kind, sum(amount) AS "Bonus cost"
FROM wins
WHERE ${CHOSEN} AND $__timeFilter_ms(created_at) AND win_type != 'STANDARD'
GROUP BY time, kind ORDER BY time, kind`,
        },
        'timeseries',
      ),
    ),
    table(
      asked({
        title: 'Top wins',
        description: 'The greatest wins of the chosen time. Personal data.',
        sql: `
SELECT
  wins.created_at AS "When",
  partners.name AS "Partner",
  player_id AS "Player",
  game_id AS "Game",
  win_type AS "Kind",
  amount AS "Won"
FROM wins LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND $__timeFilter_ms(wins.created_at)
ORDER BY "Won" DESC, "When" LIMIT 20`,
      }),
    ),
    table(
      asked({
        title: 'Trial balance',
        description:
          'The accounts of the ledger over all time. HOUSE is the GGR, BONUS the bonus cost below zero.',
        sql: `
SELECT account AS "Account", sum(credits) AS "Credits", sum(debits) AS "Debits", sum(balance) AS "Balance"
FROM trial_balance
WHERE ${CHOSEN}
GROUP BY "Account" ORDER BY "Account"`,
      }),
    ),
  ],
})
