/** What is played, and what it earns. */
import { Percent } from '@grafana/grafana-foundation-sdk/units'
import { bars, FULL_WIDTH, series, table } from '../kit/panels.ts'
import { asked, businessDashboard, CHOSEN, DAYS } from './common.ts'

/** The ten games with the greatest turnover of the chosen days. */
const MOST_PLAYED = `
    SELECT game_id FROM daily_game_volume
    WHERE ${CHOSEN} AND ${DAYS} AND game_id != ''
    GROUP BY game_id ORDER BY sum(turnover) DESC, game_id LIMIT 10`

export const games = businessDashboard({
  uid: 'stakestream-games',
  title: 'Games',
  description: 'Play and revenue by game, of the chosen partners in one currency.',
  panels: [
    table(
      asked({
        title: 'Games of the chosen time',
        description: 'By GGR; every player once. Promotional wins outside of games are not here.',
        width: FULL_WIDTH,
        units: { Hold: Percent },
        sql: `
SELECT
  game_id AS "Game",
  uniqExactIf((partner_id, player_id), type = 'BET') AS "Active players",
  countIf(bet_amount > 0) AS "Bets",
  sum(bet_amount) - sum(rollback_amount) AS "Turnover",
  "Turnover" - sum(win_amount) AS "GGR",
  "GGR" - sum(bonus_amount) AS "NGR",
  100 * "GGR" / nullIf("Turnover", 0) AS "Hold",
  sum(bet_amount) / nullIf("Bets", 0) AS "Average bet"
FROM movements
WHERE ${CHOSEN} AND $__timeFilter_ms(created_at) AND game_id != ''
GROUP BY "Game" ORDER BY "GGR" DESC, "Game" LIMIT 200`,
      }),
    ),
    series(
      asked(
        {
          title: 'Turnover by day, the ten most played',
          description: 'By turnover over the chosen days.',
          drawn: 'bars' as const,
          stacked: true,
          seriesName: '${__field.labels.game}',
          sql: `
SELECT toDateTime(day, 'UTC') AS time, game_id AS game, sum(turnover) AS "Turnover"
FROM daily_game_volume
WHERE ${CHOSEN} AND ${DAYS} AND game_id IN (${MOST_PLAYED})
GROUP BY time, game ORDER BY time, game`,
        },
        'timeseries',
      ),
    ),
    bars(
      asked({
        title: 'GGR, the ten most played',
        description: 'Over the chosen days.',
        sql: `
SELECT game_id AS "Game", sum(ggr) AS "GGR"
FROM daily_game_volume
WHERE ${CHOSEN} AND ${DAYS} AND game_id IN (${MOST_PLAYED})
GROUP BY "Game" ORDER BY "GGR" DESC, "Game"`,
      }),
    ),
    series(
      asked(
        {
          title: 'Bets by day, the ten most played',
          description: 'Bets with a stake.',
          seriesName: '${__field.labels.game}',
          sql: `
SELECT toDateTime(day, 'UTC') AS time, game_id AS game, sum(bet_count) AS "Bets"
FROM daily_game_volume
WHERE ${CHOSEN} AND ${DAYS} AND game_id IN (${MOST_PLAYED})
GROUP BY time, game ORDER BY time, game`,
        },
        'timeseries',
      ),
    ),
    table(
      asked({
        title: 'Rounds left open',
        description:
          'Begun in the chosen time and not closed, with a stake in them; the oldest first. Personal data.',
        sql: `
SELECT
  first_at AS "Since",
  partners.name AS "Partner",
  player_id AS "Player",
  game_id AS "Game",
  round_id AS "Round",
  bets - rollbacks AS "Staked"
FROM rounds LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND $__timeFilter_ms(first_at) AND NOT closed AND bets > rollbacks
ORDER BY "Since", "Round" LIMIT 50`,
      }),
    ),
  ],
})
