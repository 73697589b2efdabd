/** Games: the catalogue for everyone with a key, changed by the platform's operator. */
import { z } from 'zod'
import type { Actor } from '../../avro/types.ts'
import { gameSubjectIdOf } from '../../domain/game-provider.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { actorOf } from '../access/actor.ts'
import { gameBody, gameOf } from '../games/catalogue.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { layChange } from '../partners/lay-change.ts'
import { ApiError } from '../problem.ts'
import { pageOf } from '../reads/cursor.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { gameAnswer, gamePathId, putGameBody } from '../schemas/games.ts'
import type { GameFields } from '../schemas/games.ts'
import { providerId } from '../schemas/game-providers.ts'
import { pageQuery } from '../schemas/reads.ts'
import { partnerCommand } from './partners.ts'
import type { PartnerParts } from './parts.ts'

const PUT_EXAMPLE = {
  provider_id: 'ocasino',
  game_code: 'lucky-7',
  name: 'Lucky Sevens',
  category: 'slots',
  rtp: 0.965,
  volatility: 'medium',
  features: ['free_spins'],
  status: 'active',
}
export const GAME_EXAMPLE = {
  id: 'slots_game_001',
  ...PUT_EXAMPLE,
  launch_url_template: null,
  thumbnail_url: null,
  version: 1,
  created_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
}

const READ_SCOPES = ['wallet:read', 'wallet:write', 'report:read', 'platform:admin'] as const
const CHANGE_ERRORS = ['VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'] as const

const gamePath = z.strictObject({ game_id: gamePathId })

/** Throws GAME_NOT_FOUND. */
function answerOf({ directory }: PartnerParts, id: string): Answer {
  const game = directory.game(id)
  if (game === undefined) throw new ApiError('GAME_NOT_FOUND')
  return { status: 200, body: JSON.stringify(gameBody(game)) }
}

const listRoute = ({ directory }: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games',
    operationId: 'listGames',
    tag: 'Games',
    summary: 'List games',
    description: 'The oldest first.',
    scopes: READ_SCOPES,
    params: NO_PARAMS,
    query: z.strictObject({ ...pageQuery, provider_id: providerId.optional() }),
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(gameAnswer), next_cursor: z.string().nullable() }),
        example: { data: [GAME_EXAMPLE], next_cursor: null },
      },
    },
    errors: [],
    handle: ({ query: { limit = PAGE_ROWS_DEFAULT, cursor, provider_id: provider } }) => {
      const rows = directory
        .games()
        .filter((game) => provider === undefined || game.provider_id === provider)
        .map((game) => ({ game, createdAtMs: game.created_at, id: gameSubjectIdOf(game.game_id) }))
        .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
      const page = pageOf(rows, cursor, limit)
      const data = page.rows.map(({ game }) => gameBody(game))
      return { status: 200, body: JSON.stringify({ data, next_cursor: page.nextCursor }) }
    },
  })

const readRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games/{game_id}',
    operationId: 'game',
    tag: 'Games',
    summary: 'Read a game',
    scopes: READ_SCOPES,
    params: gamePath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The game.', schema: gameAnswer, example: GAME_EXAMPLE } },
    errors: ['GAME_NOT_FOUND'],
    handle: ({ params }) => answerOf(parts, params.game_id),
  })

const put = (parts: PartnerParts, id: string, body: GameFields, actor: Actor): Promise<void> =>
  layChange(
    body.expected_version,
    () => ({ version: parts.directory.game(id)?.version ?? 0 }),
    ({ version }) =>
      parts.gateway.submit(
        partnerCommand({
          action: 'PUT_GAME',
          partner_id: PLATFORM_ID,
          actor,
          game_id: id,
          expected_version: version,
          game: gameOf(body),
        }),
        Date.now(),
      ),
  )

const putRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'PUT',
    path: '/games/{game_id}',
    operationId: 'putGame',
    tag: 'Games',
    summary: 'Put a game in place',
    description:
      'Creates it, or puts the whole of it in the place of what was there: what is absent is as if it were new. Bets on a game ' +
      'whose provider is called by the platform (integration_type rest) are taken once the provider has confirmed them.',
    scopes: ['platform:admin'],
    params: gamePath,
    query: NO_QUERY,
    body: { schema: putGameBody, bytesMax: COMMAND_BODY_BYTES_MAX, optional: false, example: PUT_EXAMPLE },
    answers: { 200: { description: 'As it is now.', schema: gameAnswer, example: GAME_EXAMPLE } },
    errors: ['GAME_PROVIDER_NOT_FOUND', 'GAME_CODE_TAKEN', ...CHANGE_ERRORS],
    handle: async ({ params, body, requestId, address }, principal) => {
      await put(parts, params.game_id, body, actorOf(principal, { requestId, address }))
      return answerOf(parts, params.game_id)
    },
  })

/** Behind the routes of providers, whose paths would be games otherwise. */
export const gameRoutes = (parts: PartnerParts): Route[] => [
  listRoute(parts),
  readRoute(parts),
  putRoute(parts),
]
