/** OCasino's API as the sandbox serves it. */
import { z } from 'zod'
import { isCurrency } from '../../domain/currencies.ts'
import { API_KEY_HEADER } from '../ocasino/adapter.ts'
import { PATHS, localTime } from '../ocasino/wire.ts'
import type { OcasinoRefusal } from '../ocasino/wire.ts'
import { parsePlayerRef } from '../player-ref.ts'
import type { Books } from './books.ts'
import { FAULT_HEADER } from './faults.ts'
import type { Fault, FaultOperation, FaultPlan } from './faults.ts'
import { OCASINO_GAMES, isOcasinoGameOn } from './games.ts'
import type { Results } from './ocasino-results.ts'
import { roundView } from './ocasino-results.ts'
import type { Served, SandboxRequest } from './served.ts'

const text = z.string().min(1).max(255)
const player = z.string().refine((ref) => parsePlayerRef(ref) !== undefined)
const currency = z.string().refine(isCurrency)
const amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,17})$/)
  .transform(BigInt)

const betBody = z.object({
  bet_ref: text,
  player,
  game: text,
  round: text,
  amount,
  currency,
  campaign: text.nullable(),
  at: text,
})
const voidBody = z.object({ bet_ref: text, player, game: text, round: text, currency, reason: z.string() })
const roundQuery = z.object({ player, round: text, currency, bet_ref: text })
const launchBody = z.object({ player, game: text, currency, token: text, lang: text })

const LAUNCH_VALID_MS = 600_000

export interface OcasinoApi {
  serve(request: SandboxRequest): Promise<Served>
}

export interface OcasinoApiParts {
  apiKey: string
  books: Books
  faults: FaultPlan
  results: Results
  /** Address of the sandbox itself, for the links that it gives. */
  publicUrl: () => string
}

const CONFLICT = 409

const plain = (status: number, body: object): Served => ({ status, body, manner: 'plain' })

const refuse = (code: OcasinoRefusal | 'E_AUTH' | 'E_REQUEST', status: number, what: string): Served =>
  plain(status, { error: { code, text: what } })

const UNREADABLE = refuse('E_REQUEST', 400, 'The request can’t be read.')
const NO_GAME = refuse('E_GAME_OFF', 422, 'No such game is on.')

const TEXTS = {
  E_BET_VOID: 'The bet was voided.',
  E_BET_SETTLED: 'The bet has its result.',
  E_REF_USED: 'The reference stands for another bet.',
  E_ROUND_DONE: 'The round is done.',
  E_REFUSED: 'The bet was refused.',
} as const

const conflict = (code: keyof typeof TEXTS): Served => refuse(code, CONFLICT, TEXTS[code])

const MANNERS: Partial<Record<Fault, Served['manner']>> = {
  'hang-after': 'hang',
  'reset-after': 'reset',
  'garbage-after': 'garbage',
  'error-after': 'error',
  slow: 'slow',
}

/** An answer to what was carried out. */
const answered = (fault: Fault | undefined, status: number, body: object): Served => ({
  status,
  body,
  manner: (fault && MANNERS[fault]) ?? 'plain',
})

/** A fault that keeps the request from being carried out. */
function barred(fault: Fault | undefined): Served | undefined {
  switch (fault) {
    case 'hang':
      return { ...plain(200, {}), manner: 'hang' }
    case 'error':
      return { ...plain(200, {}), manner: 'error' }
    case 'outage':
      return plain(503, { error: { code: 'E_DOWN', text: 'Down for a while.' } })
    default:
      return undefined
  }
}

type Serve = (request: SandboxRequest) => Served | Promise<Served>

export function createOcasinoApi({ apiKey, books, faults, results, publicUrl }: OcasinoApiParts): OcasinoApi {
  const faultOf = (operation: FaultOperation, reference: string, request: SandboxRequest) =>
    faults.next(operation, reference, request.headers[FAULT_HEADER], Date.now())

  const place: Serve = async (request) => {
    const parsed = betBody.safeParse(request.json())
    if (!parsed.success) return UNREADABLE
    const { bet_ref: betRef, ...bet } = parsed.data
    const fault = faultOf('bet', betRef, request)
    const bar = barred(fault)
    if (bar !== undefined) return bar
    if (!isOcasinoGameOn(bet.game)) return NO_GAME
    const stake = { ...bet, betRef }
    if (fault === 'refuse') books.refuse(stake, Date.now())
    const placed = books.place(stake, Date.now())
    if (placed.kind !== 'ACCEPTED') return conflict(placed.kind)
    if (!placed.duplicate) await results.follow(placed.round, placed.bet, fault)
    if (placed.bet.state === 'VOID') return conflict('E_BET_VOID')
    const { duplicate, bet: taken } = placed
    return answered(fault, duplicate ? 200 : 201, { state: 'ACCEPTED', oc_ref: taken.ocRef, duplicate })
  }

  const voidBet: Serve = (request) => {
    const parsed = voidBody.safeParse(request.json())
    if (!parsed.success) return UNREADABLE
    const { bet_ref: betRef, ...rest } = parsed.data
    const fault = faultOf('void', betRef, request)
    const bar = barred(fault)
    if (bar !== undefined) return bar
    const voided = books.void({ ...rest, betRef }, Date.now())
    if (voided.kind !== 'VOID') return conflict(voided.kind)
    return answered(fault, 200, { state: 'VOID', previous: voided.previous, oc_ref: voided.bet.ocRef })
  }

  const round: Serve = (request) => {
    const parsed = roundQuery.safeParse(Object.fromEntries(request.query))
    if (!parsed.success) return UNREADABLE
    const { bet_ref: betRef, ...id } = parsed.data
    const fault = faultOf('round', betRef, request)
    const found = books.round(id)
    const bet = found?.bets.find((each) => each.betRef === betRef)
    return barred(fault) ?? answered(fault, 200, roundView(found, bet, id.round))
  }

  const launch: Serve = (request) => {
    const parsed = launchBody.safeParse(request.json())
    if (!parsed.success) return UNREADABLE
    const { token, game, lang } = parsed.data
    const fault = faultOf('launch', token, request)
    if (!isOcasinoGameOn(game)) return NO_GAME
    const launched = {
      launch_url: `${publicUrl()}/play?${new URLSearchParams({ token, game, lang }).toString()}`,
      valid_until: localTime(Date.now() + LAUNCH_VALID_MS),
    }
    return barred(fault) ?? answered(fault, 200, launched)
  }

  const games: Serve = (request) => {
    const fault = faultOf('games', '', request)
    return barred(fault) ?? answered(fault, 200, { games: OCASINO_GAMES })
  }

  const routes: Readonly<Record<string, Serve>> = {
    [`GET ${PATHS.games}`]: games,
    [`POST ${PATHS.launch}`]: launch,
    [`POST ${PATHS.bets}`]: place,
    [`POST ${PATHS.void}`]: voidBet,
    [`GET ${PATHS.rounds}`]: round,
  }

  return {
    serve: async (request) => {
      if (request.headers[API_KEY_HEADER] !== apiKey) return refuse('E_AUTH', 401, 'The key is not known.')
      const route = routes[`${request.method} ${request.path}`]
      return route === undefined ? refuse('E_REQUEST', 404, 'There is no such route.') : route(request)
    },
  }
}
