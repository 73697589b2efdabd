/** Players' profiles: put in place as a whole, and read. */
import { z } from 'zod'
import type { WalletReplyData } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { PLAYER_PROFILE } from '../../service/version-cache.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { openedProfile, playerBodyOf, profileOf, sealedProfile } from '../players/profile.ts'
import type { Profile } from '../players/profile.ts'
import { ApiError } from '../problem.ts'
import { readPlayer, storedPlayer } from '../reads/players.ts'
import { readVersion } from '../reads/wait.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { playerId } from '../schemas/fields.ts'
import { playerAnswer, playerBody } from '../schemas/players.ts'
import { minVersion } from '../schemas/reads.ts'
import { PENDING, PREFER_HEADER, REPLAYED_HEADER, execute } from './parts.ts'
import type { RouteParts } from './parts.ts'

const PROFILE_EXAMPLE = {
  country: 'MT',
  name: 'Ann Example',
  date_of_birth: '1990-05-17',
  self_exclusion: { from: '2026-11-22T10:15:30.000Z', until: '2027-05-22T00:00:00.000Z' },
  limits: [{ kind: 'DEPOSIT', period: 'WEEK', currency: 'USD', amount: 200 }],
}
const ANSWER_EXAMPLE = {
  player_id: 'player-42',
  ...PROFILE_EXAMPLE,
  version: 1,
  updated_at: '2026-11-22T10:15:30.123Z',
}

const playerPath = z.strictObject({ player_id: playerId })

/** The profile as the wallet has put it in place: an exclusion that it prolongs keeps its beginning. */
const decided = (player: string, profile: Profile, reply: WalletReplyData): object => {
  const { exclusion } = profile
  const fromMs = reply.self_excluded_from ?? exclusion?.fromMs ?? 0
  const kept = exclusion === null ? null : { fromMs, untilMs: exclusion.untilMs }
  const { version, processed_at: updatedAtMs } = reply
  return playerBodyOf(player, { ...profile, exclusion: kept }, { version, updatedAtMs })
}

const putRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'PUT',
    path: '/players/{player_id}',
    operationId: 'putPlayer',
    tag: 'Players',
    summary: "Put a player's profile in place",
    description:
      'The whole profile: what is absent is taken away. With expected_version it is put in place of that version alone. The player needs no wallet. While a self-exclusion is in force, ' +
      'bets and deposits are refused with PLAYER_SELF_EXCLUDED; wins, rollbacks, withdrawals and corrections land. Until ' +
      'it has ended, nobody can lift or shorten it. Limits are kept, and not enforced yet.',
    scopes: ['wallet:write', 'wallet:admin'],
    params: playerPath,
    query: NO_QUERY,
    body: {
      schema: playerBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: PROFILE_EXAMPLE,
    },
    requestHeaders: PREFER_HEADER,
    answers: {
      200: {
        description: 'The profile as it is now.',
        schema: playerAnswer,
        example: ANSWER_EXAMPLE,
        headers: REPLAYED_HEADER,
      },
      202: PENDING,
    },
    errors: [
      'SELF_EXCLUSION_IN_FORCE',
      'PLAYER_CHANGED_SINCE',
      'VERSION_CONFLICT',
      'TOO_MANY_PENDING',
      'SERVICE_UNAVAILABLE',
    ],
    handle: ({ params, body, requestId, address, header }, principal) => {
      const nowMs = Date.now()
      const profile = profileOf(body, nowMs)
      return execute(
        parts,
        {
          playerId: params.player_id,
          type: 'PLAYER_UPDATE',
          fields: { currency: NO_CURRENCY },
          player: sealedProfile(profile, parts.partners.cipher),
          expectedVersion: body.expected_version,
        },
        { principal, requestId, address, header },
        { nowMs, bodyOf: (reply) => decided(params.player_id, profile, reply) },
      )
    },
  })

const getQuery = z.strictObject({ min_version: minVersion('PUT').optional() })

const readRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/players/{player_id}',
    operationId: 'player',
    tag: 'Players',
    summary: "Read a player's profile",
    description:
      'From the read side, which follows the log by milliseconds. A player who has wallets and no profile is not found.',
    scopes: ['wallet:read'],
    params: playerPath,
    query: getQuery,
    body: NO_BODY,
    answers: { 200: { description: 'The profile.', schema: playerAnswer, example: ANSWER_EXAMPLE } },
    errors: ['PLAYER_NOT_FOUND', 'VERSION_NOT_REACHED', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, query }, { partnerId }) => {
      const { player_id: player } = params
      const { min_version: least } = query
      const { database, partners, caches } = parts
      const stored = await caches.read({
        cache: PLAYER_PROFILE,
        ids: [partnerId, player],
        schema: storedPlayer,
        minVersion: least ?? 0,
        source: () => readVersion(() => readPlayer(database, partnerId, player), least, parts),
      })
      if (stored === undefined)
        throw new ApiError(least === undefined ? 'PLAYER_NOT_FOUND' : 'VERSION_NOT_REACHED')
      const profile = openedProfile(stored.profile, partners.cipher)
      return { status: 200, body: JSON.stringify(playerBodyOf(player, profile, stored)) }
    },
  })

export const playerRoutes = (parts: RouteParts): Route[] => [putRoute(parts), readRoute(parts)]
