/** GET /aml/players/{player_id}/analysis: a player looked at on demand, at any moment. */
import { z } from 'zod'
import { ApiError } from '../problem.ts'
import { readRiskProfile } from '../reads/alerts.ts'
import { analysePlayer } from '../reads/player-analysis.ts'
import { NO_BODY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { playerAnalysisAnswer, playerAnalysisQuery } from '../schemas/player-analysis.ts'
import { playerId } from '../schemas/fields.ts'
import type { RouteParts } from './parts.ts'

const zeros = (length: number): number[] => Array.from({ length }, () => 0)

const EXAMPLE = {
  player_id: 'player-42',
  at: '2026-11-22T10:15:30.123Z',
  windows: [
    {
      hours: 24,
      type: 'DEPOSIT',
      bonus: false,
      currency: 'USD',
      transactions: 3,
      total: '27400',
      least: '8500',
      greatest: '9900',
      mean: 9133.33,
      sigma: 579.27,
    },
  ],
  activity: { hours: [3, ...zeros(23)], weekdays: [3, ...zeros(6)] },
  factors: [
    {
      code: 'STRUCTURING',
      transactions: 1,
      first_seen_at: '2026-11-22T10:15:30.123Z',
      last_seen_at: '2026-11-22T10:15:30.123Z',
    },
  ],
  gravest: [
    {
      transaction_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
      risk_score: 40,
      created_at: '2026-11-22T10:15:30.123Z',
    },
  ],
}

export const playerAnalysisRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/players/{player_id}/analysis',
    operationId: 'playerAnalysis',
    tag: 'AML',
    summary: 'Analyse what a player has done',
    description:
      'The windows of the AML rules (24 and 48 hours, 7 and 30 days) as they are at a moment, worked out anew over what is known ' +
      'by now: late transactions are in it, withdrawals that were given back are not. Follows the log by seconds.',
    scopes: ['aml:read', 'aml:write'],
    params: z.strictObject({ player_id: playerId }),
    query: playerAnalysisQuery,
    body: NO_BODY,
    answers: { 200: { description: 'The analysis.', schema: playerAnalysisAnswer, example: EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { player_id }, query }, { partnerId }) => {
      if ((await readRiskProfile(parts.database, partnerId, player_id)) === undefined)
        throw new ApiError('PLAYER_NOT_FOUND')
      const nowMs = Date.now()
      const atMs = Math.min(query.at ?? nowMs, nowMs)
      const analysis = await analysePlayer(parts.analytics, { partnerId, playerId: player_id }, atMs)
      const body = { player_id, at: new Date(atMs).toISOString(), ...analysis }
      return { status: 200, body: JSON.stringify(body) }
    },
  })
