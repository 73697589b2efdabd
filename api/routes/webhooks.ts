/** Webhook endpoints of a partner: create, list, change, delete, rotate the secret. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Actor, Webhook, WebhookSettings } from '../../avro/types.ts'
import { actorOf } from '../access/actor.ts'
import { requirePartner } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { COMMAND_BODY_BYTES_MAX, ROTATION_OVERLAP_SECONDS_DEFAULT } from '../limits.ts'
import { layChange } from '../partners/lay-change.ts'
import { newWebhookSecret } from '../partners/webhook-secret.ts'
import { ApiError, fieldProblem } from '../problem.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { uuid } from '../schemas/fields.ts'
import {
  createWebhookBody,
  newWebhookAnswer,
  rotateSecretBody,
  updateWebhookBody,
  webhookAnswer,
} from '../schemas/webhooks.ts'
import { EXAMPLE_PARTNER_ID, partnerCommand, partnerPath, visiblePartner } from './partners.ts'
import type { PartnerParts } from './parts.ts'

const EXAMPLE = {
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b12',
  partner_id: EXAMPLE_PARTNER_ID,
  url: 'https://partner.example/hooks',
  event_types: ['transaction.created'],
  description: null,
  status: 'active',
  disabled_reason: null,
  secrets: [{ created_at: '2026-11-22T10:15:30.123Z', expires_at: null }],
  version: 1,
  created_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
}
const NEW_EXAMPLE = { ...EXAMPLE, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD…' }

export const WEBHOOK_SCOPES = ['platform:admin', 'partner:admin'] as const
export const webhookPath = partnerPath.extend({
  webhook_id: uuid.meta({ description: 'The webhook endpoint.' }),
})

/** Why an endpoint is disabled that its owner has disabled. */
const REQUESTED = 'REQUESTED'
const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

function webhookBody(webhook: Webhook, nowMs: number): object {
  return {
    id: webhook.webhook_id,
    partner_id: webhook.partner_id,
    url: webhook.url,
    event_types: webhook.event_types,
    description: webhook.description,
    status: webhook.status,
    disabled_reason: webhook.disabled_reason,
    secrets: webhook.secrets
      .filter(({ expires_at: endMs }) => endMs === null || endMs > nowMs)
      .map(({ created_at, expires_at }) => ({
        created_at: timeOf(created_at),
        expires_at: expires_at === null ? null : timeOf(expires_at),
      })),
    version: webhook.version,
    created_at: timeOf(webhook.created_at),
    updated_at: timeOf(webhook.updated_at),
  }
}

/** The endpoint as this instance knows it by now, with what an answer shows besides. */
function answerOf({ directory }: PartnerParts, id: string, status: number, shown: object = {}): Answer {
  const webhook = directory.webhook(id)
  if (webhook === undefined) throw new ApiError('OUTCOME_UNKNOWN')
  return { status, body: JSON.stringify({ ...webhookBody(webhook, Date.now()), ...shown }) }
}

function requireScheme({ allowHttpWebhooks }: PartnerParts, url: string | undefined): void {
  if (url === undefined || allowHttpWebhooks || new URL(url).protocol === 'https:') return
  throw fieldProblem('VALIDATION_FAILED', 'url', 'must be an https address', 'INVALID_FORMAT')
}

/** The partner's endpoint, if the caller may see it. Throws FORBIDDEN, WEBHOOK_NOT_FOUND. */
export function visibleWebhook(
  { directory }: PartnerParts,
  principal: Principal,
  { partner_id: partnerId, webhook_id: id }: z.output<typeof webhookPath>,
): Webhook {
  requirePartner(principal, partnerId)
  const webhook = directory.webhook(id)
  if (webhook === undefined || webhook.partner_id !== partnerId) throw new ApiError('WEBHOOK_NOT_FOUND')
  return webhook
}

const createRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/webhooks',
    operationId: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Create a webhook endpoint',
    description:
      'It is sent what happens from now on, signed by the Standard Webhooks specification. The secret is in this answer ' +
      'and in no other: keep it.',
    scopes: WEBHOOK_SCOPES,
    params: partnerPath,
    query: NO_QUERY,
    body: {
      schema: createWebhookBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { url: 'https://partner.example/hooks', event_types: ['transaction.created'] },
    },
    answers: { 201: { description: 'The new endpoint.', schema: newWebhookAnswer, example: NEW_EXAMPLE } },
    errors: ['PARTNER_NOT_FOUND', 'WEBHOOK_LIMIT_REACHED', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, body, requestId, address }, principal) => {
      visiblePartner(parts, principal, params.partner_id)
      requireScheme(parts, body.url)
      const id = uuidv7()
      const secret = newWebhookSecret()
      const { url, event_types = [], description = null } = body
      await parts.gateway.submit(
        partnerCommand({
          action: 'CREATE_WEBHOOK',
          partner_id: params.partner_id,
          actor: actorOf(principal, { requestId, address }),
          webhook_id: id,
          webhook: { url, event_types, description, status: 'active', disabled_reason: null },
          webhook_secret: parts.cipher.encrypt(secret),
        }),
        Date.now(),
      )
      return answerOf(parts, id, 201, { secret })
    },
  })

const listRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}/webhooks',
    operationId: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List webhook endpoints',
    description: 'The oldest first.',
    scopes: [...WEBHOOK_SCOPES, 'partner:read'],
    params: partnerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'All endpoints.',
        schema: z.strictObject({ data: z.array(webhookAnswer), next_cursor: z.null() }),
        example: { data: [EXAMPLE], next_cursor: null },
      },
    },
    errors: ['PARTNER_NOT_FOUND'],
    handle: ({ params }, principal) => {
      visiblePartner(parts, principal, params.partner_id)
      const nowMs = Date.now()
      const data = parts.directory.webhooksOf(params.partner_id).map((webhook) => webhookBody(webhook, nowMs))
      return { status: 200, body: JSON.stringify({ data, next_cursor: null }) }
    },
  })

