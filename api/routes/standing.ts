/** Freezing and unfreezing a wallet. */
import { z } from 'zod'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { standingAnswer } from '../schemas/answers.ts'
import { standingBody } from '../schemas/commands.ts'
import { playerId } from '../schemas/fields.ts'
import { PENDING, PREFER_HEADER, REPLAYED_HEADER, execute } from './parts.ts'
import type { RouteParts } from './parts.ts'

const STANDINGS = [
  {
    segment: 'freeze',
    type: 'WALLET_FREEZE',
    summary: 'Freeze a wallet',
    description: 'Bets and withdrawals are refused from now on; wins, rollbacks and deposits still land.',
  },
  {
    segment: 'unfreeze',
    type: 'WALLET_UNFREEZE',
    summary: 'Unfreeze a wallet',
    description: 'Ends a freeze.',
  },
] as const

export const standingRoutes = (parts: RouteParts): Route[] =>
  STANDINGS.map(({ segment, type, summary, description }) =>
    keyRoute({
      method: 'POST',
      path: `/wallet/{player_id}/${segment}`,
      operationId: segment,
      tag: 'Wallet',
      summary,
      description,
      scopes: ['wallet:admin'],
      params: z.strictObject({ player_id: playerId }),
      query: NO_QUERY,
      body: {
        schema: standingBody,
        bytesMax: COMMAND_BODY_BYTES_MAX,
        optional: false,
        example: { currency: 'USD', reason: 'disputed account' },
      },
      requestHeaders: PREFER_HEADER,
      answers: {
        200: {
          description: 'Done.',
          schema: standingAnswer,
          example: {
            player_id: 'player-42',
            currency: 'USD',
            balance: 89.5,
            held: 0,
            version: 3,
            processed_at: '2026-11-22T10:15:30.123Z',
          },
          headers: REPLAYED_HEADER,
        },
        202: PENDING,
      },
      errors: ['WALLET_NOT_FOUND', 'TOO_MANY_PENDING', 'SERVICE_UNAVAILABLE'],
      handle: ({ params, body, requestId, address, header }, principal) =>
        execute(
          parts,
          { playerId: params.player_id, type, fields: body },
          { principal, requestId, address, header },
        ),
    }),
  )
