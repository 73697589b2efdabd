/** What happens around play: launches, sessions, and what providers call. */
import { z } from 'zod'
import type { GameAdapter, HttpAnswer, RawRequest as CallbackRequest } from '../../games/adapter.ts'
import { playableGame } from '../games/catalogue.ts'
import { takeCallback } from '../games/callbacks.ts'
import type { Principal } from '../access/principal.ts'
import type { GameSession } from '../games/sessions.ts'
import { walletPortOf } from '../games/wallet-port.ts'
import { isPartnerId } from '../../domain/ids.ts'
import { CALLBACK_BODY_BYTES_MAX, COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { jsonAmountOrNull } from '../json.ts'
import { ApiError } from '../problem.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, OpenRoute, RawRequest, Route } from '../route.ts'
import { gamePathId, launchAnswer, launchBody, providerGamesAnswer, sessionAnswer } from '../schemas/games.ts'
import { providerId } from '../schemas/game-providers.ts'
import type { RouteParts } from './parts.ts'

const SESSION_EXAMPLE = {
  session_id: 'dG9rZW4tb2YtYS1zZXNzaW9uLTAx',
  player_id: 'player-42',
  game_id: 'slots_game_001',
  provider_id: 'ocasino',
  currency: 'USD',
  started_at: '2026-11-22T10:15:30.123Z',
  expires_at: '2026-11-23T10:15:30.123Z',
}

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

const sessionBody = (session: GameSession): object => ({
  session_id: session.token,
  player_id: session.playerId,
  game_id: session.gameId,
  provider_id: session.providerId,
  currency: session.currency,
  started_at: timeOf(session.startedAtMs),
  expires_at: timeOf(session.expiresAtMs),
})

type LaunchFields = z.output<typeof launchBody>

const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{([a-z_]+)\}/g, (whole, name: string) => encodeURIComponent(values[name] ?? whole))

/** Where the session is played: by the game's template, or as its provider says. Throws GAME_LAUNCH_FAILED. */
async function launchUrl(
  { games }: RouteParts,
  game: ReturnType<typeof playableGame>,
  session: GameSession,
  fields: LaunchFields,
): Promise<string> {
  const { game_code: gameCode, launch_url_template: template, provider_id: id } = game.game
  const { token: sessionToken, currency, partnerId } = session
  const language = fields.language ?? 'en'
  if (template !== null)
    return filled(template, { session_token: sessionToken, game_code: gameCode, currency, language })
  const provider = games.providers.provider(id)
  if (provider === undefined || !isPartnerId(partnerId)) throw new ApiError('GAME_LAUNCH_FAILED')
  const outcome = await provider.connected.adapter.launch(
    {
      partnerId,
      playerId: fields.player_id,
      gameCode,
      currency,
      sessionToken,
      language,
      returnUrl: fields.return_url ?? null,
      ipAddress: fields.ip_address ?? null,
      device: fields.device ?? 'desktop',
    },
    { deadlineAtMs: Date.now() + provider.record.settings.timeout_ms },
  )
  if (outcome.class !== 'SUCCESS') throw new ApiError('GAME_LAUNCH_FAILED')
  return outcome.value.url
}

const launchRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/games/{game_id}/launch',
    operationId: 'launchGame',
    tag: 'Games',
    summary: 'Launch a game',
    description:
      'Answers where the player plays. A player who comes back before his session has ended goes on with it.',
    scopes: ['wallet:write'],
    params: z.strictObject({ game_id: gamePathId }),
    query: NO_QUERY,
    body: {
      schema: launchBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: { player_id: 'player-42', currency: 'USD', language: 'de' },
    },
    answers: {
      200: {
        description: 'The session and its address.',
        schema: launchAnswer,
        example: { ...SESSION_EXAMPLE, launch_url: 'https://play.ocasino.example/lucky-7', resumed: false },
      },
    },
    errors: ['GAME_NOT_FOUND', 'GAME_NOT_AVAILABLE', 'GAME_LAUNCH_FAILED', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, body }, principal) => {
      const playable = playableGame(parts.partners.directory, params.game_id, body.currency)
      const owner = {
        partnerId: principal.partnerId,
        playerId: body.player_id,
        currency: body.currency,
        gameId: params.game_id,
        providerId: playable.game.provider_id,
      }
      const { session, resumed } = await parts.games.sessions.open(owner, Date.now())
      const url = await launchUrl(parts, playable, session, body)
      return { status: 200, body: JSON.stringify({ ...sessionBody(session), launch_url: url, resumed }) }
    },
  })

const sessionPath = z.strictObject({
  session_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is no session')
    .meta({ description: 'Of a launch.', example: SESSION_EXAMPLE.session_id }),
})

/** Throws SESSION_NOT_FOUND where it has ended, or is another partner's. */
async function openSession(parts: RouteParts, principal: Principal, id: string): Promise<GameSession> {
  const session = await parts.games.sessions.find(id)
  if (session?.partnerId !== principal.partnerId || session.expiresAtMs <= Date.now())
    throw new ApiError('SESSION_NOT_FOUND')
  return session
}

const sessionRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games/sessions/{session_id}',
    operationId: 'gameSession',
    tag: 'Games',
    summary: 'Read a game session',
    scopes: ['wallet:read'],
    params: sessionPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The session.', schema: sessionAnswer, example: SESSION_EXAMPLE } },
    errors: ['SESSION_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params }, principal) => {
      const session = await openSession(parts, principal, params.session_id)
      return { status: 200, body: JSON.stringify(sessionBody(session)) }
    },
  })

const endSessionRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/games/sessions/{session_id}',
    operationId: 'endGameSession',
    tag: 'Games',
    summary: 'End a game session',
    description:
      'As when the player leaves. A provider that calls the wallet can place no bet in it any more; wins and rollbacks of what was bet before still land.',
    scopes: ['wallet:write'],
    params: sessionPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: { description: 'The session that has ended.', schema: sessionAnswer, example: SESSION_EXAMPLE },
    },
    errors: ['SESSION_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params }, principal) => {
      const session = await openSession(parts, principal, params.session_id)
      const nowMs = Date.now()
      await parts.games.sessions.end(session, nowMs)
      return { status: 200, body: JSON.stringify(sessionBody({ ...session, expiresAtMs: nowMs })) }
    },
  })

const answered = ({ status, headers, body }: HttpAnswer): Answer => ({
  status,
  body,
  contentType: headers['content-type'] ?? 'application/json',
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-type')),
})

/** Every header that an adapter may look at. */
const SIGNATURE_HEADERS = [
  'content-type',
  'x-ocasino-signature',
  'x-ocasino-timestamp',
  'x-signature',
  'x-request-sign',
  'authorization',
] as const

async function callbackOf(raw: RawRequest): Promise<CallbackRequest> {
  return {
    body: await raw.readBody(CALLBACK_BODY_BYTES_MAX, true),
    headers: Object.fromEntries(SIGNATURE_HEADERS.map((name) => [name, raw.header(name)])),
    path: `/${raw.params['call'] ?? ''}`,
    receivedAtMs: Date.now(),
  }
}

async function tookBy(
  parts: RouteParts,
  id: string,
  adapter: GameAdapter,
  request: CallbackRequest,
): Promise<HttpAnswer> {
  const verified = adapter.verifyCallback(request)
  if (!verified.ok) return verified.answer
  const callbackParts = {
    gateway: parts.gateway,
    providers: parts.games.providers,
    tellSaga: parts.games.tellSaga,
  }
  return adapter.answerCallback(
    await takeCallback(callbackParts, id, verified.callback, request.receivedAtMs),
  )
}

/** The signature over the raw body stands in the place of a key; the provider's own manner in the place of problem documents. */
const callbackRoute = (parts: RouteParts): OpenRoute => ({
  method: 'POST',
  path: '/games/callbacks/{provider_id}/{call}',
  operationId: 'providerCallback',
  tag: 'Games',
  summary: 'Called by game providers',
  description:
    'Results of rounds (round-result) of a provider that the platform calls; wallet calls of one that calls the platform. ' +
    'Signed by the provider over the raw body, with a time; answered in the provider’s own manner.',
  scopes: null,
  params: z.strictObject({
    provider_id: providerId,
    call: z
      .string()
      .regex(/^[a-z][a-z-]{0,30}$/, 'is no call')
      .meta({ description: 'What is called.', example: 'round-result' }),
  }),
  query: NO_QUERY,
  body: NO_BODY,
  answers: {
    200: { description: 'Taken, or taken before.', contentType: 'application/json' },
    400: { description: 'Malformed.', contentType: 'application/json' },
    401: { description: 'The signature is not good, or too old.', contentType: 'application/json' },
    422: { description: 'Refused for good.', contentType: 'application/json' },
  },
  errors: ['GAME_PROVIDER_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
  run: async (raw) => {
    const id = raw.params['provider_id'] ?? ''
    const provider = parts.games.providers.provider(id)
    if (provider === undefined) throw new ApiError('GAME_PROVIDER_NOT_FOUND')
    const request = await callbackOf(raw)
    const { connected } = provider
    if (connected.integrationType === 'rest')
      return answered(await tookBy(parts, id, connected.adapter, request))
    const { gateway, database, games } = parts
    const port = walletPortOf({ gateway, database, providers: games.providers, sessions: games.sessions }, id)
    return answered(await connected.adapter.answerCall(request, port))
  },
})

const providerGamesRoute = ({ games }: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games/providers/{provider_id}/games',
    operationId: 'providerGames',
    tag: 'Games',
    summary: 'List a provider’s own games',
    description: 'As the provider lists them, at the most an hour old: what can be put into the catalogue.',
    scopes: ['platform:admin'],
    params: z.strictObject({ provider_id: providerId }),
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The list.',
        schema: providerGamesAnswer,
        example: {
          data: [
            {
              game_code: 'lucky-7',
              name: 'Lucky Sevens',
              category: 'slots',
              rtp: 0.965,
              volatility: 'medium',
              features: [],
              status: 'active',
              thumbnail_url: null,
            },
          ],
        },
      },
    },
    errors: ['GAME_PROVIDER_NOT_FOUND', 'GAME_PROVIDER_FAILED'],
    handle: async ({ params }) => {
      const data = (await games.lists.list(params.provider_id)).map((game) => ({
        game_code: game.gameCode,
        name: game.name,
        category: game.category,
        rtp: jsonAmountOrNull(game.rtp === null ? null : BigInt(game.rtp)),
        volatility: game.volatility,
        features: game.features,
        status: game.status,
        thumbnail_url: game.thumbnailUrl,
      }))
      return { status: 200, body: JSON.stringify({ data }) }
    },
  })

export const gamePlayRoutes = (parts: RouteParts): Route[] => [
  providerGamesRoute(parts),
  sessionRoute(parts),
  endSessionRoute(parts),
  launchRoute(parts),
  callbackRoute(parts),
]
