/** Partners: create, read, change, take out of service. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Actor, Partner, PartnerCommandData } from '../../avro/types.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { actorOf } from '../access/actor.ts'
import { isPlatform, requirePartner } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { layChange } from '../partners/lay-change.ts'
import { partnerBody, profileOf } from '../partners/profile.ts'
import { ApiError } from '../problem.ts'
import { pageOf } from '../reads/cursor.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { uuid } from '../schemas/fields.ts'
import {
  createPartnerBody,
  OWN_FIELDS,
  partnerAnswer,
  partnerStatus,
  partnerType,
  updatePartnerBody,
} from '../schemas/partners.ts'
import { pageQuery } from '../schemas/reads.ts'
import type { PartnerParts } from './parts.ts'

export const EXAMPLE_PARTNER_ID = '7b0f7d0e-4f5c-4a7a-9f63-2f0f4f4f0a01'
const EXAMPLE = {
  id: EXAMPLE_PARTNER_ID,
  name: 'Lucky Spin Ltd',
  type: 'operator',
  status: 'active',
  commission_rate: 0.15,
  commission_rates: [{ rate: 0.15, effective_from: '2026-11-22T10:15:30.123Z' }],
  contact_email: 'ops@partner.example',
  registration_number: 'C 12345',
  address: '1 Harbour Street, Valletta',
  allowed_ips: ['203.0.113.0/24'],
  auto_approvals: { USD: 100 },
  rate_limits: { wallet: 6000 },
  version: 1,
  created_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
}

export const partnerPath = z.strictObject({ partner_id: uuid.meta({ description: 'The partner.' }) })

/** A command with what it does not say left out. */
export const partnerCommand = (
  data: Pick<PartnerCommandData, 'action' | 'partner_id' | 'actor'> & Partial<PartnerCommandData>,
): PartnerCommandData => ({
  expected_version: null,
  profile: null,
  key: null,
  key_id: null,
  old_key_expires_at: null,
  webhook_id: null,
  webhook: null,
  webhook_secret: null,
  old_secret_expires_at: null,
  delivery_id: null,
  replay_from: null,
  webhook_secrets: [],
  aml_rules: null,
  provider_id: null,
  game_provider: null,
  provider_credentials: [],
  game_id: null,
  game: null,
  ...data,
})

/** The partner, if the caller may see it. Throws FORBIDDEN, PARTNER_NOT_FOUND. */
export function visiblePartner({ directory }: PartnerParts, principal: Principal, id: string): Partner {
  requirePartner(principal, id)
  const partner = directory.partner(id)
  if (partner === undefined) throw new ApiError('PARTNER_NOT_FOUND')
  return partner
}

const answerOf = (parts: PartnerParts, id: string, status: number): Answer => {
  const partner = parts.directory.partner(id)
  if (partner === undefined) throw new ApiError('OUTCOME_UNKNOWN')
  return { status, body: JSON.stringify(partnerBody(partner, parts.cipher, Date.now())) }
}

const createRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/partners',
    operationId: 'createPartner',
    tag: 'Partners',
    summary: 'Create a partner',
    description:
      'Give an id of your own to be able to repeat the call: a second one is refused with PARTNER_EXISTS.',
    scopes: ['platform:admin'],
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: createPartnerBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: {
        name: 'Lucky Spin Ltd',
        type: 'operator',
        commission_rate: 0.15,
        contact_email: 'ops@partner.example',
      },
    },
    answers: { 201: { description: 'Created.', schema: partnerAnswer, example: EXAMPLE } },
    errors: ['PARTNER_EXISTS', 'CONTACT_EMAIL_TAKEN', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ body, requestId, address }, principal) => {
      const { id = uuidv7(), ...fields } = body
      const nowMs = Date.now()
      await parts.gateway.submit(
        partnerCommand({
          action: 'CREATE_PARTNER',
          partner_id: id,
          actor: actorOf(principal, { requestId, address }),
          profile: profileOf(fields, undefined, parts, nowMs),
        }),
        nowMs,
      )
      return answerOf(parts, id, 201)
    },
  })

const listQuery = z.strictObject({
  ...pageQuery,
  type: partnerType.optional(),
  status: partnerStatus.optional(),
})

const listRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners',
    operationId: 'listPartners',
    tag: 'Partners',
    summary: 'List partners',
    description: 'The oldest first. A partner sees itself alone.',
    scopes: ['platform:admin', 'partner:admin', 'partner:read'],
    params: NO_PARAMS,
    query: listQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(partnerAnswer), next_cursor: z.string().nullable() }),
        example: { data: [EXAMPLE], next_cursor: null },
      },
    },
    errors: [],
    handle: ({ query }, principal) => {
      const { type, status, cursor, limit = PAGE_ROWS_DEFAULT } = query
      const seen = parts.directory
        .partners()
        .filter(({ partner_id: id }) => isPlatform(principal) || id === principal.partnerId)
        .filter((partner) => type === undefined || partner.type === type)
        .filter((partner) => status === undefined || partner.status === status)
        .map((partner) => ({ id: partner.partner_id, createdAtMs: partner.created_at, partner }))
      const { rows, nextCursor } = pageOf(seen, cursor, limit)
      const nowMs = Date.now()
      const data = rows.map(({ partner }) => partnerBody(partner, parts.cipher, nowMs))
      return { status: 200, body: JSON.stringify({ data, next_cursor: nextCursor }) }
    },
  })

const readRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}',
    operationId: 'partner',
    tag: 'Partners',
    summary: 'Read a partner',
    scopes: ['platform:admin', 'partner:admin', 'partner:read'],
    params: partnerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The partner.', schema: partnerAnswer, example: EXAMPLE } },
    errors: ['PARTNER_NOT_FOUND'],
    handle: ({ params }, principal) => {
      const { partner_id: id } = visiblePartner(parts, principal, params.partner_id)
      return answerOf(parts, id, 200)
    },
  })

type Change = z.output<typeof updatePartnerBody>

const change = (
  parts: PartnerParts,
  partnerId: string,
  { expected_version: expected, ...fields }: Change,
  by: { principal: Principal; actor: Actor },
): Promise<void> =>
  layChange(
    expected,
    () => visiblePartner(parts, by.principal, partnerId),
    (before) => {
      const { name = before.name, type = before.type } = fields
      // The moment of the command too: a rate from now on must not lie before it.
      const nowMs = Date.now()
      const command = partnerCommand({
        action: 'UPDATE_PARTNER',
        partner_id: partnerId,
        actor: by.actor,
        expected_version: before.version,
        profile: profileOf({ ...fields, name, type }, before, parts, nowMs),
      })
      return parts.gateway.submit(command, nowMs)
    },
  )

/** Throws FORBIDDEN where a partner would change what is the platform's to say. */
function requireOwnFields(principal: Principal, body: Change): void {
  if (isPlatform(principal)) return
  if (Object.keys(body).some((field) => !OWN_FIELDS.has(field))) throw new ApiError('FORBIDDEN')
}

const updateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'PATCH',
    path: '/partners/{partner_id}',
    operationId: 'updatePartner',
    tag: 'Partners',
    summary: 'Change a partner',
    description:
      'What is absent stays; null takes away. A partner changes contact_email, address and allowed_ips of itself; ' +
      'the rest is the platform’s to say. A commission rate that has been in force is not changed afterwards.',
    scopes: ['platform:admin', 'partner:admin'],
    params: partnerPath,
    query: NO_QUERY,
    body: {
      schema: updatePartnerBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { status: 'suspended' },
    },
    answers: { 200: { description: 'As it is now.', schema: partnerAnswer, example: EXAMPLE } },
    errors: [
      'PARTNER_NOT_FOUND',
      'VERSION_CONFLICT',
      'CONTACT_EMAIL_TAKEN',
      'RATE_IN_FORCE',
      'OUTCOME_UNKNOWN',
      'SERVICE_UNAVAILABLE',
    ],
    handle: async ({ params, body, requestId, address }, principal) => {
      requirePartner(principal, params.partner_id)
      requireOwnFields(principal, body)
      const actor = actorOf(principal, { requestId, address })
      await change(parts, params.partner_id, body, { principal, actor })
      return answerOf(parts, params.partner_id, 200)
    },
  })

const deactivateRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/partners/{partner_id}',
    operationId: 'deactivatePartner',
    tag: 'Partners',
    summary: 'Take a partner out of service',
    description: 'Its status becomes inactive and its keys open nothing. Its books and its history stay.',
    scopes: ['platform:admin'],
    params: partnerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'As it is now.',
        schema: partnerAnswer,
        example: { ...EXAMPLE, status: 'inactive' },
      },
    },
    errors: ['PARTNER_NOT_FOUND', 'VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, requestId, address }, principal) => {
      const actor = actorOf(principal, { requestId, address })
      await change(parts, params.partner_id, { status: 'inactive' }, { principal, actor })
      return answerOf(parts, params.partner_id, 200)
    },
  })

export const partnerRoutes = (parts: PartnerParts): Route[] => [
  createRoute(parts),
  listRoute(parts),
  readRoute(parts),
  updateRoute(parts),
  deactivateRoute(parts),
]
