/** Settlement runs: list them, look at one, its lines, its late entries, its statement. */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { jsonAmount, jsonAmountOrNull } from '../json.ts'
import { isPlatform, requirePartner } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { encodeCursor } from '../reads/cursor.ts'
import { LATE_ENTRY_NAMES, lateEntryRows, readLateEntries } from '../reads/late-entries.ts'
import { readSettlement, readSettlements } from '../reads/settlements.ts'
import type { SettlementDocument, SettlementLine } from '../reads/settlements.ts'
import { readVersion } from '../reads/wait.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import {
  lateEntriesQuery,
  lateEntryAnswer,
  readQuery,
  settlementAnswer,
  settlementDay,
  settlementLine,
  settlementPath,
  settlementsCsvQuery,
  settlementsQuery,
} from '../schemas/settlements.ts'
import { CSV, CSV_TYPE, csvStream } from '../csv.ts'
import { linesCsv, settlementsCsv } from '../settlements/csv.ts'
import { STATEMENT_POLICY, statementPage } from '../settlements/statement-page.ts'
import type { RouteParts } from './parts.ts'
import { SETTLEMENT_EXAMPLE } from './settlement-steps.ts'

const SCOPES = ['platform:admin', 'settlements:read', 'settlements:write'] as const
const TAG = 'Settlements'
const READ_ERRORS = ['SETTLEMENT_NOT_FOUND', 'SERVICE_UNAVAILABLE'] as const

/** The partner whose runs may be seen; undefined: all. */
const visibleTo = (principal: Principal): string | undefined =>
  isPlatform(principal) ? undefined : principal.partnerId

/** Throws SETTLEMENT_NOT_FOUND: whether another partner has such a run is not told. */
async function visibleRun(parts: RouteParts, principal: Principal, id: string, minVersion?: number) {
  const run = await readVersion(
    () => readSettlement(parts.database, visibleTo(principal), id),
    minVersion,
    parts,
  )
  if (run === undefined)
    throw new ApiError(minVersion === undefined ? 'SETTLEMENT_NOT_FOUND' : 'VERSION_NOT_REACHED')
  return run
}

const answerOf = (run: SettlementDocument): object => ({
  id: run.settlement_id,
  partner_id: run.partner_id,
  currency: run.currency,
  status: run.status,
  period_from: run.period_from,
  period_to: run.period_to,
  time_zone: run.time_zone,
  previous_id: run.previous_id,
  seals: run.seals,
  carried_in: jsonAmount(run.carried_in),
  net_payable: jsonAmount(run.net_payable),
  carried_forward: jsonAmount(run.carried_forward),
  late_entries: run.late_entries,
  hash: run.hash,
  commission_id: run.commission_id,
  requested_by: run.requested_by,
  confirmed_by: run.confirmed_by,
  confirmed_at: run.confirmed_at,
  paid_by: run.paid_by,
  paid_at: run.paid_at,
  payment_reference: run.payment_reference,
  canceled_by: run.canceled_by,
  canceled_at: run.canceled_at,
  version: run.version,
  created_at: run.created_at,
  updated_at: run.updated_at,
})

/** What of the list is asked for. Throws where it is another partner's. */
function askedOf(
  { partner_id: partnerId, currency, status }: z.output<typeof settlementsCsvQuery>,
  principal: Principal,
) {
  if (partnerId !== undefined) requirePartner(principal, partnerId)
  return { partnerId: partnerId ?? visibleTo(principal), currency, status }
}

const listRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements',
    operationId: 'listSettlements',
    tag: TAG,
    summary: 'List settlements',
    description: 'The newest first. From the read side, which follows by milliseconds.',
    scopes: SCOPES,
    params: NO_PARAMS,
    query: settlementsQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(settlementAnswer), next_cursor: z.string().nullable() }),
        example: { data: [SETTLEMENT_EXAMPLE], next_cursor: null },
      },
    },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: async ({ query }, principal) => {
      const { limit = PAGE_ROWS_DEFAULT, cursor: after } = query
      const asked = askedOf(query, principal)
      const rows = await readSettlements(parts.database, { ...asked, after, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const next_cursor =
        last === undefined
          ? null
          : encodeCursor({ createdAtMs: Date.parse(last.created_at), id: last.settlement_id })
      return { status: 200, body: JSON.stringify({ data: page.map(answerOf), next_cursor }) }
    },
  })

const AS_CSV =
  'As they come; a file that was cut off ends its connection with an error. A cell that a spreadsheet would take for a formula begins with an apostrophe.'

const csvAnswer = (name: string, body: string | Readable): Answer => ({
  status: 200,
  contentType: CSV_TYPE,
  headers: { 'Content-Disposition': `attachment; filename="${name}.csv"` },
  body,
})

const listCsvRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements.csv',
    operationId: 'listSettlementsCsv',
    tag: TAG,
    summary: 'List all settlements as CSV',
    description: `The newest first. ${AS_CSV}`,
    scopes: SCOPES,
    params: NO_PARAMS,
    query: settlementsCsvQuery,
    body: NO_BODY,
    answers: { 200: { description: 'The settlements.', contentType: CSV } },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: ({ query }, principal) =>
      Promise.resolve(csvAnswer('settlements', settlementsCsv(parts.database, askedOf(query, principal)))),
  })

const readRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}',
    operationId: 'readSettlement',
    tag: TAG,
    summary: 'Read a settlement',
    scopes: SCOPES,
    params: settlementPath,
    query: readQuery,
    body: NO_BODY,
    answers: { 200: { description: 'The run.', schema: settlementAnswer, example: SETTLEMENT_EXAMPLE } },
    errors: [...READ_ERRORS, 'VERSION_NOT_REACHED'],
    handle: async ({ params, query }, principal) => {
      const run = await visibleRun(parts, principal, params.settlement_id, query.min_version)
      return { status: 200, body: JSON.stringify(answerOf(run)) }
    },
  })

const lineBody = (line: SettlementLine): object => ({
  ...line,
  basis: jsonAmountOrNull(line.basis),
  rate: jsonAmountOrNull(line.rate),
  amount: jsonAmount(line.amount),
})

/** Amounts and rates as numbers, all else as it is. */
const dayBody = (day: SettlementDocument['days'][number]): object =>
  Object.fromEntries(
    Object.entries(day).map(([name, value]) => [name, typeof value === 'bigint' ? jsonAmount(value) : value]),
  )

const NO_DAY_MOVED = { lines: [], days: [] }

const linesRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}/lines',
    operationId: 'settlementLines',
    tag: TAG,
    summary: 'Read the lines of a settlement, and its days',
    scopes: SCOPES,
    params: settlementPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The statement, and what it is made of. Days on which nothing moved are left out.',
        schema: z.strictObject({ lines: z.array(settlementLine), days: z.array(settlementDay) }),
        example: NO_DAY_MOVED,
      },
    },
    errors: READ_ERRORS,
    handle: async ({ params }, principal) => {
      const { lines, days } = await visibleRun(parts, principal, params.settlement_id)
      return { status: 200, body: JSON.stringify({ lines: lines.map(lineBody), days: days.map(dayBody) }) }
    },
  })

const fileName = (what: string, { period_from, period_to, currency }: SettlementDocument): string =>
  `${what}-${period_from}-${period_to}-${currency}`

const linesCsvRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}/lines.csv',
    operationId: 'settlementLinesCsv',
    tag: TAG,
    summary: 'Read the lines of a settlement as CSV',
    description: AS_CSV,
    scopes: SCOPES,
    params: settlementPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The lines.', contentType: CSV } },
    errors: READ_ERRORS,
    handle: async ({ params }, principal) => {
      const run = await visibleRun(parts, principal, params.settlement_id)
      return csvAnswer(fileName('settlement', run), linesCsv(run.lines))
    },
  })

const lateEntriesRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}/late-entries',
    operationId: 'settlementLateEntries',
    tag: TAG,
    summary: 'List the late entries of a settlement',
    description:
      'Movements of earlier periods that came after the settlement of theirs, and so are part of this one; in the order of the log.',
    scopes: SCOPES,
    params: settlementPath,
    query: lateEntriesQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(lateEntryAnswer), next_cursor: z.string().nullable() }),
        example: {
          data: [
            {
              transaction_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
              type: 'BET',
              created_at: '2026-09-30T21:59:59.999Z',
              partition: 2,
              offset: 812,
            },
          ],
          next_cursor: null,
        },
      },
    },
    errors: READ_ERRORS,
    handle: async ({ params, query: { limit = PAGE_ROWS_DEFAULT, cursor: after } }, principal) => {
      const run = await visibleRun(parts, principal, params.settlement_id)
      const rows = await readLateEntries(parts.analytics, run, { after, limit: limit + 1 })
      const data = rows.slice(0, limit).map(({ created_at_ms: atMs, ...entry }) => ({
        ...entry,
        created_at: new Date(atMs).toISOString(),
      }))
      const last = rows.length > limit ? data.at(-1) : undefined
      const next_cursor = last === undefined ? null : `${last.partition}-${last.offset}`
      return { status: 200, body: JSON.stringify({ data, next_cursor }) }
    },
  })

const lateEntriesCsvRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}/late-entries.csv',
    operationId: 'settlementLateEntriesCsv',
    tag: TAG,
    summary: 'List all late entries of a settlement as CSV',
    description: `In the order of the log, each with the platform’s account and what it moved there. ${AS_CSV}`,
    scopes: SCOPES,
    params: settlementPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The late entries.', contentType: CSV } },
    errors: READ_ERRORS,
    handle: async ({ params }, principal) => {
      const run = await visibleRun(parts, principal, params.settlement_id)
      const rows = await lateEntryRows(parts.analytics, run)
      return csvAnswer(fileName('late-entries', run), csvStream(LATE_ENTRY_NAMES, rows))
    },
  })

const statementRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/settlements/{settlement_id}/statement',
    operationId: 'settlementStatement',
    tag: TAG,
    summary: 'Read the statement of a settlement as a page',
    description: 'HTML that prints well, or to PDF; without scripts.',
    scopes: SCOPES,
    params: settlementPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The page.', contentType: 'text/html' } },
    errors: READ_ERRORS,
    handle: async ({ params }, principal) => {
      const run = await visibleRun(parts, principal, params.settlement_id)
      const name = parts.partners.directory.partner(run.partner_id)?.name
      const headers = { 'Content-Security-Policy': STATEMENT_POLICY }
      return { status: 200, contentType: 'text/html', headers, body: statementPage(run, name) }
    },
  })

export const settlementRoutes = (parts: RouteParts): Route[] => [
  listRoute(parts),
  listCsvRoute(parts),
  readRoute(parts),
  linesRoute(parts),
  linesCsvRoute(parts),
  lateEntriesRoute(parts),
  lateEntriesCsvRoute(parts),
  statementRoute(parts),
]
