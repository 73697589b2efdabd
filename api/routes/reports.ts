/** GET /reports/…: what ClickHouse's views say of a partner, as JSON page by page or as CSV in one go. */
import { z } from 'zod'
import { PAGE_ROWS_DEFAULT } from '../limits.ts'
import { fieldProblem } from '../problem.ts'
import {
  DAILY,
  GAMES,
  HOURLY,
  IN_SOME_FORMS,
  PLAYER,
  TOP_WINS,
  TRANSACTIONS,
  TRIAL_BALANCE,
  VOLUME_GROUPS,
} from '../reports/catalogue.ts'
import { CSV, CSV_TYPE, csvStream } from '../csv.ts'
import type { Cells } from '../csv.ts'
import { cursorOf, jsonRow, keyOf, rowSchema, statementOf } from '../reports/report.ts'
import type { VolumeForm } from '../reports/catalogue.ts'
import type { Filter, Report, ReportColumn } from '../reports/report.ts'
import { NO_BODY, NO_PARAMS, keyRoute } from '../route.ts'
import type { Answer, Route, RouteRequest } from '../route.ts'
import { playerId } from '../schemas/fields.ts'
import { accountsQuery, periodQuery, playerQuery, volumeQuery } from '../schemas/reports.ts'
import type { RouteParts } from './parts.ts'

/** What the queries of all reports may hold. */
interface Asked {
  from?: number | undefined
  to?: number | undefined
  currency?: string | undefined
  game_id?: string | undefined
  provider_id?: string | undefined
  brand?: string | undefined
  format?: 'json' | 'csv' | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

const momentOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')

function filtersOf({ from, to, currency, game_id: game, provider_id: provider, brand }: Asked): Filter[] {
  const filter = (sql: string, name: string, value: string | undefined): Filter[] =>
    value === undefined ? [] : [{ sql, params: { [name]: value } }]
  const moment = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : momentOf(ms))
  return [
    ...filter(`created_at >= {from:DateTime64(3, 'UTC')}`, 'from', moment(from)),
    ...filter(`created_at < {to:DateTime64(3, 'UTC')}`, 'to', moment(to)),
    ...filter('currency = {currency:String}', 'currency', currency),
    ...filter('game_id = {game:String}', 'game', game),
    ...filter('provider_id = {provider:String}', 'provider', provider),
    ...filter('brand = {brand:String}', 'brand', brand),
  ]
}

/** The first of the media types that the caller accepts which a report has; JSON where it names neither. */
function wantsCsv({ format }: Asked, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv'
  const named = (accept ?? '').split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase())
  return named.find((type) => type === CSV || type === 'application/json') === CSV
}

const chunk = z.array(z.custom<Cells>(Array.isArray))

async function answerOf(
  parts: RouteParts,
  report: Report,
  { query, header }: Pick<RouteRequest<unknown, Asked, unknown>, 'query' | 'header'>,
  scope: { partnerId: string; filters: readonly Filter[] },
): Promise<Answer> {
  const after = query.cursor === undefined ? undefined : keyOf(report, query.cursor)
  if (query.cursor !== undefined && after === undefined)
    throw fieldProblem(
      'VALIDATION_FAILED',
      'query.cursor',
      'is not a next_cursor that you were given here',
      'INVALID_FORMAT',
    )
  if (wantsCsv(query, header('accept'))) {
    const { text, params } = statementOf(report, { ...scope, after, limit: query.limit })
    const names = report.columns.map(({ name }) => name)
    const body = csvStream(names, await parts.analytics.rows(text, params))
    return { status: 200, body, contentType: CSV_TYPE }
  }
  const { limit = PAGE_ROWS_DEFAULT } = query
  const { text, params } = statementOf(report, { ...scope, after, limit: limit + 1 })
  const rows = await allOf(await parts.analytics.rows(text, params))
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  const data = page.map((cells) => jsonRow(report, cells))
  const next_cursor = last === undefined ? null : cursorOf(report, last)
  return { status: 200, body: JSON.stringify({ data, next_cursor }) }
}

async function allOf(rows: AsyncIterable<unknown>): Promise<Cells[]> {
  const all: Cells[] = []
  for await (const some of rows) all.push(...chunk.parse(some))
  return all
}

/** What a cell of an example holds. */
const EXAMPLES: Readonly<Record<ReportColumn['kind'], unknown>> = {
  text: 'USD',
  uuid: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  day: '2026-11-22',
  time: '2026-11-22T10:00:00Z',
  count: 42,
  amount: 89.5,
}
const EXAMPLE_TEXTS: Readonly<Record<string, string>> = {
  player_id: 'player-42',
  game_id: 'slots_game_001',
  provider_id: 'ocasino',
  brand: 'north',
  round_id: 'round_abc123xyz',
  win_type: 'STANDARD',
  account: 'HOUSE',
  type: 'BET',
  transaction_id_partner: 'partner_tx_id_789',
}

const exampleRow = ({ columns }: Report): object =>
  Object.fromEntries(columns.map(({ name, kind }) => [name, EXAMPLE_TEXTS[name] ?? EXAMPLES[kind]]))

