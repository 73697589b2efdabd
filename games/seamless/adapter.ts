/** A provider that calls the platform's wallet: the platform itself only lists its games and launches them. */
import { z } from 'zod'
import type {
  Call,
  Launch,
  LaunchRequest,
  Outcome,
  ProviderAccount,
  ProviderGame,
  SeamlessGameAdapter,
} from '../adapter.ts'
import type { HttpAnswered, HttpRequest, ProviderHttp } from '../http.ts'
import { failed, fatal, outcomeOfStatus, rejected, succeeded, unreadable } from '../outcome.ts'
import { playerRef } from '../player-ref.ts'
import { answerCall } from './calls.ts'
import type { SeamlessParty } from './calls.ts'
import type { SeamlessProfile } from './profile.ts'
import { SIGNATURE_HEADER, signerOf, verifierOf } from './signature.ts'
import { answerOf } from './wire.ts'

const gamesAnswer = z.object({
  games: z.array(
    z.object({
      code: z.string().min(1),
      name: z.string().min(1),
      category: z.string().nullish(),
      /** Hundredths of a per cent. */
      rtp: z.number().int().min(0).nullish(),
      volatility: z.enum(['low', 'medium', 'high']).nullish(),
      features: z.array(z.string()).default([]),
      status: z.enum(['active', 'inactive', 'maintenance']).default('active'),
      thumbnail_url: z.url().nullish(),
    }),
  ),
})
const launchAnswer = z.object({ url: z.url(), expires_at: z.iso.datetime().nullish() })
const errorAnswer = z.object({ status: z.string().min(1).max(50) })

const REFUSALS = {
  ERROR_GAME: 'GAME_NOT_AVAILABLE',
  ERROR_CURRENCY: 'CURRENCY_NOT_SUPPORTED',
  ERROR_PLAYER_BLOCKED: 'PLAYER_NOT_ALLOWED',
} as const

const isRefusal = (text: string): text is keyof typeof REFUSALS => Object.hasOwn(REFUSALS, text)

export interface SeamlessOptions {
  account: Pick<ProviderAccount, 'providerId' | 'credentials'>
  profile: SeamlessProfile
  http: Pick<ProviderHttp, 'send'>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read<S extends z.ZodType, T>(
  { status, body }: HttpAnswered,
  schema: S,
  view: (value: z.output<S>) => T,
): Outcome<T> {
  const value = parseJson(body)
  const error = errorAnswer.safeParse(value)
  if (status < 500 && error.success && isRefusal(error.data.status))
    return rejected(REFUSALS[error.data.status], error.data.status, 'refused by the provider')
  if (status !== 200) return outcomeOfStatus(status)
  const parsed = schema.safeParse(value)
  return parsed.success ? succeeded(view(parsed.data)) : unreadable('the answer breaks the contract')
}

const gamesOf = ({ games }: z.output<typeof gamesAnswer>): ProviderGame[] =>
  games.map((game) => ({
    gameCode: game.code,
    name: game.name,
    category: game.category ?? null,
    rtp: game.rtp ?? null,
    volatility: game.volatility ?? null,
    features: game.features,
    status: game.status,
    thumbnailUrl: game.thumbnail_url ?? null,
  }))

const launchOf = ({ url, expires_at: expiresAt }: z.output<typeof launchAnswer>): Launch => ({
  url,
  expiresAtMs: expiresAt == null ? null : Date.parse(expiresAt),
})

const launchBody = (request: LaunchRequest): string =>
  JSON.stringify({
    player: playerRef(request),
    game: request.gameCode,
    currency: request.currency,
    token: request.sessionToken,
    language: request.language,
    return_url: request.returnUrl,
    ip: request.ipAddress,
    device: request.device,
  })

/** Throws for a credential that should be a key and is none. */
export function createSeamlessAdapter({ account, profile, http }: SeamlessOptions): SeamlessGameAdapter {
  const { providerId, credentials } = account
  const sign = signerOf(profile.signature, credentials)
  const party: SeamlessParty = { providerId, profile, verify: verifierOf(profile.signature, credentials) }

  /** What is signed is the body, or the path where there is none. */
  async function exchange<T>(
    request: Pick<HttpRequest, 'method' | 'path' | 'body'>,
    call: Call,
    view: (answer: HttpAnswered) => Outcome<T>,
  ): Promise<Outcome<T>> {
    if (sign === undefined) return fatal('NO_CREDENTIALS', 'the provider has no credential to sign with')
    const headers = {
      accept: 'application/json',
      [SIGNATURE_HEADER]: sign(Buffer.from(request.body ?? request.path)),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const result = await http.send({ ...request, headers }, call)
    return result.kind === 'FAILED' ? failed(result) : view(result)
  }

  const notSupported = (): Promise<Exclude<Outcome<never>, { class: 'SUCCESS' }>> =>
    Promise.resolve(
      rejected('NOT_SUPPORTED', 'NOT_SUPPORTED', 'a seamless provider calls the wallet; it is not called'),
    )

  return {
    providerId,
    listGames: (call) =>
      exchange({ method: 'GET', path: '/games' }, call, (answer) => read(answer, gamesAnswer, gamesOf)),
    launch: (request, call) =>
      exchange({ method: 'POST', path: '/launch', body: launchBody(request) }, call, (answer) =>
        read(answer, launchAnswer, launchOf),
      ),
    placeBet: notSupported,
    roundResult: notSupported,
    cancelBet: notSupported,
    verifyCallback: () => ({ ok: false, refusal: 'NOT_SUPPORTED', answer: answerOf('ERROR_REQUEST') }),
    answerCallback: () => answerOf('ERROR_REQUEST'),
    answerCall: (request, wallet) => answerCall(party, request, wallet),
  }
}
