/** The queue of alerts: list, look at one, raise one by hand. */
import { z } from 'zod'
import { officerOf } from '../aml/gateway.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { readAlert, readAlertHistory, readAlerts } from '../reads/alerts.ts'
import type { AlertRow } from '../reads/alerts.ts'
import { encodeCursor } from '../reads/cursor.ts'
import { readUntil } from '../reads/wait.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import {
  alertAnswer,
  alertPath,
  alertQuery,
  alertsQuery,
  alertWithHistory,
  createAlertBody,
  stepAnswer,
} from '../schemas/alerts.ts'
import type { RouteParts } from './parts.ts'

const READ_SCOPES = ['aml:read', 'aml:write'] as const
const WRITE_SCOPES = ['aml:write'] as const
const TAG = 'AML'

const ALERT_EXAMPLE = {
  id: '2b1f0c5e-7d0a-5c4e-9c3c-2f6f0e6f9b13',
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
      201: {
        description: 'It is raised.',
        schema: stepAnswer,
        example: { id: ALERT_EXAMPLE.id, version: 1 },
      },
    },
    errors: ['ALERT_LIMIT_REACHED', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ body, ...request }, principal) => {
      const { alert_id: id, version } = await parts.aml.gateway.submit(
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
      return { status: 201, body: JSON.stringify({ id, version }) }
    },
  })

export const alertRoutes = (parts: RouteParts): Route[] => [
  listRoute(parts),
  createRoute(parts),
  readRoute(parts),
]
