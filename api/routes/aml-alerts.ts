/** The queue of alerts: list, look at one, raise one by hand, and every step of the work on them. */
import { z } from 'zod'
import type { AmlReply } from '../../avro/types.ts'
import { SNOOZE_MS_MAX } from '../../domain/aml/alerts.ts'
import { officerOf } from '../aml/gateway.ts'
import type { AmlStep } from '../aml/gateway.ts'
import type { Principal } from '../access/principal.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError, fieldProblem } from '../problem.ts'
import { readAlert, readAlertHistory, readAlerts } from '../reads/alerts.ts'
import type { AlertRow } from '../reads/alerts.ts'
import { encodeCursor } from '../reads/cursor.ts'
import { readUntil } from '../reads/wait.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route, RouteRequest } from '../route.ts'
import {
  alertAnswer,
  alertQuery,
  alertsQuery,
  alertWithHistory,
  assignBody,
  bulkAnswer,
  bulkBody,
  clearMatchBody,
  closeBody,
  createAlertBody,
  investigateBody,
  noteBody,
  reportBody,
  snoozeBody,
  playerStepAnswer,
  stepAnswer,
} from '../schemas/alerts.ts'
import { playerId, uuid } from '../schemas/fields.ts'
import type { RouteParts } from './parts.ts'

const READ_SCOPES = ['aml:read', 'aml:write'] as const
const WRITE_SCOPES = ['aml:write'] as const
const TAG = 'AML'

const alertPath = z.strictObject({ alert_id: uuid.meta({ description: 'The alert.' }) })
const playerPath = z.strictObject({ player_id: playerId })
const STEP_EXAMPLE = { id: '2b1f0c5e-7d0a-5c4e-9c3c-2f6f0e6f9b13', version: 3 }
const PLAYER_STEP_EXAMPLE = { player_id: 'player-42' }
const ALERT_EXAMPLE = {
  id: STEP_EXAMPLE.id,
  player_id: 'player-42',
  partner_id: '0198c1a2-7d00-7000-8000-000000000001',
  transaction_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  alert_type: 'STRUCTURING',
  alert_severity: 'MEDIUM',
  alert_status: 'NEW',
  description: 'Several amounts lie just under the threshold.',
  risk_score: 40,
  risk_factors: [
    {
      code: 'STRUCTURING',
      points: 40,
      numbers: { count_24h: 3, threshold: 10_000 },
      detail: 'DEPOSIT',
      window_from: 1_763_720_130_123,
      window_to: 1_763_806_530_123,
      transaction_ids: ['019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11'],
    },
  ],
  matches: [],
  rules_version: 'platform/3',
  occurrences: 1,
  transaction_ids: ['019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11'],
  first_occurred_at: '2026-11-22T10:15:30.123Z',
  last_occurred_at: '2026-11-22T10:15:30.123Z',
  assignee_id: null,
  reviewed_by: null,
  reviewed_at: null,
  review_notes: null,
  resolution_code: null,
  report_reference: null,
  report_proposed_by: null,
  created_at: '2026-11-22T10:15:30.223Z',
  updated_at: '2026-11-22T10:15:30.223Z',
  version: 1,
}

const STEP_ERRORS = [
  'ALERT_NOT_FOUND',
  'ALERT_TRANSITION_ILLEGAL',
  'VERSION_CONFLICT',
  'SERVICE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
] as const

const cursorOf = ({ created_at, id }: AlertRow): string =>
  encodeCursor({ createdAtMs: Date.parse(created_at), id })

const listRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/alerts',
    operationId: 'listAlerts',
    tag: TAG,
    summary: 'List alerts',
    description: 'The newest first. From the read side, which follows by milliseconds.',
    scopes: READ_SCOPES,
    params: NO_PARAMS,
    query: alertsQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(alertAnswer), next_cursor: z.string().nullable() }),
        example: { data: [ALERT_EXAMPLE], next_cursor: null },
      },
    },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: async ({ query }, { partnerId }) => {
      const { limit = PAGE_ROWS_DEFAULT, cursor: after, from: fromMs, to: toMs, ...filters } = query
      const rows = await readAlerts(parts.database, {
        ...filters,
        partnerId,
        fromMs,
        toMs,
        after,
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const next_cursor = last === undefined ? null : cursorOf(last)
      return { status: 200, body: JSON.stringify({ data: page, next_cursor }) }
    },
  })

const readRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/alerts/{alert_id}',
    operationId: 'readAlert',
    tag: TAG,
    summary: 'Read an alert with its history',
    scopes: READ_SCOPES,
    params: alertPath,
    query: alertQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The alert.',
        schema: alertWithHistory,
        example: {
          ...ALERT_EXAMPLE,
          history: [
            {
              version: 1,
              action: 'RAISED',
              actor: null,
              from_status: null,
              to_status: 'NEW',
              note: null,
              transaction_id: ALERT_EXAMPLE.transaction_id,
              at: ALERT_EXAMPLE.created_at,
            },
          ],
        },
      },
    },
    errors: ['ALERT_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { alert_id: alertId }, query: { min_version: wanted } }, { partnerId }) => {
      const alert = await readUntil(
        () => readAlert(parts.database, partnerId, alertId),
        (row) => wanted === undefined || (row?.version ?? 0) >= wanted,
        parts.readWaitMs,
      )
      if (alert === undefined) throw new ApiError('ALERT_NOT_FOUND')
      const history = await readAlertHistory(parts.database, alertId)
      return { status: 200, body: JSON.stringify({ ...alert, history }) }
    },
  })

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

const createRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/alerts',
    operationId: 'createAlert',
    tag: TAG,
    summary: 'Raise an alert by hand',
    description: 'It stands by itself: it joins no other alert.',
    scopes: WRITE_SCOPES,
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: createAlertBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: {
        player_id: 'player-42',
        alert_severity: 'HIGH',
        description: 'Reported by the payments team.',
      },
    },
    answers: {
      201: { description: 'It is raised.', schema: stepAnswer, example: { ...STEP_EXAMPLE, version: 1 } },
    },
    errors: ['ALERT_LIMIT_REACHED', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ body, ...request }, principal) => {
      const reply = await parts.aml.gateway.submit(
        {
          action: 'CREATE_ALERT',
          partner_id: principal.partnerId,
          player_id: body.player_id,
          finding: {
            alert_type: body.alert_type ?? 'MANUAL',
            alert_severity: body.alert_severity,
            risk_score: body.risk_score ?? 0,
            description: body.description,
            factors: [],
            transaction_id: body.transaction_id ?? null,
            occurred_at: Date.now(),
            rules_version: null,
            join_window_ms: 0,
            blocks_withdrawals: false,
            four_eyes: false,
          },
        },
        officerOf(principal, request, body.officer),
      )
      return { status: 201, body: stepBody(reply) }
    },
  })

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

const snoozeRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/players/{player_id}/snoozes',
    operationId: 'snoozeRule',
    tag: TAG,
    summary: 'Keep a rule quiet for a player',
    description: 'What it finds meanwhile raises no alert and is counted on the snooze.',
    scopes: WRITE_SCOPES,
    params: playerPath,
    query: NO_QUERY,
    body: {
      schema: snoozeBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: {
        alert_type: 'PATTERN',
        until: '2026-12-01T00:00:00Z',
        note: 'Known streamer, plays at night.',
      },
    },
    answers: { 200: { description: 'It is quiet.', schema: playerStepAnswer, example: PLAYER_STEP_EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ params, body, ...request }, principal) => {
      const leftMs = body.until - Date.now()
      if (leftMs <= 0 || leftMs > SNOOZE_MS_MAX)
        throw fieldProblem('VALIDATION_FAILED', 'until', 'must lie ahead, within 90 days', 'OUT_OF_RANGE')
      await parts.aml.gateway.submit(
        {
          action: 'SNOOZE',
          partner_id: principal.partnerId,
          player_id: params.player_id,
          snooze: { alert_type: body.alert_type, until: body.until },
          note: body.note,
        },
        officerOf(principal, request, body.officer),
      )
      return { status: 200, body: JSON.stringify({ player_id: params.player_id }) }
    },
  })

const endSnoozeRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/aml/players/{player_id}/snoozes/{alert_type}',
    operationId: 'endSnooze',
    tag: TAG,
    summary: 'End a snooze before its time',
    scopes: WRITE_SCOPES,
    params: playerPath.extend({ alert_type: snoozeBody.shape.alert_type }),
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'It is ended.', schema: playerStepAnswer, example: PLAYER_STEP_EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'SNOOZE_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ params, ...request }, principal) => {
      await parts.aml.gateway.submit(
        {
          action: 'END_SNOOZE',
          partner_id: principal.partnerId,
          player_id: params.player_id,
          snooze: { alert_type: params.alert_type, until: null },
        },
        officerOf(principal, request, undefined),
      )
      return { status: 200, body: JSON.stringify({ player_id: params.player_id }) }
    },
  })

const clearMatchRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/players/{player_id}/cleared-matches',
    operationId: 'clearMatch',
    tag: TAG,
    summary: 'Say that a match on a watchlist is another person',
    description: 'It stays cleared when lists change. The alert stays open until it is closed.',
    scopes: WRITE_SCOPES,
    params: playerPath,
    query: NO_QUERY,
    body: {
      schema: clearMatchBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { list: 'ofac', entry_id: '2676', note: 'Another date of birth, passport seen.' },
    },
    answers: {
      200: { description: 'It is cleared.', schema: playerStepAnswer, example: PLAYER_STEP_EXAMPLE },
    },
    errors: ['PLAYER_NOT_FOUND', 'MATCH_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ params, body, ...request }, principal): Promise<Answer> => {
      await parts.aml.gateway.submit(
        {
          action: 'CLEAR_MATCH',
          partner_id: principal.partnerId,
          player_id: params.player_id,
          match: { list: body.list, entry_id: body.entry_id },
          note: body.note,
        },
        officerOf(principal, request, body.officer),
      )
      return { status: 200, body: JSON.stringify({ player_id: params.player_id }) }
    },
  })

export const alertRoutes = (parts: RouteParts): Route[] => [
  listRoute(parts),
  createRoute(parts),
  bulkRoute(parts),
  readRoute(parts),
  ...stepRoutes(parts),
  snoozeRoute(parts),
  endSnoozeRoute(parts),
  clearMatchRoute(parts),
]