type Change = z.output<typeof updateWebhookBody>

/** What an endpoint is after a change; a field that was not given stays as it was. */
function settingsOf(asked: Change, before: Webhook): WebhookSettings {
  const { url = before.url, event_types = before.event_types, status = before.status } = asked
  const { description = before.description } = asked
  const disabled_reason = status === 'active' ? null : (before.disabled_reason ?? REQUESTED)
  return { url, event_types, description, status, disabled_reason }
}

const change = (
  parts: PartnerParts,
  path: z.output<typeof webhookPath>,
  body: Change,
  by: { principal: Principal; actor: Actor },
): Promise<void> =>
  layChange(
    body.expected_version,
    () => visibleWebhook(parts, by.principal, path),
    (before) => {
      const command = partnerCommand({
        action: 'UPDATE_WEBHOOK',
        ...path,
        actor: by.actor,
        expected_version: before.version,
        webhook: settingsOf(body, before),
      })
      return parts.gateway.submit(command, Date.now())
    },
  )

const updateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'PATCH',
    path: '/partners/{partner_id}/webhooks/{webhook_id}',
    operationId: 'updateWebhook',
    tag: 'Webhooks',
    summary: 'Change a webhook endpoint',
    description:
      'What is absent stays. An endpoint that was disabled because it answered 410 is sent again what waits for it once ' +
      'it is active.',
    scopes: WEBHOOK_SCOPES,
    params: webhookPath,
    query: NO_QUERY,
    body: {
      schema: updateWebhookBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { status: 'disabled' },
    },
    answers: { 200: { description: 'As it is now.', schema: webhookAnswer, example: EXAMPLE } },
    errors: ['WEBHOOK_NOT_FOUND', 'VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, body, requestId, address }, principal) => {
      requirePartner(principal, params.partner_id)
      requireScheme(parts, body.url)
      const actor = actorOf(principal, { requestId, address })
      await change(parts, params, body, { principal, actor })
      return answerOf(parts, params.webhook_id, 200)
    },
  })

const deleteRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/partners/{partner_id}/webhooks/{webhook_id}',
    operationId: 'deleteWebhook',
    tag: 'Webhooks',
    summary: 'Delete a webhook endpoint',
    description: 'It is sent nothing more, and its secrets are gone.',
    scopes: WEBHOOK_SCOPES,
    params: webhookPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 204: { description: 'It is gone.' } },
    errors: ['WEBHOOK_NOT_FOUND', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, requestId, address }, principal) => {
      visibleWebhook(parts, principal, params)
      const actor = actorOf(principal, { requestId, address })
      await parts.gateway.submit(partnerCommand({ action: 'DELETE_WEBHOOK', ...params, actor }), Date.now())
      return { status: 204, body: '' }
    },
  })

const rotateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/webhooks/{webhook_id}/rotate-secret',
    operationId: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Rotate the secret of a webhook endpoint',
    description:
      'Deliveries carry two signatures for the overlap, so that the receiver can change over. A secret that is left from ' +
      'a rotation before signs no more.',
    scopes: WEBHOOK_SCOPES,
    params: webhookPath,
    query: NO_QUERY,
    body: {
      schema: rotateSecretBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: true,
      example: { overlap_seconds: 3600 },
    },
    answers: {
      201: {
        description: 'The endpoint with its new secret.',
        schema: newWebhookAnswer,
        example: NEW_EXAMPLE,
      },
    },
    errors: ['WEBHOOK_NOT_FOUND', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, body, requestId, address }, principal) => {
      visibleWebhook(parts, principal, params)
      const secret = newWebhookSecret()
      const nowMs = Date.now()
      const { overlap_seconds: overlap = ROTATION_OVERLAP_SECONDS_DEFAULT } = body
      await parts.gateway.submit(
        partnerCommand({
          action: 'ROTATE_WEBHOOK_SECRET',
          ...params,
          actor: actorOf(principal, { requestId, address }),
          webhook_secret: parts.cipher.encrypt(secret),
          old_secret_expires_at: nowMs + overlap * 1_000,
        }),
        nowMs,
      )
      return answerOf(parts, params.webhook_id, 201, { secret })
    },
  })

const resealRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/webhooks/{webhook_id}/reseal-secrets',
    operationId: 'resealWebhookSecrets',
    tag: 'Webhooks',
    summary: 'Seal the secrets of a webhook endpoint anew',
    description: 'With the current encryption key, after a change of keys. The secrets stay the same.',
    scopes: ['platform:admin'],
    params: webhookPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'As it is now.', schema: webhookAnswer, example: EXAMPLE } },
    errors: ['WEBHOOK_NOT_FOUND', 'VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, requestId, address }, principal) => {
      const { cipher } = parts
      const actor = actorOf(principal, { requestId, address })
      await layChange(
        undefined,
        () => visibleWebhook(parts, principal, params),
        ({ version, secrets }) => {
          const command = partnerCommand({
            action: 'RESEAL_WEBHOOK_SECRETS',
            ...params,
            actor,
            expected_version: version,
            webhook_secrets: secrets.map(({ sealed }) => cipher.encrypt(cipher.decrypt(sealed))),
          })
          return parts.gateway.submit(command, Date.now())
        },
      )
      return answerOf(parts, params.webhook_id, 200)
    },
  })

export const webhookRoutes = (parts: PartnerParts): Route[] => [
  createRoute(parts),
  listRoute(parts),
  updateRoute(parts),
  deleteRoute(parts),
  rotateRoute(parts),
  resealRoute(parts),
]
