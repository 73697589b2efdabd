/** How often each factor and each alert came up, from the assessments in ClickHouse. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { readConfig } from '../../service/config.ts'
import { clickhouseConfig, connectClickhouse, rowsOf } from '../../service/clickhouse.ts'
import { note, printLine, printTable } from '../output.ts'
import { formatCount } from '../replay/progress.ts'

/** Pause between two looks while assessments are on their way, in milliseconds. */
const POLL_MS = 500
/** Longest wait of one query, in milliseconds. */
const QUERY_TIMEOUT_MS = 120_000
/** Looks without progress after which the rest is not waited for. */
const STALLS_MAX = 20

const RATES = `
  SELECT type, found.1 AS kind, found.2 AS name, toString(count()) AS transactions, toString(uniqExact(partner_id, player_id)) AS players
  FROM aml_assessments FINAL
  ARRAY JOIN arrayConcat(
    arrayMap(code -> ('factor', toString(code)), arrayDistinct(factor_codes)),
    arrayMap(alert -> ('alert', toString(alert)), alert_types)) AS found
  WHERE event_type = 'transaction.assessed'
  GROUP BY type, kind, name ORDER BY type, kind DESC, name`

const TOTALS = `
  SELECT type, toString(count()) AS transactions, toString(countIf(z_score >= 3)) AS z,
    toString(countIf(robust_z_score >= 3.5)) AS robust, toString(countIf(late)) AS late
  FROM aml_assessments FINAL WHERE event_type = 'transaction.assessed' GROUP BY type ORDER BY type`

/** Accepted transactions that no assessment speaks of yet; a bet that its provider has to confirm is none before. */
const OPEN = `
  SELECT toString(
    (SELECT count() FROM transactions FINAL
     WHERE if(type = 'BET', status = 'COMPLETED',
       event_type = 'transaction.created' AND status NOT IN ('FAILED', 'CANCELED')))
    - (SELECT count() FROM aml_assessments FINAL WHERE event_type = 'transaction.assessed')) AS open`

const total = z.object({
  type: z.string(),
  transactions: z.string(),
  z: z.string(),
  robust: z.string(),
  late: z.string(),
})
const rate = z.object({
  type: z.string(),
  kind: z.enum(['factor', 'alert']),
  name: z.string(),
  transactions: z.string(),
  players: z.string(),
})

export interface AlarmRates {
  /** Assessed transactions by type; of these, amounts far off by each of the two measures, and those that came late. */
  totals: z.output<typeof total>[]
  rates: z.output<typeof rate>[]
  /** Accepted transactions that are not assessed yet. */
  open: number
}

const openCount = async (client: ClickHouseClient): Promise<number> =>
  Number((await rowsOf(client, OPEN, z.object({ open: z.string() })))[0]?.open ?? 0)

/** Reads the rates; waits until every accepted transaction is assessed, for as long as that goes on. */
export async function alarmRates(): Promise<AlarmRates> {
  const { CLICKHOUSE_URL: url, CLICKHOUSE_DATABASE: database } = readConfig(clickhouseConfig)
  const client = connectClickhouse({ url, database, requestTimeoutMs: QUERY_TIMEOUT_MS })
  try {
    let open = await openCount(client)
    for (let before = Infinity, stalls = 0; open > 0 && stalls < STALLS_MAX; before = open) {
      await sleep(POLL_MS)
      open = await openCount(client)
      stalls = open < before ? 0 : stalls + 1
    }
    const totals = await rowsOf(client, TOTALS, total)
    return { totals, rates: await rowsOf(client, RATES, rate), open }
  } finally {
    await client.close()
  }
}

const share = (part: string, whole: number): string => `${((Number(part) / whole) * 100).toFixed(2)} %`

export function printAlarmRates({ totals, rates, open }: AlarmRates): void {
  const wholes = new Map(totals.map(({ type, transactions }) => [type, Number(transactions)]))
  printTable(
    ['type', 'found', 'name', 'transactions', 'share', 'players'],
    rates.map(({ type, kind, name, transactions, players }) => [
      type,
      kind,
      name,
      formatCount(Number(transactions)),
      share(transactions, wholes.get(type) ?? NaN),
      formatCount(Number(players)),
    ]),
  )
  for (const { type, transactions, z: plain, robust, late } of totals)
    printLine(
      `${type}: ${formatCount(Number(transactions))} assessed; z-score of 3 or more ${share(plain, Number(transactions))}, ` +
        `robust z-score of 3.5 or more ${share(robust, Number(transactions))}, late ${share(late, Number(transactions))}`,
    )
  if (open > 0) note(`${formatCount(open)} accepted transactions are not assessed yet`)
}
