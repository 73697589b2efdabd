/** Game providers, for the platform's operator: put in place, read, their credentials sealed anew. */
import { z } from 'zod'
import type { Actor, GameProvider } from '../../avro/types.ts'
import { providerSubjectIdOf } from '../../domain/game-provider.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { actorOf } from '../access/actor.ts'
import { providerBody, providerOf, resealedCredentials, sealedCredentials } from '../games/provider.ts'
import { COMMAND_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { layChange } from '../partners/lay-change.ts'
import { ApiError } from '../problem.ts'
import { pageOf } from '../reads/cursor.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { providerAnswer, providerId, putProviderBody } from '../schemas/game-providers.ts'
import type { ProviderFields } from '../schemas/game-providers.ts'
import { pageQuery } from '../schemas/reads.ts'
import { partnerCommand } from './partners.ts'
import type { PartnerParts } from './parts.ts'

const PUT_EXAMPLE = {
  name: 'OCasino',
  status: 'active',
  api_endpoint: 'https://api.ocasino.example/v1',
  integration_type: 'rest',
  supported_currencies: ['EUR', 'USD'],
  settings: { timeout_ms: 5000, profile: 'standard' },
  api_credentials: { api_key: 'a-key-of-the-provider', webhook_secret: 'a-secret-of-both' },
}
const EXAMPLE = {
  id: 'ocasino',
  ...PUT_EXAMPLE,
  api_credentials: [
    { name: 'api_key', created_at: '2026-11-22T10:15:30.123Z' },
    { name: 'webhook_secret', created_at: '2026-11-22T10:15:30.123Z' },
  ],
  version: 1,
  created_at: '2026-11-22T10:15:30.123Z',
  updated_at: '2026-11-22T10:15:30.123Z',
}

/** Providers are the platform's: no partner sees how it reaches them. */
const SCOPES = ['platform:admin'] as const
const CHANGE_ERRORS = ['VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'] as const

const providerPath = z.strictObject({ provider_id: providerId })

/** Throws GAME_PROVIDER_NOT_FOUND. */
function knownProvider({ directory }: PartnerParts, id: string): GameProvider {
  const provider = directory.gameProvider(id)
  if (provider === undefined) throw new ApiError('GAME_PROVIDER_NOT_FOUND')
  return provider
}

/** The provider as this instance knows it by now. */
function answerOf({ directory }: PartnerParts, id: string): Answer {
  const provider = directory.gameProvider(id)
  if (provider === undefined) throw new ApiError('OUTCOME_UNKNOWN')
  return { status: 200, body: JSON.stringify(providerBody(provider)) }
}

const listRoute = ({ directory }: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games/providers',
    operationId: 'listGameProviders',
    tag: 'Games',
    summary: 'List game providers',
    description: 'The oldest first. Of credentials the names, and when each was set.',
    scopes: SCOPES,
    params: NO_PARAMS,
    query: z.strictObject(pageQuery),
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(providerAnswer), next_cursor: z.string().nullable() }),
        example: { data: [EXAMPLE], next_cursor: null },
      },
    },
    errors: [],
    handle: ({ query: { limit = PAGE_ROWS_DEFAULT, cursor } }) => {
      const rows = directory
        .gameProviders()
        .map((provider) => ({
          provider,
          createdAtMs: provider.created_at,
          id: providerSubjectIdOf(provider.provider_id),
        }))
        .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
      const page = pageOf(rows, cursor, limit)
      const data = page.rows.map(({ provider }) => providerBody(provider))
      return { status: 200, body: JSON.stringify({ data, next_cursor: page.nextCursor }) }
    },
  })

const readRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/games/providers/{provider_id}',
    operationId: 'gameProvider',
    tag: 'Games',
    summary: 'Read a game provider',
    description: 'Of its credentials the names, and when each was set.',
    scopes: SCOPES,
    params: providerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'The provider.', schema: providerAnswer, example: EXAMPLE } },
    errors: ['GAME_PROVIDER_NOT_FOUND'],
    handle: ({ params }) => {
      const provider = knownProvider(parts, params.provider_id)
      return { status: 200, body: JSON.stringify(providerBody(provider)) }
    },
  })

const put = (parts: PartnerParts, id: string, body: ProviderFields, actor: Actor): Promise<void> =>
  layChange(
    body.expected_version,
    () => {
      const provider = parts.directory.gameProvider(id)
      return { provider, version: provider?.version ?? 0 }
    },
    ({ provider, version }) =>
      parts.gateway.submit(
        partnerCommand({
          action: 'PUT_PROVIDER',
          partner_id: PLATFORM_ID,
          actor,
          provider_id: id,
          expected_version: version,
          game_provider: providerOf(body),
          provider_credentials: sealedCredentials(body.api_credentials, provider, parts.cipher),
        }),
        Date.now(),
      ),
  )

const putRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'PUT',
    path: '/games/providers/{provider_id}',
    operationId: 'putGameProvider',
    tag: 'Games',
    summary: 'Put a game provider in place',
    description:
      'Creates it, or puts the whole of it in the place of what was there: what is absent is as if it were new. Its ' +
      'credentials alone stay where they are not named, since nobody can read them to send them again. With ' +
      'expected_version it is put in place of that version alone.',
    scopes: SCOPES,
    params: providerPath,
    query: NO_QUERY,
    body: {
      schema: putProviderBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: PUT_EXAMPLE,
    },
    answers: { 200: { description: 'As it is now.', schema: providerAnswer, example: EXAMPLE } },
    errors: ['GAME_PROVIDER_NAME_TAKEN', ...CHANGE_ERRORS],
    handle: async ({ params, body, requestId, address }, principal) => {
      await put(parts, params.provider_id, body, actorOf(principal, { requestId, address }))
      return answerOf(parts, params.provider_id)
    },
  })

const resealRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/games/providers/{provider_id}/reseal-credentials',
    operationId: 'resealProviderCredentials',
    tag: 'Games',
    summary: 'Seal the credentials of a game provider anew',
    description: 'With the current encryption key, after a change of keys. The credentials stay the same.',
    scopes: SCOPES,
    params: providerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: { 200: { description: 'As it is now.', schema: providerAnswer, example: EXAMPLE } },
    errors: ['GAME_PROVIDER_NOT_FOUND', ...CHANGE_ERRORS],
    handle: async ({ params, requestId, address }, principal) => {
      const actor = actorOf(principal, { requestId, address })
      await layChange(
        undefined,
        () => knownProvider(parts, params.provider_id),
        (provider) => {
          const command = partnerCommand({
            action: 'RESEAL_PROVIDER_CREDENTIALS',
            partner_id: PLATFORM_ID,
            actor,
            provider_id: params.provider_id,
            expected_version: provider.version,
            provider_credentials: resealedCredentials(provider, parts.cipher),
          })
          return parts.gateway.submit(command, Date.now())
        },
      )
      return answerOf(parts, params.provider_id)
    },
  })

export const gameProviderRoutes = (parts: PartnerParts): Route[] => [
  listRoute(parts),
  readRoute(parts),
  putRoute(parts),
  resealRoute(parts),
]
