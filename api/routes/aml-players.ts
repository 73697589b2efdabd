/** What officers settle for a player, whatever alerts there are: quiet rules and cleared matches. */
import { z } from 'zod'
import { SNOOZE_MS_MAX } from '../../domain/aml/alerts.ts'
import { officerOf } from '../aml/gateway.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { fieldProblem } from '../problem.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { clearMatchBody, playerStepAnswer, snoozeBody } from '../schemas/alerts.ts'
import { playerId } from '../schemas/fields.ts'
import type { RouteParts } from './parts.ts'

const WRITE_SCOPES = ['aml:write'] as const
const TAG = 'AML'

const playerPath = z.strictObject({ player_id: playerId })
const PLAYER_STEP_EXAMPLE = { player_id: 'player-42' }

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
    query: z.strictObject({ officer: snoozeBody.shape.officer }),
    body: NO_BODY,
    answers: { 200: { description: 'It is ended.', schema: playerStepAnswer, example: PLAYER_STEP_EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'SNOOZE_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ params, query, ...request }, principal) => {
      await parts.aml.gateway.submit(
        {
          action: 'END_SNOOZE',
          partner_id: principal.partnerId,
          player_id: params.player_id,
          snooze: { alert_type: params.alert_type, until: null },
        },
        officerOf(principal, request, query.officer),
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

export const amlPlayerRoutes = (parts: RouteParts): Route[] => [
  snoozeRoute(parts),
  endSnoozeRoute(parts),
  clearMatchRoute(parts),
]
