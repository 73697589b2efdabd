/** Alerts against money laundering, and the work on them. */
import { Hours } from '@grafana/grafana-foundation-sdk/units'
import { FULL_WIDTH, series, stat, table } from '../kit/panels.ts'
import { asked, businessDashboard, OF_PARTNERS, partners } from './common.ts'

const OPEN = "alert_status IN ('NEW', 'INVESTIGATING')"

export const aml = businessDashboard({
  uid: 'stakestream-aml',
  title: 'Money laundering',
  description: 'Alerts of the chosen partners, by when they were raised, and as they stand now.',
  variables: [partners()],
  panels: [
    stat(
      asked({
        title: 'Open now',
        description: 'All alerts that call for work, whenever they were raised.',
        width: 14,
        sql: `
SELECT
  countIf(alert_status = 'NEW') AS "New",
  countIf(alert_status = 'INVESTIGATING') AS "Investigating",
  countIf(alert_severity IN ('HIGH', 'CRITICAL')) AS "High or critical",
  countIf(assignee_id IS NULL) AS "Nobody's"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND ${OPEN}`,
      }),
    ),
    stat(
      asked({
        title: 'Raised in the chosen time',
        description: 'As they stand now.',
        width: 10,
        sql: `
SELECT
  count() AS "Raised",
  countIf(alert_status = 'CLOSED') AS "Closed",
  countIf(alert_status = 'REPORTED') AS "Reported"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND $__timeFilter_ms(created_at)`,
      }),
    ),
    series(
      asked(
        {
          title: 'Raised by day and type',
          description: 'When the platform raised them, in UTC.',
          drawn: 'bars' as const,
          stacked: true,
          seriesName: '${__field.labels.type}',
          sql: `
SELECT toStartOfDay(created_at, 'UTC') AS time, alert_type AS type, count() AS "Alerts"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND $__timeFilter_ms(created_at)
GROUP BY time, type ORDER BY time, type`,
        },
        'timeseries',
      ),
    ),
    series(
      asked(
        {
          title: 'Raised by day and severity',
          description: 'The same by how grave they are.',
          drawn: 'bars' as const,
          stacked: true,
          seriesName: '${__field.labels.severity}',
          sql: `
SELECT toStartOfDay(created_at, 'UTC') AS time, alert_severity AS severity, count() AS "Alerts"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND $__timeFilter_ms(created_at)
GROUP BY time, severity ORDER BY time, severity`,
        },
        'timeseries',
      ),
    ),
    table(
      asked({
        title: 'Open, the gravest first',
        description: 'Whenever they were raised. Personal data.',
        width: FULL_WIDTH,
        sql: `
SELECT
  alert_severity AS "Severity",
  alert_type AS "Type",
  alert_status AS "Status",
  partners.name AS "Partner",
  player_id AS "Player",
  risk_score AS "Score",
  occurrences AS "Times",
  alerts.created_at AS "Raised",
  assignee_id AS "Officer",
  toString(alert_id) AS "Alert"
FROM aml_alerts AS alerts LEFT JOIN partners USING (partner_id)
WHERE ${OF_PARTNERS} AND ${OPEN}
ORDER BY indexOf(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], "Severity"), "Raised", "Alert" LIMIT 100`,
      }),
    ),
    table(
      asked({
        title: 'How work ended',
        description:
          'Alerts that were closed or reported in the chosen time, and the median of the hours that they were open.',
        units: { 'Hours open': Hours },
        sql: `
SELECT
  alert_status AS "Status",
  ifNull(resolution_code, '') AS "Resolution",
  count() AS "Alerts",
  quantileExact(0.5)(dateDiff('minute', created_at, assumeNotNull(reviewed_at))) / 60 AS "Hours open"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND reviewed_at IS NOT NULL AND $__timeFilter_ms(reviewed_at)
  AND alert_status IN ('CLOSED', 'REPORTED')
GROUP BY "Status", "Resolution" ORDER BY "Alerts" DESC, "Status", "Resolution"`,
      }),
    ),
    table(
      asked({
        title: 'What was found',
        description: 'Factors of the alerts that were raised in the chosen time; an alert may have several.',
        sql: `
SELECT arrayJoin(factor_codes) AS "Factor", count() AS "Alerts", uniqExact((partner_id, player_id)) AS "Players"
FROM aml_alerts
WHERE ${OF_PARTNERS} AND $__timeFilter_ms(created_at)
GROUP BY "Factor" ORDER BY "Alerts" DESC, "Factor"`,
      }),
    ),
  ],
})
