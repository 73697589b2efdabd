/** Every step of the work on an alert that is there, one by one and on many at once. */
import type { z } from 'zod'
import type { AmlReply } from '../../avro/types.ts'
import type { Principal } from '../access/principal.ts'
import { officerOf } from '../aml/gateway.ts'
import type { AmlStep } from '../aml/gateway.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { readAlert } from '../reads/alerts.ts'
import { NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Route, RouteRequest } from '../route.ts'
import {
  alertPath,
  assignBody,
  bulkAnswer,
  bulkBody,
  closeBody,
  investigateBody,
  noteBody,
  reportBody,
  stepAnswer,
} from '../schemas/alerts.ts'
import type { RouteParts } from './parts.ts'

const WRITE_SCOPES = ['aml:write'] as const
const TAG = 'AML'

const STEP_EXAMPLE = { id: '2b1f0c5e-7d0a-5c4e-9c3c-2f6f0e6f9b13', version: 3 }
const STEP_ERRORS = [
  'ALERT_NOT_FOUND',
  'ALERT_TRANSITION_ILLEGAL',
  'VERSION_CONFLICT',
  'SERVICE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
] as const

type Request = Pick<RouteRequest<unknown, unknown, unknown>, 'requestId' | 'address'>

const stepBody = ({ alert_id: id, version }: AmlReply): string => JSON.stringify({ id, version })

/** Sends a step on an alert that is there. */
async function stepOn(
  parts: RouteParts,
  principal: Principal,
  request: Request,
  alertId: string,
  { officer, ...step }: Omit<AmlStep, 'partner_id' | 'player_id'> & { officer: string | undefined },
): Promise<AmlReply> {
  const { partnerId } = principal
  const alert = await readAlert(parts.database, partnerId, alertId)
  if (alert === undefined) throw new ApiError('ALERT_NOT_FOUND')
  return parts.aml.gateway.submit(
    { ...step, partner_id: partnerId, player_id: alert.player_id, alert_id: alertId },
    officerOf(principal, request, officer),
  )
}

interface StepDefinition<B extends z.ZodType> {
  name: string
  operationId: string
  summary: string
  description?: string
  body: B
  example: unknown
  errors?: readonly ('FOUR_EYES' | 'ALERT_LIMIT_REACHED')[]
  step: (body: z.output<B>) => Omit<AmlStep, 'partner_id' | 'player_id'> & { officer: string | undefined }
}

const stepRoute = <B extends z.ZodType>(parts: RouteParts, definition: StepDefinition<B>): Route =>
  keyRoute({
    method: 'POST',
    path: `/aml/alerts/{alert_id}/${definition.name}`,
    operationId: definition.operationId,
    tag: TAG,
    summary: definition.summary,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    scopes: WRITE_SCOPES,
    params: alertPath,
    query: NO_QUERY,
    body: {
      schema: definition.body,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: definition.body.safeParse({}).success,
      example: definition.example,
    },
    answers: { 200: { description: 'It is done.', schema: stepAnswer, example: STEP_EXAMPLE } },
    errors: [...STEP_ERRORS, ...(definition.errors ?? [])],
    handle: async (request, principal) => {
      const reply = await stepOn(
        parts,
        principal,
        request,
        request.params.alert_id,
        definition.step(request.body),
      )
      return { status: 200, body: stepBody(reply) }
    },
  })

const stepRoutes = (parts: RouteParts): Route[] => [
  stepRoute(parts, {
    name: 'assign',
    operationId: 'assignAlert',
    summary: 'Assign an alert to an officer',
    body: assignBody,
    example: { assignee_id: 'j.doe' },
    step: (body) => ({
      action: 'ASSIGN_ALERT',
      assignee_id: body.assignee_id,
      expected_version: body.expected_version ?? null,
      officer: body.officer,
    }),
  }),
  stepRoute(parts, {
    name: 'investigate',
    operationId: 'investigateAlert',
    summary: 'Begin to investigate an alert',
    body: investigateBody,
    example: { officer: 'j.doe' },
    step: (body) => ({
      action: 'INVESTIGATE_ALERT',
      note: body.note ?? null,
      expected_version: body.expected_version ?? null,
      officer: body.officer,
    }),
  }),
  stepRoute(parts, {
    name: 'close',
    operationId: 'closeAlert',
    summary: 'Close an alert',
    body: closeBody,
    example: { resolution_code: 'EXPLAINED', note: 'Salary account, statement seen.' },
    step: (body) => ({
      action: 'CLOSE_ALERT',
      resolution_code: body.resolution_code,
      note: body.note,
      expected_version: body.expected_version ?? null,
      officer: body.officer,
    }),
  }),
  stepRoute(parts, {
    name: 'report',
    operationId: 'reportAlert',
    summary: 'Report an alert to the authority',
    description:
      'Where four eyes are asked for, the first call proposes and a second officer’s makes the report.',
    body: reportBody,
    example: { report_reference: 'SAR-2026-0042', officer: 'j.doe' },
    errors: ['FOUR_EYES'],
    step: (body) => ({
      action: 'REPORT_ALERT',
      report_reference: body.report_reference,
      note: body.note ?? null,
      expected_version: body.expected_version ?? null,
      officer: body.officer,
    }),
  }),
  stepRoute(parts, {
    name: 'notes',
    operationId: 'noteAlert',
    summary: 'Add a note to an alert',
    body: noteBody,
    example: { note: 'Asked for the source of funds.' },
    step: (body) => ({
      action: 'NOTE_ALERT',
      note: body.note,
      expected_version: body.expected_version ?? null,
      officer: body.officer,
    }),
  }),
]

const bulkRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/alerts/bulk',
    operationId: 'bulkAlerts',
    tag: TAG,
    summary: 'Assign or close many alerts',
    description: 'Each is a step of its own: what is refused for one is done for the others.',
    scopes: WRITE_SCOPES,
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: bulkBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { action: 'assign', alert_ids: [STEP_EXAMPLE.id], assignee_id: 'j.doe' },
    },
    answers: {
      200: {
        description: 'One result per alert, in the order asked.',
        schema: bulkAnswer,
        example: { results: [{ ...STEP_EXAMPLE, code: null }] },
      },
    },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: async ({ body, ...request }, principal) => {
      const step =
        body.action === 'assign'
          ? { action: 'ASSIGN_ALERT' as const, assignee_id: body.assignee_id }
          : { action: 'CLOSE_ALERT' as const, resolution_code: body.resolution_code, note: body.note }
      const results = await Promise.all(
        body.alert_ids.map((id) =>
          stepOn(parts, principal, request, id, { ...step, officer: body.officer }).then(
            ({ version }) => ({ id, version, code: null }),
            (error: unknown) => {
              if (!(error instanceof ApiError)) throw error
              return { id, version: null, code: error.code }
            },
          ),
        ),
      )
      return { status: 200, body: JSON.stringify({ results }) }
    },
  })

export const alertStepRoutes = (parts: RouteParts): Route[] => [...stepRoutes(parts), bulkRoute(parts)]
