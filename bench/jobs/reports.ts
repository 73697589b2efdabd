/**
 * A year of transactions in ClickHouse: what a partner's month costs to settle, what its daily report costs over the API, and what a
 * transaction takes on the disk. The partner has half of all transactions.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { countEntries, sinkPositions } from '../../sinks/settlement/count.ts'
import type { CountedEntries } from '../../sinks/settlement/count.ts'
import type { Ground } from '../ground.ts'
import { CURRENCIES, fillTables, monthStart, sealsAt } from '../reports-data.ts'
import { median } from '../statistics.ts'
import type { Bench, Job } from './job.ts'

/** October; its run was asked for when the month was over, and the run before it likewise. */
const MONTH = 9
const TIME_ZONE = 'Europe/Berlin'
const REQUEST_TIMEOUT_MS = 300_000
const DAY_MS = 86_400_000
/** Reports asked for in one measurement, of which the median counts. */
const REPORTS = 11

const client = (ground: Ground): ClickHouseClient =>
  connectClickhouse({
    url: ground.value('CLICKHOUSE_URL'),
    database: ground.value('CLICKHOUSE_DATABASE'),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  })

async function numberOf(clickhouse: ClickHouseClient, query: string): Promise<number> {
  const answer = await clickhouse.query({ query, format: 'JSONCompactEachRow' })
  const [[number = ''] = []] = await answer.json<string[]>()
  return Number(number)
}

/** What the worker asks of ClickHouse for a run, and what it makes of it. */
async function count(
  clickhouse: ClickHouseClient,
  { transactions, partnerId, currency }: { transactions: number; partnerId: string; currency: string },
): Promise<CountedEntries> {
  const coverage = {
    chainStartMs: monthStart(0),
    fromMs: monthStart(MONTH),
    toMs: monthStart(MONTH + 1),
    seals: sealsAt(MONTH + 1, transactions),
    previousSeals: sealsAt(MONTH, transactions),
  }
  await sinkPositions(clickhouse)
  const counted = await countEntries(clickhouse, { partnerId, currency, coverage })
  counted.buckets.days(TIME_ZONE, [])
  return counted
}

const movementsOf = ({ buckets }: CountedEntries): number =>
  buckets.days('UTC', []).reduce((sum, { movements }) => sum + movements, 0)

/** What the runs counted in the ledger is what the transactions say of the same period and seals. */
async function assertWhole(
  clickhouse: ClickHouseClient,
  partnerId: string,
  transactions: number,
  counted: readonly CountedEntries[],
): Promise<void> {
  const [from = 0] = sealsAt(MONTH, transactions).values()
  const [end = 0] = sealsAt(MONTH + 1, transactions).values()
  const momentOf = (ms: number): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`
  const expected = await numberOf(
    clickhouse,
    `SELECT toString(count()) FROM transactions
     WHERE partner_id = '${partnerId}' AND kafka_offset < ${end} AND created_at < ${momentOf(monthStart(MONTH + 1))}
       AND (created_at >= ${momentOf(monthStart(MONTH))} OR kafka_offset >= ${from})`,
  )
  const found = counted.reduce((sum, entries) => sum + movementsOf(entries), 0)
  if (found !== expected || counted.every(({ lateEntries }) => lateEntries === 0))
    throw new Error(`the runs cover ${found} movements, the log holds ${expected}`)
}

/** The whole of it over HTTP, as a partner's back office asks. The configured partner's own key reads no reports; the operator's acts for it. */
async function reportMs(ground: Ground, days: number): Promise<number> {
  const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const [from, to] = [dayOf(monthStart(MONTH)), dayOf(monthStart(MONTH) + days * DAY_MS)]
  const startMs = performance.now()
  const answer = await fetch(
    `${ground.value('STAKESTREAM_URL')}/reports/daily?from=${from}&to=${to}&limit=200`,
    { headers: { 'x-api-key': ground.value('STAKESTREAM_ADMIN_KEY') } },
  )
  const body = await answer.text()
  const tookMs = performance.now() - startMs
  const rows = body.split('"day"').length - 1
  if (!answer.ok || rows !== days * CURRENCIES.length)
    throw new Error(`a report of ${days} days had ${rows} rows: ${body.slice(0, 300)}`)
  return tookMs
}

async function recordBytes({ recorder }: Bench, clickhouse: ClickHouseClient, rows: number): Promise<void> {
  const bytesOf = (table: string): Promise<number> =>
    numberOf(
      clickhouse,
      `SELECT toString(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase() AND table = '${table}'`,
    )
  const [transactions, entries] = [await bytesOf('transactions'), await bytesOf('ledger_entries')]
  recorder.add('reports.bytes-per-transaction', 'bytes', (transactions + entries) / rows)
  recorder.add('reports.bytes-per-transaction-transactions', 'bytes', transactions / rows)
  recorder.add('reports.bytes-per-transaction-ledger', 'bytes', entries / rows)
  const parts = await numberOf(
    clickhouse,
    `SELECT toString(count()) FROM system.parts WHERE active AND database = currentDatabase()`,
  )
  recorder.note(
    `reports: ${rows} transactions over a year, in ${parts} parts that merges have left as they are.`,
  )
}

async function measure(bench: Bench, clickhouse: ClickHouseClient): Promise<void> {
  const { ground, recorder, say } = bench
  const { reportTransactions: transactions } = bench.size
  const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
  const startMs = performance.now()
  const counted: CountedEntries[] = []
  for (const currency of CURRENCIES)
    counted.push(await count(clickhouse, { transactions, partnerId, currency }))
  const settlementMs = performance.now() - startMs
  await assertWhole(clickhouse, partnerId, transactions, counted)
  recorder.add('reports.settlement-month', 'ms', settlementMs)
  const times: Record<string, number> = {}
  for (const [name, days] of [
    ['day', 1],
    ['week', 7],
    ['month', 31],
  ] as const) {
    const timesMs: number[] = []
    for (let index = 0; index < REPORTS; index++) timesMs.push(await reportMs(ground, days))
    times[name] = median(timesMs)
    recorder.add(`reports.daily-${name}`, 'ms', median(timesMs))
    recorder.add(`reports.daily-${name}-max`, 'ms', Math.max(...timesMs))
  }
  const reports = Object.entries(times).map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
  say(`settlement of a month ${Math.round(settlementMs)} ms; daily report of a ${reports.join(', ')}`)
}

async function run(bench: Bench): Promise<void> {
  const { ground, size, say } = bench
  const transactions = size.reportTransactions
  await ground.up('infra')
  await ground.freshTopics({ keepCommands: false })
  await ground.prepareTables()
  await ground.up('wallet', 'api')
  const clickhouse = client(ground)
  try {
    await fillTables(clickhouse, { transactions, partnerId: ground.value('STAKESTREAM_PARTNER_ID') }, say)
    await recordBytes(bench, clickhouse, transactions)
    for (let index = 0; index < size.runs; index++) await measure(bench, clickhouse)
  } finally {
    await clickhouse.close()
  }
  await ground.stop('app')
}

export const reports: Job = {
  name: 'reports',
  title: `a year in ClickHouse: settlement of a partner's month, daily reports, bytes per transaction`,
  run,
}
