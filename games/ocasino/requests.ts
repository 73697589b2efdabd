/** The platform's requests in OCasino's form, and the platform's view of its answers. Pure. */
import type {
  BetCancelled,
  BetPlaced,
  BetRequest,
  CancelRequest,
  Launch,
  LaunchRequest,
  Outcome,
  ProviderGame,
  ProviderWin,
  RoundQuery,
  RoundState,
} from '../adapter.ts'
import type { HttpAnswered, HttpRequest } from '../http.ts'
import {
  fatal,
  notExpressible,
  outcomeOfStatus,
  rejected,
  succeeded,
  uncertain,
  unreadable,
} from '../outcome.ts'
import { playerRef } from '../player-ref.ts'
import { toScaled } from '../scaled-amount.ts'
import * as wire from './wire.ts'
import type { z } from 'zod'

type Sendable = Pick<HttpRequest, 'method' | 'path' | 'body'>
type Refused = Exclude<Outcome<never>, { class: 'SUCCESS' }>

/** A request, or why OCasino's form can't hold it. */
export type Expressed = { ok: true; request: Sendable } | { ok: false; outcome: Refused }

const post = (path: string, body: object): Expressed => ({
  ok: true,
  request: { method: 'POST', path, body: JSON.stringify(body) },
})

export const gamesRequest: Sendable = { method: 'GET', path: wire.PATHS.games }

export const launchRequest = (request: LaunchRequest): Expressed =>
  post(wire.PATHS.launch, {
    player: playerRef(request),
    game: request.gameCode,
    currency: request.currency,
    token: request.sessionToken,
    lang: request.language,
    lobby_url: request.returnUrl,
    ip: request.ipAddress,
    channel: request.device === 'mobile' ? 'M' : 'D',
  })

export function betRequest(request: BetRequest): Expressed {
  const { stake, transactionId } = request
  const amount = toScaled(stake.units, wire.AMOUNT_EXPONENT)
  if (amount === undefined)
    return { ok: false, outcome: notExpressible('the stake has more than three decimals') }
  return post(wire.PATHS.bets, {
    bet_ref: transactionId,
    player: playerRef(request),
    game: request.gameCode,
    round: request.roundId,
    amount,
    currency: stake.currency,
    campaign: request.campaignId,
    at: wire.localTime(request.placedAtMs),
  })
}

export const voidRequest = (request: CancelRequest): Expressed =>
  post(wire.PATHS.void, {
    bet_ref: request.transactionId,
    player: playerRef(request),
    game: request.gameCode,
    round: request.roundId,
    currency: request.currency,
    reason: request.reason,
  })

export function roundRequest(query: RoundQuery): Expressed {
  const parameters = new URLSearchParams({
    player: playerRef(query),
    round: query.roundId,
    currency: query.currency,
    bet_ref: query.transactionId,
  })
  return { ok: true, request: { method: 'GET', path: `${wire.PATHS.rounds}?${parameters.toString()}` } }
}

/** The wins of a list, each in the round's currency. */
export const winsOf = (
  wins: readonly { oc_ref: string; amount: bigint; kind: ProviderWin['winType'] }[],
  currency: string,
): ProviderWin[] =>
  wins.map(({ oc_ref, amount, kind }) => ({
    providerTransactionId: oc_ref,
    amount: { units: amount, currency },
    winType: kind,
  }))

const SUCCESSES: ReadonlySet<number> = new Set([200, 201])

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal({ status, body }: HttpAnswered): Refused {
  const parsed = wire.errorAnswer.safeParse(parseJson(body))
  // A page of a proxy, or a 5xx: whatever it says, nobody knows what has been done.
  if (!parsed.success || status >= 500) return outcomeOfStatus(status)
  const { code, text, oc_ref: reference = null } = parsed.data.error
  const reason = wire.refusalOf(code)
  if (reason !== undefined) return rejected(reason, code, text, reference)
  if (wire.FAULTS.has(code)) return fatal(code, text, reference)
  // An error that was added since: not known to be a refusal, so not taken for one.
  return uncertain(code, text, { sent: true, providerReference: reference })
}

/** Reads an answer by its schema; `view` says it in the platform's words. */
function read<S extends z.ZodType, T>(
  answer: HttpAnswered,
  schema: S,
  view: (value: z.output<S>) => Outcome<T>,
): Outcome<T> {
  if (!SUCCESSES.has(answer.status)) return refusal(answer)
  const parsed = schema.safeParse(parseJson(answer.body))
  if (parsed.success) return view(parsed.data)
  const [issue] = parsed.error.issues
  return unreadable(`the answer breaks the contract at "${issue?.path.join('.') ?? ''}"`)
}

export const readGames = (answer: HttpAnswered): Outcome<readonly ProviderGame[]> =>
  read(answer, wire.gamesAnswer, ({ games }) =>
    succeeded(
      games.map((game) => ({
        gameCode: game.code,
        name: game.title,
        category: game.type,
        rtp: game.rtp_percent,
        volatility: game.volatility,
        features: game.features,
        status: game.state,
        thumbnailUrl: game.image,
      })),
    ),
  )

export const readLaunch = (answer: HttpAnswered): Outcome<Launch> =>
  read(answer, wire.launchAnswer, ({ launch_url: url, valid_until: expiresAtMs }) =>
    succeeded({ url, expiresAtMs }),
  )

export const readBet = (answer: HttpAnswered): Outcome<BetPlaced> =>
  read(answer, wire.betAnswer, ({ duplicate, oc_ref: reference }) =>
    succeeded({ replayed: duplicate }, reference),
  )

const PREVIOUS = { ACCEPTED: 'PLACED', NONE: 'NEVER_PLACED', VOID: 'CANCELLED_BEFORE' } as const

export const readVoid = (answer: HttpAnswered): Outcome<BetCancelled> =>
  read(answer, wire.voidAnswer, ({ previous, oc_ref: reference }) =>
    succeeded({ was: PREVIOUS[previous] }, reference),
  )

const BET_STATES = {
  ACCEPTED: 'ACCEPTED',
  REFUSED: 'REJECTED',
  VOID: 'CANCELLED',
  NONE: 'UNKNOWN',
} as const
const ROUND_STATES = { OPEN: 'OPEN', DONE: 'CLOSED', NONE: 'UNKNOWN' } as const

/** @param query names the round that the answer must be of */
export const readRound = (answer: HttpAnswered, query: RoundQuery): Outcome<RoundState> =>
  read(answer, wire.roundAnswer, ({ round, state, bet, wins }) =>
    round === query.roundId
      ? succeeded({
          bet: BET_STATES[bet],
          round: ROUND_STATES[state],
          wins: winsOf(wins, query.currency),
        })
      : unreadable('the answer is of another round'),
  )
