/** GET /aml/profiles/{player_id}: what the assessments of a player add up to, and what holds for all of the player's alerts. */
import { z } from 'zod'
import { ApiError } from '../problem.ts'
import { readRiskProfile } from '../reads/alerts.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { riskProfileAnswer } from '../schemas/alerts.ts'
import { playerId } from '../schemas/fields.ts'
import type { RouteParts } from './parts.ts'

const EXAMPLE = {
  player_id: 'player-42',
  overall_risk_score: 24.7,
  risk_level: 'LOW',
  assessments: 412,
  late_assessments: 0,
  statistics: [{ period_days: 7, type: 'BET', currency: 'USD', count: 96, sum: '960.0000' }],
  risk_factors: [],
  last_deposit_at: '2026-11-22T09:58:00.000Z',
  last_withdrawal_at: null,
  last_played_at: '2026-11-22T10:15:30.123Z',
  last_assessment_at: '2026-11-22T10:15:30.123Z',
  created_at: '2026-10-02T18:00:00.000Z',
  is_pep: false,
  is_sanctioned: false,
  matches: [],
  screened_at: '2026-10-02T18:00:01.000Z',
  snoozes: [],
  withdrawals_blocked: false,
}

export const riskProfileRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/profiles/{player_id}',
    operationId: 'riskProfile',
    tag: 'AML',
    summary: 'Read the risk profile of a player',
    description: 'Fields of what has not been done yet, assessment or screening, are null.',
    scopes: ['aml:read', 'aml:write'],
    params: z.strictObject({ player_id: playerId }),
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The profile.', schema: riskProfileAnswer, example: EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { player_id } }, { partnerId }) => {
      const row = await readRiskProfile(parts.database, partnerId, player_id)
      if (row === undefined) throw new ApiError('PLAYER_NOT_FOUND')
      const body = {
        player_id,
        ...row,
        statistics: row.statistics ?? [],
        risk_factors: row.risk_factors ?? [],
        matches: row.matches ?? [],
        snoozes: row.snoozes ?? [],
        withdrawals_blocked: row.withdrawals_blocked ?? false,
      }
      return { status: 200, body: JSON.stringify(body) }
    },
  })
