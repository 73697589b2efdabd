/**
 * A year of transactions in ClickHouse, as the sink would have left them: the same columns, offsets in the order of the log, parts of
 * which each is an insert, entries that sum to zero, ids that begin with their time. ClickHouse makes them itself: through the
 * wallet they would take ten minutes.
 *
 * Where they differ: a withdrawal is one row and not three, balances are made up, and no transaction was refused.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Seals } from '../domain/settlement/coverage.ts'
import { waitUntil } from '../stack/wait.ts'

const YEAR = 2025
const MONTHS = 12
const LOG = 'wallet.transaction.created'
const PARTITIONS = 4
export const CURRENCIES = ['EUR', 'USD', 'GBP'] as const
/** Rows of one insert of the sink. */
const INSERT_ROWS = 50_000
const MERGES_LIMIT_MS = 240_000
const POLL_MS = 500

export interface ReportsData {
  transactions: number
  /** Has half of them; three others share the rest. */
  partnerId: string
}

export const monthStart = (month: number): number => Date.UTC(YEAR, month, 1)
const SPAN_MS = monthStart(MONTHS) - monthStart(0)

/** The number of the first transaction that the log holds from a month on; an offset is one of each partition. */
const firstOf = (month: number, transactions: number): number =>
  PARTITIONS * Math.ceil(((monthStart(month) - monthStart(0)) / SPAN_MS) * (transactions / PARTITIONS))

/** Where the log's partitions ended when a month began. */
export const sealsAt = (month: number, transactions: number): Seals => {
  const offset = firstOf(month, transactions) / PARTITIONS
  return new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, offset]))
}

/** An id of version 7: 48 bits of time, the rest at random. ClickHouse keeps its first half in the lower bits. */
const idAt = (salt: number): string => `reinterpretAsUUID(
  bitShiftLeft(toUInt128(9223372036854775808 + rand64(${salt}) % 4611686018427387904), 64)
  + toUInt128(toUInt64(sent_ms) * 65536 + 28672 + rand(${salt}) % 4096))`

/** Before and behind any other in the tables' order: what lies between others is the dearest to find. */
const OTHERS = [
  '00000000-0000-4000-8000-000000000001',
  'ffffffff-ffff-4fff-bfff-fffffffffffe',
  'ffffffff-ffff-4fff-bfff-ffffffffffff',
] as const

function partnersText(partnerId: string): string {
  const [second, third, fourth] = OTHERS
  return `multiIf(draw % 20 < 10, '${partnerId}', draw % 20 < 15, '${second}', draw % 20 < 18, '${third}', '${fourth}')`
}

const column = (name: string, sql: string): string => `${sql} AS ${name}`

/** One in a hundred comes up to three days late. */
const TRANSACTION_COLUMNS = (partnerId: string, transactions: number): string[] => [
  column('n', 'number'),
  column('draw', 'cityHash64(number)'),
  column('sent_ms', `${monthStart(0)} + intDiv(number * ${SPAN_MS}, ${transactions})`),
  column('at_ms', `sent_ms - if(intDiv(draw, 31) % 100 = 0, intDiv(draw, 1000) % 259200000, 0)`),
  column('event_id', idAt(1)),
  column('event_type', `'transaction.created'`),
  column('event_timestamp', `fromUnixTimestamp64Milli(toInt64(sent_ms + 12), 'UTC')`),
  column('transaction_id', idAt(2)),
  column('command_id', idAt(3)),
  column('partner_id', `toUUID(${partnersText(partnerId)})`),
  column('player_id', `toString(intDiv(draw, 20) % 50000)`),
  column('currency', `['EUR', 'USD', 'GBP'][intDiv(draw, 20) % 3 + 1]`),
  column('wallet_id', `reinterpretAsUUID(sipHash128(partner_id, player_id, currency))`),
  column('kind', 'intDiv(draw, 1000003) % 100'),
  column(
    'type',
    `multiIf(kind < 55, 'BET', kind < 95, 'WIN', kind < 96, 'ROLLBACK', kind < 98, 'DEPOSIT', kind < 99, 'WITHDRAWAL', 'ADJUSTMENT')`,
  ),
  column('status', `'COMPLETED'`),
  column('amount', 'toDecimal64(100 + intDiv(draw, 7919) % 9900, 4) / 100'),
  column('direction', `if(type = 'ADJUSTMENT', 'CREDIT', NULL)`),
  column('balance_after', 'toDecimal64(intDiv(draw, 104729) % 1000000, 4) / 100'),
  column('balance_before', 'balance_after + amount'),
  column('held_after', 'toDecimal64(0, 4)'),
  column('version', 'intDiv(number, 150000) + draw % 50'),
  column('game_id', `if(kind < 96, 'slots_game_' || toString(intDiv(draw, 50021) % 300), NULL)`),
  column('round_id', `if(kind < 96, 'round-' || toString(intDiv(number, 2)), NULL)`),
  column('transaction_id_partner', `'t-' || toString(number)`),
  column('win_type', `if(type = 'WIN', if(kind < 58, 'FREE_ROUND', 'STANDARD'), NULL)`),
  column('round_closed', `type = 'WIN'`),
  column('retryable', 'false'),
  column('created_at', `fromUnixTimestamp64Milli(toInt64(at_ms), 'UTC')`),
  column('processed_at', `fromUnixTimestamp64Milli(toInt64(sent_ms), 'UTC')`),
  column(
    'ip_address',
    `'198.51.' || toString(intDiv(draw, 20) % 256) || '.' || toString(intDiv(draw, 999) % 256)`,
  ),
  column(
    'user_agent',
    `'Mozilla/5.0 (Linux; Android 14; Pixel ' || toString(intDiv(draw, 20) % 40) || ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36'`,
  ),
  column('country', `['DE', 'MT', 'SE', 'BR', 'CA'][intDiv(draw, 20) % 5 + 1]`),
  column('player_country', 'country'),
  column('metadata', `'{"session":"s' || player_id || '","channel":"mobile"}'`),
  column('kafka_topic', `'${LOG}'`),
  column('kafka_partition', `number % ${PARTITIONS}`),
  column('kafka_offset', `intDiv(number, ${PARTITIONS})`),
]

