/** API keys of a partner: issue, list, rotate, deactivate. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Actor, NewApiKey } from '../../avro/types.ts'
import { newKeyText } from '../access/api-key.ts'
import { actorOf } from '../access/actor.ts'
import { requirePartner, scopesOf } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { COMMAND_BODY_BYTES_MAX, ROTATION_OVERLAP_SECONDS_DEFAULT } from '../limits.ts'
import type { KeptKey } from '../partners/directory.ts'
import { ApiError, fieldProblem } from '../problem.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { uuid } from '../schemas/fields.ts'
import { apiKeyAnswer, issueKeyBody, newApiKeyAnswer, rotateKeyBody } from '../schemas/partners.ts'
import { EXAMPLE_PARTNER_ID, partnerCommand, partnerPath, visiblePartner } from './partners.ts'
import type { PartnerParts } from './parts.ts'

const EXAMPLE = {
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  key_prefix: 'sk_live_7Hq2mZ0x',
  partner_id: EXAMPLE_PARTNER_ID,
  name: 'casino-backend',
  scopes: ['wallet:read', 'wallet:write'],
  status: 'active',
  expires_at: null,
  last_used_at: null,
  replaced_by: null,
  created_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
}
const NEW_EXAMPLE = { ...EXAMPLE, key: 'sk_live_7Hq2mZ0x_f3J1…' }

const SCOPES = ['platform:admin', 'partner:admin'] as const
const keyPath = partnerPath.extend({ key_id: uuid.meta({ description: 'The id of the key, not the key.' }) })

/** Keys that are made before one has a prefix of its own: two in 10^14 begin alike. */
const TRIES_MAX = 3

const timeOrNull = (epochMs: number | null | undefined): string | null =>
  epochMs === null || epochMs === undefined ? null : new Date(epochMs).toISOString()

function keyBody({ directory }: PartnerParts, key: KeptKey): object {
  return {
    id: key.key_id,
    key_prefix: key.key_prefix,
    partner_id: key.partner_id,
    name: key.name,
    scopes: key.scopes,
    status: key.status,
    expires_at: timeOrNull(key.expires_at),
    last_used_at: timeOrNull(directory.lastUsedMs(key.key_id)),
    replaced_by: key.replaced_by,
    created_at: timeOrNull(key.created_at),
    updated_at: timeOrNull(key.updated_at),
  }
}

/** Throws FORBIDDEN where a key would give what its giver does not have. */
function requireGivable(principal: Principal, scopes: readonly string[]): void {
  if (principal.scopes.has('platform:admin')) return
  for (const scope of scopesOf(scopes)) if (!principal.scopes.has(scope)) throw new ApiError('FORBIDDEN')
}

function requireAhead(expiresAtMs: number | undefined): void {
  if (expiresAtMs !== undefined && expiresAtMs <= Date.now())
    throw fieldProblem('VALIDATION_FAILED', 'expires_at', 'must lie ahead', 'INVALID_TIME')
}

type Draft = Pick<NewApiKey, 'name' | 'scopes' | 'expires_at'>

/** Makes a key, has it issued by the command that `submit` sends, and answers it: this once with its text. */
async function issue(
  parts: PartnerParts,
  draft: Draft,
  submit: (key: NewApiKey) => Promise<unknown>,
): Promise<Answer> {
  for (let left = TRIES_MAX - 1; ; left--) {
    const { key, prefix } = newKeyText(parts.keyMode)
    const id = uuidv7()
    try {
      await submit({
        key_id: id,
        key_prefix: prefix,
        key_hash: parts.hasher.hashKey(key).toString('base64'),
        ...draft,
      })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'API_KEY_PREFIX_TAKEN' && left > 0) continue
      throw error
    }
    const issued = parts.directory.key(id)
    if (issued === undefined) throw new ApiError('OUTCOME_UNKNOWN')
    return { status: 201, body: JSON.stringify({ ...keyBody(parts, issued), key }) }
  }
}

const issueRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/api-keys',
    operationId: 'issueApiKey',
    tag: 'API keys',
    summary: 'Issue an API key',
    description: 'The key is in this answer and nowhere else: keep it.',
    scopes: SCOPES,
    params: partnerPath,
    query: NO_QUERY,
    body: {
      schema: issueKeyBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { name: 'casino-backend', scopes: ['wallet:read', 'wallet:write'] },
    },
    answers: { 201: { description: 'The new key.', schema: newApiKeyAnswer, example: NEW_EXAMPLE } },
    errors: [
      'PARTNER_NOT_FOUND',
      'API_KEY_LIMIT_REACHED',
      'API_KEY_PREFIX_TAKEN',
      'OUTCOME_UNKNOWN',
      'SERVICE_UNAVAILABLE',
    ],
    handle: ({ params, body, requestId, address }, principal) => {
      visiblePartner(parts, principal, params.partner_id)
      requireGivable(principal, body.scopes)
      requireAhead(body.expires_at)
      const actor = actorOf(principal, { requestId, address })
      const draft = { name: body.name ?? null, scopes: body.scopes, expires_at: body.expires_at ?? null }
      return issue(parts, draft, (key) =>
        parts.gateway.submit(
          partnerCommand({ action: 'ISSUE_KEY', partner_id: params.partner_id, actor, key }),
          Date.now(),
        ),
      )
    },
  })

const listRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}/api-keys',
    operationId: 'listApiKeys',
    tag: 'API keys',
    summary: 'List API keys',
    description: 'The oldest first, those that no longer work too.',
    scopes: [...SCOPES, 'partner:read'],
    params: partnerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'All keys.',
        schema: z.strictObject({ data: z.array(apiKeyAnswer), next_cursor: z.null() }),
        example: { data: [EXAMPLE], next_cursor: null },
      },
    },
    errors: ['PARTNER_NOT_FOUND'],
    handle: ({ params }, principal) => {
      visiblePartner(parts, principal, params.partner_id)
      const data = parts.directory.keysOf(params.partner_id).map((key) => keyBody(parts, key))
      return { status: 200, body: JSON.stringify({ data, next_cursor: null }) }
    },
  })

/** The partner's key, if the caller may see it. Throws FORBIDDEN, API_KEY_NOT_FOUND. */
function visibleKey(parts: PartnerParts, principal: Principal, path: z.output<typeof keyPath>): KeptKey {
  requirePartner(principal, path.partner_id)
  const key = parts.directory.key(path.key_id)
  if (key === undefined || key.partner_id !== path.partner_id) throw new ApiError('API_KEY_NOT_FOUND')
  return key
}

const rotateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners/{partner_id}/api-keys/{key_id}/rotate',
    operationId: 'rotateApiKey',
    tag: 'API keys',
    summary: 'Rotate an API key',
    description:
      'Issues a key with the same scopes; the old one works for the overlap, so that callers can change over.',
    scopes: SCOPES,
    params: keyPath,
    query: NO_QUERY,
    body: {
      schema: rotateKeyBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: true,
      example: { overlap_seconds: 3600 },
    },
    answers: { 201: { description: 'The new key.', schema: newApiKeyAnswer, example: NEW_EXAMPLE } },
    errors: [
      'API_KEY_NOT_FOUND',
      'API_KEY_NOT_ACTIVE',
      'API_KEY_LIMIT_REACHED',
      'API_KEY_PREFIX_TAKEN',
      'OUTCOME_UNKNOWN',
      'SERVICE_UNAVAILABLE',
    ],
    handle: ({ params, body, requestId, address }, principal) => {
      const old = visibleKey(parts, principal, params)
      requireGivable(principal, old.scopes)
      requireAhead(body.expires_at)
      const { overlap_seconds: overlap = ROTATION_OVERLAP_SECONDS_DEFAULT } = body
      const actor: Actor = actorOf(principal, { requestId, address })
      const draft = { name: old.name, scopes: old.scopes, expires_at: body.expires_at ?? null }
      return issue(parts, draft, (key) =>
        parts.gateway.submit(
          partnerCommand({
            action: 'ROTATE_KEY',
            partner_id: params.partner_id,
            actor,
            key,
            key_id: params.key_id,
            old_key_expires_at: Date.now() + overlap * 1_000,
          }),
          Date.now(),
        ),
      )
    },
  })

const deactivateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/partners/{partner_id}/api-keys/{key_id}',
    operationId: 'deactivateApiKey',
    tag: 'API keys',
    summary: 'Deactivate an API key',
    description:
      'It stops working on every instance of the API within a second. A second call changes nothing.',
    scopes: SCOPES,
    params: keyPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 204: { description: 'It works no more.' } },
    errors: ['API_KEY_NOT_FOUND', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, requestId, address }, principal) => {
      const key = visibleKey(parts, principal, params)
      if (key.status === 'inactive') return { status: 204, body: '' }
      const actor = actorOf(principal, { requestId, address })
      const command = partnerCommand({
        action: 'DEACTIVATE_KEY',
        partner_id: params.partner_id,
        actor,
        key_id: params.key_id,
      })
      await parts.gateway.submit(command, Date.now()).catch((error: unknown) => {
        // Someone else was quicker: it works no more, and that is what was asked.
        if (!(error instanceof ApiError && error.code === 'API_KEY_NOT_ACTIVE')) throw error
      })
      return { status: 204, body: '' }
    },
  })

export const apiKeyRoutes = (parts: PartnerParts): Route[] => [
  issueRoute(parts),
  listRoute(parts),
  rotateRoute(parts),
  deactivateRoute(parts),
]
