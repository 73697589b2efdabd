/**
 * Deliveries of a webhook endpoint: list, resend one, replay from a moment on. The latter two first have their entry put
 * into the audit trail, and then write: an instance that dies in between leaves an entry of what was asked for and not done,
 * and nothing is done that has none.
 */
import { z } from 'zod'
import { actorOf } from '../access/actor.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT, REPLAY_ROWS } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { encodeCursor } from '../reads/cursor.ts'
import {
  DELIVERY_STATUSES,
  isDelivery,
  readDeliveries,
  replayDeliveries,
  resendDelivery,
} from '../reads/deliveries.ts'
import type { DeliveryRow } from '../reads/deliveries.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { timestamp, uuid } from '../schemas/fields.ts'
import { pageQuery } from '../schemas/reads.ts'
import { deliveryAnswer } from '../schemas/webhooks.ts'
import { partnerCommand } from './partners.ts'
import type { RouteParts } from './parts.ts'
import { visibleWebhook, webhookPath, WEBHOOK_SCOPES } from './webhooks.ts'

const EXAMPLE = {
  id: '2b1f0c5e-7d0a-5c4e-9c3c-2f6f0e6f9b13',
  player_id: 'player-42',
  event_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  event_type: 'transaction.created',
  status: 'pending',
  attempts: 1,
  next_attempt_at: '2026-11-22T10:15:35.623Z',
  last_attempt_at: '2026-11-22T10:15:30.523Z',
  last_status: 503,
  last_error: 'HTTP_503',
  delivered_at: null,
  occurred_at: '2026-11-22T10:15:30.123Z',
}

const deliveryPath = webhookPath.extend({
  delivery_id: uuid.meta({ description: 'The delivery: its webhook-id.' }),
})

const timeOrNull = (time: Date | null): string | null => time?.toISOString() ?? null

const deliveryBody = (row: DeliveryRow): object => ({
  ...row,
  next_attempt_at: timeOrNull(row.next_attempt_at),
  last_attempt_at: timeOrNull(row.last_attempt_at),
  delivered_at: timeOrNull(row.delivered_at),
  occurred_at: row.occurred_at.toISOString(),
})

const listRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}/webhooks/{webhook_id}/deliveries',
    operationId: 'listDeliveries',
    tag: 'Webhooks',
    summary: 'List the deliveries of a webhook endpoint',
    description: 'The newest events first; those of the last 30 days.',
    scopes: [...WEBHOOK_SCOPES, 'partner:read'],
    params: webhookPath,
    query: z.strictObject({ status: z.enum(DELIVERY_STATUSES).optional(), ...pageQuery }),
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(deliveryAnswer), next_cursor: z.string().nullable() }),
        example: { data: [EXAMPLE], next_cursor: null },
        links: {
          resendDelivery: {
            partner_id: '$request.path.partner_id',
            webhook_id: '$request.path.webhook_id',
            delivery_id: '$response.body#/data/0/id',
          },
        },
      },
    },
    errors: ['WEBHOOK_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, query }, principal) => {
      const { webhook_id: webhookId } = visibleWebhook(parts.partners, principal, params)
      const { status, cursor: after, limit = PAGE_ROWS_DEFAULT } = query
      const rows = await readDeliveries(parts.database, { webhookId, status, after, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const next_cursor =
        last === undefined ? null : encodeCursor({ createdAtMs: last.occurred_at.getTime(), id: last.id })
      return { status: 200, body: JSON.stringify({ data: page.map(deliveryBody), next_cursor }) }
    },
  })

const resendRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/resend',
    operationId: 'resendDelivery',
    tag: 'Webhooks',
    summary: 'Send a delivery again',
    description:
      'Under the same webhook-id, with all tries before it; also one that was delivered. The audit trail says who asked.',
    scopes: WEBHOOK_SCOPES,
    params: deliveryPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 202: { description: 'It is due.', schema: deliveryAnswer, example: EXAMPLE } },
    errors: ['WEBHOOK_NOT_FOUND', 'NOT_FOUND', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { delivery_id: id, ...path }, requestId, address }, principal) => {
      const { webhook_id: webhookId } = visibleWebhook(parts.partners, principal, path)
      if (!(await isDelivery(parts.database, webhookId, id))) throw new ApiError('NOT_FOUND')
      const actor = actorOf(principal, { requestId, address })
      await parts.partners.gateway.submit(
        partnerCommand({ action: 'RESEND_DELIVERY', ...path, actor, delivery_id: id }),
        Date.now(),
      )
      const delivery = await resendDelivery(parts.database, webhookId, id)
      if (delivery === undefined) throw new ApiError('NOT_FOUND')
      return { status: 202, body: JSON.stringify(deliveryBody(delivery)) }
    },
  })

const replayBody = z.strictObject({
  from: timestamp.meta({
    description: 'Time of the first event.',
    override: { type: 'string', format: 'date-time' },
  }),
})
const replayAnswer = z.strictObject({
  replayed: z.number().int().meta({ description: 'Deliveries that are due again.' }),
  next_from: z.iso
    .datetime()
    .nullable()
    .meta({ description: `Where to go on; null where no more than about ${REPLAY_ROWS} were asked for.` }),
})

const replayRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/webhooks/{webhook_id}/replay',
    operationId: 'replayDeliveries',
    tag: 'Webhooks',
    summary: 'Send all deliveries again from a moment on',
    description:
      'Those that are kept (30 days), in the order of each player, under the same webhook-ids. An event for which there ' +
      'was no delivery, since the endpoint was disabled or not there, is not among them.',
    scopes: WEBHOOK_SCOPES,
    params: webhookPath,
    query: NO_QUERY,
    body: {
      schema: replayBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { from: '2026-11-22T10:00:00Z' },
    },
    answers: {
      202: { description: 'They are due.', schema: replayAnswer, example: { replayed: 17, next_from: null } },
    },
    errors: ['WEBHOOK_NOT_FOUND', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, body, requestId, address }, principal) => {
      const { webhook_id: webhookId } = visibleWebhook(parts.partners, principal, params)
      const actor = actorOf(principal, { requestId, address })
      await parts.partners.gateway.submit(
        partnerCommand({ action: 'REPLAY_DELIVERIES', ...params, actor, replay_from: body.from }),
        Date.now(),
      )
      const { count, nextFrom } = await replayDeliveries(parts.database, webhookId, body.from, REPLAY_ROWS)
      return {
        status: 202,
        body: JSON.stringify({ replayed: count, next_from: nextFrom?.toISOString() ?? null }),
      }
    },
  })

export const deliveryRoutes = (parts: RouteParts): Route[] => [
  listRoute(parts),
  resendRoute(parts),
  replayRoute(parts),
]
