/** Reads of transactions: one by its id, many by filters. */
import { LosslessNumber, parse } from 'lossless-json'
import { z } from 'zod'
import { formatAmountShort } from '../../domain/money.ts'
import { uuidTimeMs } from '../commands/command.ts'
import { stringifyLossless } from '../json.ts'
import { CLOCK_SKEW_MS, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { encodeCursor } from '../reads/cursor.ts'
import type { TransactionRow } from '../reads/rows.ts'
import { readTransaction, readTransactions } from '../reads/transactions.ts'
import type { TransactionFilter } from '../reads/transactions.ts'
import { readUntil } from '../reads/wait.ts'
import { NO_BODY, NO_PARAMS, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { pendingTransaction, transactionAnswer, transactionPage } from '../schemas/answers.ts'
import { playerId, uuid } from '../schemas/fields.ts'
import { historyQuery, transactionsQuery, waitMs } from '../schemas/reads.ts'
import type { RouteParts } from './parts.ts'

/** True for an id that was given out within the window: its transaction may still be on its way to PostgreSQL. */
export function isRecent(id: string, windowMs: number, nowMs = Date.now()): boolean {
  const madeAtMs = uuidTimeMs(id)
  return madeAtMs !== undefined && madeAtMs > nowMs - windowMs && madeAtMs < nowMs + CLOCK_SKEW_MS
}

export const amountNumber = (units: bigint): LosslessNumber => new LosslessNumber(formatAmountShort(units))
const numberOrNull = (units: bigint | null): LosslessNumber | null =>
  units === null ? null : amountNumber(units)

/** A row as it is answered: amounts to the digit, the partner's metadata as it was sent. */
export function transactionBody(row: TransactionRow, openAmount: RouteParts['openAmount']): object {
  const { id, wallet_id, player_id, partner_id, type, _encrypted_amount: sealed, metadata, ...others } = row
  return {
    id,
    wallet_id,
    player_id,
    partner_id,
    type,
    amount: amountNumber(openAmount(sealed)),
    ...others,
    balance_before: numberOrNull(row.balance_before),
    balance_after: numberOrNull(row.balance_after),
    held_after: numberOrNull(row.held_after),
    metadata: metadata === null ? null : parse(metadata),
  }
}

const write = (value: object): string => stringifyLossless(value) ?? '{}'

export const TRANSACTION_EXAMPLE = {
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  wallet_id: '3f1c0a52-6d1e-5b59-8f0a-0d6a3f8a7c11',
  player_id: 'player-42',
  partner_id: '7b0f7d0e-4f5c-4a7a-9f63-2f0f4f4f0a01',
  type: 'BET',
  amount: 10.5,
  currency: 'USD',
  direction: null,
  balance_before: 100,
  balance_after: 89.5,
  held_after: 0,
  wallet_version: 2,
  status: 'COMPLETED',
  game_id: 'slots_game_001',
  round_id: 'round_abc123xyz',
  campaign_id: null,
  transaction_id_partner: 'partner_tx_id_789',
  reference_transaction_id_partner: null,
  reference_transaction_id: null,
  win_type: null,
  round_closed: false,
  hold_expires_at: null,
  error_code: null,
  reason: null,
  ip_address: null,
  user_agent: null,
  country: null,
  created_at: '2026-11-22T10:15:30.120Z',
  processed_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
  metadata: { session: 'abc' },
} as const

const transactionRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/transactions/{id}',
    operationId: 'transaction',
    tag: 'Transactions',
    summary: 'Read a transaction',
    description:
      'An id that the platform gave out a moment ago may not have reached the read side: then the answer is 202 PENDING, ' +
      'not 404. It turns into 404 when the time in which a transaction must show itself is over.',
    scopes: ['wallet:read'],
    params: z.strictObject({ id: uuid }),
    query: z.strictObject({ wait_ms: waitMs.optional() }),
    body: NO_BODY,
    answers: {
      200: { description: 'The transaction.', schema: transactionAnswer, example: TRANSACTION_EXAMPLE },
      202: {
        description: 'The id is recent and nothing is known of it yet.',
        schema: pendingTransaction,
        example: {
          transaction_id: TRANSACTION_EXAMPLE.id,
          status: 'PENDING',
          status_url: `/transactions/${TRANSACTION_EXAMPLE.id}`,
        },
        headers: { 'Retry-After': 'Seconds after which to ask again.' },
      },
    },
    errors: ['TRANSACTION_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { id }, query }, principal) => {
      const recent = isRecent(id, parts.pendingWindowMs)
      const row = await readUntil(
        () => readTransaction(parts.database, principal.partnerId, id),
        (found) => found !== undefined,
        recent ? (query.wait_ms ?? 0) : 0,
      )
      if (row !== undefined) return { status: 200, body: write(transactionBody(row, parts.openAmount)) }
      if (!recent) throw new ApiError('TRANSACTION_NOT_FOUND')
      const body = { transaction_id: id, status: 'PENDING', status_url: `/transactions/${id}` }
      return { status: 202, body: JSON.stringify(body), headers: { 'Retry-After': '1' } }
    },
  })

type ListQuery = z.output<typeof transactionsQuery>

/** One row more than asked is read: it tells whether there is a next page. */
async function list(
  parts: RouteParts,
  partnerId: string,
  query: ListQuery,
  playerOfPath?: string,
): Promise<Answer> {
  const { from, to, cursor, limit = PAGE_ROWS_DEFAULT, wait_ms: wait = 0, ...filters } = query
  const filter: TransactionFilter =
    playerOfPath === undefined ? filters : { ...filters, player_id: playerOfPath }
  const rows = await readUntil(
    () =>
      readTransactions(parts.database, {
        partnerId,
        filter,
        fromMs: from,
        toMs: to,
        after: cursor,
        limit: limit + 1,
      }),
    (found) => found.length > 0,
    wait,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasNext = rows.length > limit && last !== undefined
  const nextCursor = hasNext
    ? encodeCursor({ createdAtMs: Date.parse(last.created_at), id: last.id })
    : undefined
  const data = page.map((row) => transactionBody(row, parts.openAmount))
  return {
    status: 200,
    body: write({ data, ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }) }),
  }
}

const PAGE = {
  description: 'A page, newest event time first.',
  schema: transactionPage,
  example: { data: [TRANSACTION_EXAMPLE] },
} as const

const listRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/transactions',
    operationId: 'transactions',
    tag: 'Transactions',
    summary: 'Find transactions',
    description:
      'By the partner’s own id, or by any other filter. An empty page for an id that was just sent means: not decided ' +
      'yet, or never arrived; wait_ms waits for it.',
    scopes: ['wallet:read'],
    params: NO_PARAMS,
    query: transactionsQuery,
    body: NO_BODY,
    answers: { 200: PAGE },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: ({ query }, principal) => list(parts, principal.partnerId, query),
  })

const historyRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/wallet/{player_id}/transactions',
    operationId: 'history',
    tag: 'Wallet',
    summary: 'Read the history of a player',
    scopes: ['wallet:read'],
    params: z.strictObject({ player_id: playerId }),
    query: historyQuery,
    body: NO_BODY,
    answers: { 200: PAGE },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: ({ params, query }, principal) => list(parts, principal.partnerId, query, params.player_id),
  })

export const transactionRoutes = (parts: RouteParts): Route[] => [
  transactionRoute(parts),
  listRoute(parts),
  historyRoute(parts),
]
