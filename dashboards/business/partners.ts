/** The partners beside each other. */
import { Percent, PercentUnit } from '@grafana/grafana-foundation-sdk/units'
import { FULL_WIDTH, series, stat, table } from '../kit/panels.ts'
import { asked, businessDashboard, CHOSEN, DAYS, OF_PARTNERS } from './common.ts'

export const partners = businessDashboard({
  uid: 'stakestream-partners',
  title: 'Partners',
  description: 'What each of the chosen partners brings, in one currency, and the commission rates in force.',
  panels: [
    stat(
      asked({
        title: 'Partners now',
        description: 'By status; the chosen ones.',
        sql: `
SELECT
  countIf(status = 'active') AS "Active",
  countIf(status = 'inactive') AS "Inactive",
  countIf(status = 'suspended') AS "Suspended"
FROM partners
WHERE ${OF_PARTNERS}`,
      }),
    ),
    table(
      asked({
        title: 'In the chosen time',
        description: 'Completed movements by event time; every player once.',
        width: FULL_WIDTH,
        units: { Hold: Percent },
        sql: `
SELECT
  partners.name AS "Partner",
  uniqExactIf(player_id, type = 'BET') AS "Active players",
  countIf(bet_amount > 0) AS "Bets",
  sum(bet_amount) - sum(rollback_amount) AS "Turnover",
  "Turnover" - sum(win_amount) AS "GGR",
  "GGR" - sum(bonus_amount) AS "NGR",
  100 * "GGR" / nullIf("Turnover", 0) AS "Hold",
  sum(deposit_amount) AS "Deposits",
  sum(withdrawal_amount) AS "Withdrawals"
FROM movements LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND $__timeFilter_ms(movements.created_at)
GROUP BY partner_id, "Partner" ORDER BY "GGR" DESC, "Partner"`,
      }),
    ),
    series(
      asked(
        {
          title: 'GGR by day',
          description: 'A bar for each partner.',
          drawn: 'bars' as const,
          seriesName: '${__field.labels.partner}',
          sql: `
SELECT toDateTime(day, 'UTC') AS time, partners.name AS partner, sum(ggr) AS "GGR"
FROM daily_volume LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND ${DAYS}
GROUP BY time, partner_id, partner ORDER BY time, partner`,
        },
        'timeseries',
      ),
    ),
    series(
      asked(
        {
          title: 'Active players by day',
          description: 'A line for each partner.',
          seriesName: '${__field.labels.partner}',
          sql: `
SELECT toDateTime(day, 'UTC') AS time, partners.name AS partner, sum(active_players) AS "Active players"
FROM daily_volume LEFT JOIN partners USING (partner_id)
WHERE ${CHOSEN} AND ${DAYS}
GROUP BY time, partner_id, partner ORDER BY time, partner`,
        },
        'timeseries',
      ),
    ),
    table(
      asked({
        title: 'Commission rates',
        description: 'Those that are, were or will be in force within the chosen time.',
        units: { Rate: PercentUnit },
        sql: `
SELECT
  partners.name AS "Partner",
  partners.type AS "Type",
  partners.status AS "Status",
  rates.rate AS "Rate",
  rates.effective_from AS "From",
  rates.effective_to AS "Until"
FROM partner_rates AS rates INNER JOIN partners USING (partner_id)
WHERE ${OF_PARTNERS} AND rates.effective_from <= $__toTime_ms
  AND (rates.effective_to IS NULL OR rates.effective_to > $__fromTime_ms)
ORDER BY "Partner", "From"`,
      }),
    ),
    table(
      asked({
        title: 'GGR at the rate of its moment',
        description:
          "What the rates make of the log. What is owed is the settlement's to say, with carry-over, fees and adjustments.",
        units: { Rate: PercentUnit },
        sql: `
SELECT
  partners.name AS "Partner",
  rates.rate AS "Rate",
  sum(bet_amount) - sum(win_amount) - sum(rollback_amount) AS "GGR",
  "GGR" * "Rate" AS "Commission"
FROM movements
  INNER JOIN partner_rates AS rates ON rates.partner_id = movements.partner_id
  INNER JOIN partners ON partners.partner_id = movements.partner_id
WHERE movements.${CHOSEN} AND $__timeFilter_ms(movements.created_at)
  AND movements.created_at >= rates.effective_from
  AND (rates.effective_to IS NULL OR movements.created_at < rates.effective_to)
GROUP BY movements.partner_id, "Partner", "Rate" ORDER BY "Partner", "Rate"`,
      }),
    ),
  ],
})
