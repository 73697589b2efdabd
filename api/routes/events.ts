/** The event feed: what webhooks tell, for partners that ask. */
import { EVENTS_POLL_MS, EVENTS_SCANNED_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError, fieldProblem } from '../problem.ts'
import { decodeEventCursor, encodeEventCursor } from '../reads/event-cursor.ts'
import { readEvents } from '../reads/events.ts'
import type { EventPositions } from '../reads/events.ts'
import { readUntil } from '../reads/wait.ts'
import { NO_BODY, NO_PARAMS, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { eventsAnswer, eventsQuery } from '../schemas/events.ts'
import type { RouteParts } from './parts.ts'

const EXAMPLE = {
  data: [
    {
      type: 'transaction.created',
      timestamp: '2026-11-22T10:15:30.124Z',
      data: {
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
        created_at: '2026-11-22T10:15:30.120Z',
        processed_at: '2026-11-22T10:15:30.123Z',
        metadata: null,
      },
    },
  ],
  next_cursor: 'azE6bm9uY2UudGFnLmNpcGhlcnRleHQ',
  has_more: false,
}

/** Where a call goes on. Throws VALIDATION_FAILED. */
function positionsOf(
  { partners: { cipher } }: RouteParts,
  cursor: string | undefined,
  partnerId: string,
): EventPositions | undefined {
  if (cursor === undefined) return undefined
  const positions = decodeEventCursor(cursor, partnerId, cipher)
  if (positions !== undefined) return positions
  throw fieldProblem(
    'VALIDATION_FAILED',
    'query.cursor',
    'is not a next_cursor that you were given here',
    'INVALID_FORMAT',
  )
}

export const eventsRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/events',
    operationId: 'events',
    tag: 'Transactions',
    summary: 'Read events from a cursor on',
    description:
      'What webhook endpoints are sent, for 30 days, whether there are any endpoints or not. Keep next_cursor with what you ' +
      'have made of data, and call again with it: no event is missed, and none comes twice. The events of one player come in ' +
      'their order; those of different players nearly in the order of time. With has_more call at once, else let wait_ms wait ' +
      'for the next event. With types a page may be empty though there is more.',
    scopes: ['wallet:read'],
    params: NO_PARAMS,
    query: eventsQuery,
    body: NO_BODY,
    answers: { 200: { description: 'Events, the oldest first.', schema: eventsAnswer, example: EXAMPLE } },
    errors: ['CURSOR_EXPIRED', 'SERVICE_UNAVAILABLE'],
    handle: async ({ query }, { partnerId }) => {
      const { types = [], limit = PAGE_ROWS_DEFAULT, wait_ms: wait = 0 } = query
      const after = positionsOf(parts, query.cursor, partnerId)
      const scanMax = types.length === 0 ? limit + 1 : EVENTS_SCANNED_MAX
      const { bodies, next, hasMore, expired } = await readUntil(
        () => readEvents(parts.database, { partnerId, after, types, limit, scanMax }),
        (page) => page.bodies.length > 0 || page.hasMore || page.expired,
        wait,
        EVENTS_POLL_MS,
      )
      if (expired) throw new ApiError('CURSOR_EXPIRED')
      const { cipher } = parts.partners
      const cursor = encodeEventCursor(partnerId, next, cipher)
      const data = bodies.map((sealed) => cipher.decrypt(sealed)).join(',')
      return { status: 200, body: `{"data":[${data}],"next_cursor":"${cursor}","has_more":${hasMore}}` }
    },
  })