const HELPERS: ReadonlySet<string> = new Set(['n', 'draw', 'sent_ms', 'at_ms', 'kind'])
const nameOf = (text: string): string => text.slice(text.lastIndexOf(' AS ') + ' AS '.length)

const PLATFORM_ACCOUNT = `multiIf(type IN ('BET', 'ROLLBACK'), 'HOUSE', type = 'WIN', if(win_type = 'STANDARD', 'HOUSE', 'BONUS'), type = 'ADJUSTMENT', 'ADJUSTMENT', 'CASH')`
const ENTRY_COLUMNS = [
  'event_id',
  'entry',
  'account',
  'amount',
  'currency',
  'transaction_id',
  'wallet_id',
  'partner_id',
  'player_id',
  'type',
  'status',
  'game_id',
  'win_type',
  'version',
  'created_at',
  'processed_at',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
]

/** Inserts of as many rows as the sink's, one after the other. */
const SETTINGS = {
  max_block_size: String(INSERT_ROWS),
  max_insert_block_size: String(INSERT_ROWS),
  min_insert_block_size_rows: String(INSERT_ROWS),
  min_insert_block_size_bytes: '0',
  max_threads: 1,
  max_partitions_per_insert_block: '0',
} as const

/** Waits until ClickHouse has nothing left to merge: on quiet tables that is how the sink leaves them. */
async function merged(client: ClickHouseClient): Promise<void> {
  const running = async (): Promise<number> => {
    const answer = await client.query({
      query: 'SELECT toString(count()) FROM system.merges',
      format: 'JSONCompactEachRow',
    })
    const [[count = ''] = []] = await answer.json<string[]>()
    return Number(count)
  }
  const isQuiet = async (): Promise<boolean> => {
    for (let look = 0; look < 4; look++) {
      if ((await running()) > 0) return false
      await sleep(POLL_MS)
    }
    return true
  }
  if (!(await waitUntil(isQuiet, MERGES_LIMIT_MS, POLL_MS)))
    throw new Error(`ClickHouse still merges after ${MERGES_LIMIT_MS / 1000} s`)
}

/** Fills the empty tables; `say` hears of each month. */
export async function fillTables(
  client: ClickHouseClient,
  { transactions, partnerId }: ReportsData,
  say: (line: string) => void,
): Promise<void> {
  const columns = TRANSACTION_COLUMNS(partnerId, transactions)
  const names = columns.map(nameOf).filter((name) => !HELPERS.has(name))
  for (let month = 0; month < MONTHS; month++) {
    const [from, end] = [firstOf(month, transactions), firstOf(month + 1, transactions)]
    await client.command({
      query: `INSERT INTO transactions (${names.join(', ')})
        SELECT ${names.join(', ')} FROM (SELECT ${columns.join(',\n')} FROM numbers(${from}, ${end - from}))`,
      clickhouse_settings: SETTINGS,
    })
    await client.command({
      query: `INSERT INTO ledger_entries (${ENTRY_COLUMNS.join(', ')})
        SELECT ${ENTRY_COLUMNS.join(', ')} FROM (
          SELECT * REPLACE (if(entry = 0, 1, -1) * if(type IN ('BET', 'WITHDRAWAL'), -1, 1) * amount AS amount),
            entry, if(entry = 0, 'PLAYER', ${PLATFORM_ACCOUNT}) AS account
          FROM transactions ARRAY JOIN [0, 1] AS entry
          WHERE kafka_offset >= ${Math.ceil(from / PARTITIONS)} AND kafka_offset < ${Math.ceil(end / PARTITIONS)})`,
      clickhouse_settings: SETTINGS,
    })
    say(`month ${month + 1} is there`)
  }
  await merged(client)
}
