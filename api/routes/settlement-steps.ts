/** Ask for a settlement, confirm it, say that it is paid, throw a draft away. */
import type { z } from 'zod'
import type { SettlementReply } from '../../avro/types.ts'
import { isPlatform, requirePartner } from '../access/principal.ts'
import type { Scope } from '../access/principal.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { readSettlement } from '../reads/settlements.ts'
import { readVersion } from '../reads/wait.ts'
import { NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import {
  createSettlementBody,
  payBody,
  settlementPath,
  settlementStepBody,
  stepAnswer,
} from '../schemas/settlements.ts'
import type { SettlementStep } from '../settlements/gateway.ts'
import { EXAMPLE_PARTNER_ID } from './partners.ts'
import type { RouteParts } from './parts.ts'

const TAG = 'Settlements'
const WRITE_SCOPES = ['platform:admin', 'settlements:write'] as const
/** Money is on the way then: the operator's alone. */
const PLATFORM_SCOPES = ['platform:admin'] as const

export const SETTLEMENT_EXAMPLE = {
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  partner_id: EXAMPLE_PARTNER_ID,
  currency: 'EUR',
  status: 'CONFIRMED',
  period_from: '2026-10-01',
  period_to: '2026-11-01',
  time_zone: 'Europe/Berlin',
  previous_id: null,
  seals: [{ partition: 0, next_offset: 81_250 }],
  carried_in: 0,
  net_payable: 15_025.5,
  carried_forward: 0,
  late_entries: 0,
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  commission_id: '5d2c8f3e-0a44-5b1d-8a6e-6f1f0d3b7c21',
  requested_by: null,
  confirmed_by: 'configured-admin',
  confirmed_at: '2026-11-02T09:00:00.000Z',
  paid_by: null,
  paid_at: null,
  payment_reference: null,
  canceled_by: null,
  canceled_at: null,
  version: 3,
  created_at: '2026-11-01T00:00:10.000Z',
  updated_at: '2026-11-02T09:00:00.000Z',
}
const STEP_EXAMPLE = { id: SETTLEMENT_EXAMPLE.id, version: 3 }
const STEP_ERRORS = [
  'SETTLEMENT_NOT_FOUND',
  'SETTLEMENT_TRANSITION_ILLEGAL',
  'VERSION_CONFLICT',
  'SERVICE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
] as const

const replyBody = ({ settlement_id: id, version }: SettlementReply): string => JSON.stringify({ id, version })

const createRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/settlements',
    operationId: 'createSettlement',
    tag: TAG,
    summary: 'Ask for the settlement of a period',
    description:
      'It is sealed and counted within moments, then it is a DRAFT. The first one of a partner and currency may begin anywhere; each other begins where the last confirmed one ends.',
    scopes: WRITE_SCOPES,
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: createSettlementBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { currency: 'EUR', from: '2026-10-01', to: '2026-11-01' },
    },
    answers: {
      201: {
        description: 'It is being counted.',
        schema: stepAnswer,
        example: { ...STEP_EXAMPLE, version: 1 },
      },
    },
    errors: [
      'SETTLEMENT_TERMS_NOT_FOUND',
      'SETTLEMENT_PERIOD_INVALID',
      'SETTLEMENT_PERIOD_OVERLAPS',
      'SETTLEMENT_PERIOD_GAP',
      'SERVICE_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
    ],
    handle: async ({ body: { partner_id: asked, ...period }, ...request }, principal) => {
      const partnerId = asked ?? principal.partnerId
      requirePartner(principal, partnerId)
      const reply = await parts.settlements.gateway.submit(
        { action: 'REQUEST', partner_id: partnerId, period },
        principal,
        request,
      )
      return { status: 201, body: replyBody(reply) }
    },
  })

interface StepDefinition<B extends z.ZodType> {
  name: string
  operationId: string
  summary: string
  description?: string
  scopes: readonly Scope[]
  body: B
  errors?: readonly 'SETTLEMENT_PERIOD_OVERLAPS'[]
  step: (body: z.output<B>) => Omit<SettlementStep, 'partner_id'>
}

const stepRoute = <B extends z.ZodType>(parts: RouteParts, definition: StepDefinition<B>): Route =>
  keyRoute({
    method: 'POST',
    path: `/settlements/{settlement_id}/${definition.name}`,
    operationId: definition.operationId,
    tag: TAG,
    summary: definition.summary,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    scopes: definition.scopes,
    params: settlementPath,
    query: NO_QUERY,
    body: {
      schema: definition.body,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: true,
      example: { expected_version: 2 },
    },
    answers: { 200: { description: 'It is done.', schema: stepAnswer, example: STEP_EXAMPLE } },
    errors: [...STEP_ERRORS, ...(definition.errors ?? [])],
    handle: async ({ params: { settlement_id: id }, body, ...request }, principal) => {
      const visible = isPlatform(principal) ? undefined : principal.partnerId
      const run = await readVersion(() => readSettlement(parts.database, visible, id), undefined, parts)
      if (run === undefined) throw new ApiError('SETTLEMENT_NOT_FOUND')
      const reply = await parts.settlements.gateway.submit(
        { ...definition.step(body), partner_id: run.partner_id, settlement_id: id },
        principal,
        request,
      )
      return { status: 200, body: replyBody(reply) }
    },
  })

export const settlementStepRoutes = (parts: RouteParts): Route[] => [
  createRoute(parts),
  stepRoute(parts, {
    name: 'confirm',
    operationId: 'confirmSettlement',
    summary: 'Confirm a settlement',
    description:
      'Books what it pays on the account of the partner, as a COMMISSION. It can not be taken back.',
    scopes: PLATFORM_SCOPES,
    body: settlementStepBody,
    errors: ['SETTLEMENT_PERIOD_OVERLAPS'],
    step: ({ expected_version: version = null }) => ({ action: 'CONFIRM', expected_version: version }),
  }),
  stepRoute(parts, {
    name: 'pay',
    operationId: 'paySettlement',
    summary: 'Say that a settlement is paid',
    scopes: PLATFORM_SCOPES,
    body: payBody,
    step: ({ expected_version: version = null, payment_reference: reference = null }) => ({
      action: 'PAY',
      expected_version: version,
      payment_reference: reference,
    }),
  }),
  stepRoute(parts, {
    name: 'cancel',
    operationId: 'cancelSettlement',
    summary: 'Throw a settlement away that is not confirmed',
    scopes: WRITE_SCOPES,
    body: settlementStepBody,
    step: ({ expected_version: version = null }) => ({ action: 'CANCEL', expected_version: version }),
  }),
]
