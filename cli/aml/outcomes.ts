/** What analysts made of the alerts that were raised, from PostgreSQL. */
import pg from 'pg'

const STATEMENT_TIMEOUT_MS = 60_000

/** By state, and of the closed ones by resolution code. */
const OUTCOMES = `
  SELECT alert_type, alert_status, COALESCE(resolution_code, '') AS resolution_code, count(*)::int AS count
  FROM aml_alerts
  WHERE first_occurred_at >= $1 AND first_occurred_at < $2 AND ($3::uuid IS NULL OR partner_id = $3)
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

/** Alerts of one type. */
export interface Outcome {
  alert_type: string
  open: number
  closed: number
  reported: number
  /** Of the closed and reported ones, by resolution code. */
  by_resolution: Record<string, number>
}

interface Row {
  alert_type: string
  alert_status: string
  resolution_code: string
  count: number
}

function outcomesOf(rows: readonly Row[]): Outcome[] {
  const outcomes = new Map<string, Outcome>()
  for (const { alert_type, alert_status, resolution_code, count } of rows) {
    const outcome = outcomes.get(alert_type) ?? {
      alert_type,
      open: 0,
      closed: 0,
      reported: 0,
      by_resolution: {},
    }
    outcomes.set(alert_type, outcome)
    if (alert_status === 'CLOSED') outcome.closed += count
    else if (alert_status === 'REPORTED') outcome.reported += count
    else outcome.open += count
    if (resolution_code !== '')
      outcome.by_resolution[resolution_code] = (outcome.by_resolution[resolution_code] ?? 0) + count
  }
  return [...outcomes.values()]
}

/** Outcomes of the alerts whose first finding is of this time (epoch milliseconds), by type. */
export async function readOutcomes(
  databaseUrl: string,
  { fromMs, toMs, partnerId }: { fromMs: number; toMs: number; partnerId: string | undefined },
): Promise<Outcome[]> {
  const client = new pg.Client({ connectionString: databaseUrl, statement_timeout: STATEMENT_TIMEOUT_MS })
  await client.connect()
  try {
    const values = [new Date(fromMs), new Date(toMs), partnerId ?? null]
    return outcomesOf((await client.query<Row>(OUTCOMES, values)).rows)
  } finally {
    await client.end()
  }
}