interface Definition<P extends z.ZodType, Q extends z.ZodType<Asked>> {
  path: string
  operationId: string
  summary: string
  description: string
  params: P
  query: Q
  /** The report that a query asks for, the first of all where it has several forms. */
  reports: readonly [Report, ...Report[]]
  choose?: (query: z.output<Q>) => Report
  /** What follows from the path. */
  filters?: (params: z.output<P>) => readonly Filter[]
}

const FOLLOWS =
  'Counts completed transactions, by event time, days in UTC. Follows the log by seconds; an entry that comes late counts in its own day.'

/** A parameter for the Accept header has no place in an OpenAPI document. */
const FORMS =
  'JSON, page by page; with `Accept: text/csv` or format=csv all rows in one go, as they come. A file that was cut off ends its connection with an error.'

function reportRoute<P extends z.ZodType, Q extends z.ZodType<Asked>>(
  parts: RouteParts,
  definition: Definition<P, Q>,
): Route {
  const { path, operationId, summary, description, params, query, reports, choose, filters } = definition
  const [first] = reports
  const columns = new Map(reports.flatMap((report) => report.columns.map((column) => [column.name, column])))
  const row = rowSchema([...columns.values()], reports.length === 1 ? undefined : IN_SOME_FORMS)
  return keyRoute({
    method: 'GET',
    path,
    operationId,
    tag: 'Reports',
    summary,
    description: `${description}\n\n${FOLLOWS}\n\n${FORMS}`,
    scopes: ['report:read'],
    params,
    query,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page; as CSV all rows, under a line of names.',
        schema: z.strictObject({ data: z.array(row), next_cursor: z.string().nullable() }),
        example: { data: [exampleRow(first)], next_cursor: null },
        alternatives: {
          [CSV]: {
            description:
              'RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it.',
            example: `${first.columns.map(({ name }) => name).join(',')}\r\n`,
          },
        },
      },
    },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: (request, { partnerId }) => {
      const report = choose?.(request.query) ?? first
      const own = filters?.(request.params) ?? []
      return answerOf(parts, report, request, {
        partnerId,
        filters: [...own, ...filtersOf(request.query)],
      })
    },
  })
}

/** Where nothing is said of the rows, a question about a game or a provider is one about play. */
function formOf({ group, game_id, provider_id }: z.output<typeof volumeQuery>): VolumeForm {
  if (group !== undefined) return group
  if (game_id !== undefined) return 'game'
  return provider_id === undefined ? 'whole' : 'provider'
}

const formsOf = (volume: Readonly<Record<VolumeForm, Report>>): readonly [Report, ...Report[]] => [
  volume.whole,
  ...VOLUME_GROUPS.map((group) => volume[group]),
]

export const reportRoutes = (parts: RouteParts): Route[] => [
  reportRoute(parts, {
    path: '/reports/daily',
    operationId: 'dailyReport',
    summary: 'Volume and revenue by day',
    description:
      'By currency; with group also by game, provider or brand. Deposits and withdrawals are play of no game: by game or provider they are left out.',
    params: NO_PARAMS,
    query: volumeQuery,
    reports: formsOf(DAILY),
    choose: (query) => DAILY[formOf(query)],
  }),
  reportRoute(parts, {
    path: '/reports/hourly',
    operationId: 'hourlyReport',
    summary: 'Volume and revenue by hour',
    description: 'As the daily report, by the hour.',
    params: NO_PARAMS,
    query: volumeQuery,
    reports: formsOf(HOURLY),
    choose: (query) => HOURLY[formOf(query)],
  }),
  reportRoute(parts, {
    path: '/reports/games',
    operationId: 'gamesReport',
    summary: 'Revenue by game',
    description: 'Over the whole period, in which every player counts once.',
    params: NO_PARAMS,
    query: periodQuery,
    reports: [GAMES],
  }),
  reportRoute(parts, {
    path: '/reports/players/{player_id}',
    operationId: 'playerReport',
    summary: 'What a player has done in all his time',
    description: 'A row for each currency; none for a player without a completed transaction.',
    params: z.strictObject({ player_id: playerId }),
    query: playerQuery,
    reports: [PLAYER],
    filters: ({ player_id }) => [{ sql: 'player_id = {player:String}', params: { player: player_id } }],
  }),
  reportRoute(parts, {
    path: '/reports/top-wins',
    operationId: 'topWinsReport',
    summary: 'The largest wins',
    description: 'The largest of a currency first; limit says how many.',
    params: NO_PARAMS,
    query: periodQuery,
    reports: [TOP_WINS],
  }),
  reportRoute(parts, {
    path: '/reports/trial-balance',
    operationId: 'trialBalanceReport',
    summary: 'The balances of all accounts',
    description:
      'From the ledger; per currency they sum to zero. Without from, all that was before to; without either, all that is known.',
    params: NO_PARAMS,
    query: accountsQuery,
    reports: [TRIAL_BALANCE],
  }),
  reportRoute(parts, {
    path: '/reports/transactions',
    operationId: 'transactionsReport',
    summary: 'Every completed transaction',
    description: 'What the other reports count, one by one.',
    params: NO_PARAMS,
    query: periodQuery,
    reports: [TRANSACTIONS],
  }),
]
