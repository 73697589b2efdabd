/**
 * OCasino's form of things: amounts in thousandths as texts of digits, players by `playerRef`, times in the local time of its
 * head office without saying so, states and errors by words of its own. Pure; both the adapter and the sandbox speak it.
 */
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { isCurrency } from '../../domain/currencies.ts'
import { GAME_ID_CHARS_MAX, TRANSACTION_ID_PARTNER_CHARS_MAX } from '../../domain/ids.ts'
import type { ProviderWin, RejectReason } from '../adapter.ts'
import { parsePlayerRef } from '../player-ref.ts'
import { fromScaled } from '../scaled-amount.ts'

/** Its amounts are thousandths. */
export const AMOUNT_EXPONENT = 3
/** The zone of all its times but those in signatures. */
export const TIME_ZONE = 'Europe/Malta'

export const PATHS = {
  games: '/games',
  launch: '/launch',
  bets: '/bets',
  void: '/bets/void',
  rounds: '/rounds',
} as const

/** "2026-11-28 13:15:36" of an instant; its times have whole seconds. */
export const localTime = (epochMs: number): string =>
  Temporal.Instant.fromEpochMilliseconds(epochMs)
    .toZonedDateTimeISO(TIME_ZONE)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' ')

/** In the hour that summer time repeats, the earlier of the two instants. */
export const instantOf = (localText: string): number =>
  Temporal.PlainDateTime.from(localText.replace(' ', 'T')).toZonedDateTime(TIME_ZONE).epochMilliseconds

const LOCAL_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

const time = z.string().transform((text, context) => {
  try {
    if (LOCAL_TIME.test(text)) return instantOf(text)
  } catch {
    // The date does not exist: said below.
  }
  context.addIssue({ code: 'custom', message: 'is no local time' })
  return z.NEVER
})

const amount = z.string().transform((text, context) => {
  const units = fromScaled(text, AMOUNT_EXPONENT)
  if (units !== undefined) return units
  context.addIssue({ code: 'custom', message: 'is no amount in thousandths' })
  return z.NEVER
})

const player = z.string().transform((text, context) => {
  const found = parsePlayerRef(text)
  if (found !== undefined) return found
  context.addIssue({ code: 'custom', message: 'names no player' })
  return z.NEVER
})

const currency = z.string().refine(isCurrency, 'is no currency')
/** Namespaced by the provider's id it must still fit a transaction id. */
const REFERENCE_CHARS_MAX = 150
const reference = z.string().min(1).max(REFERENCE_CHARS_MAX)
const ownReference = z.string().min(1).max(TRANSACTION_ID_PARTNER_CHARS_MAX)
const code = z.string().min(1).max(GAME_ID_CHARS_MAX)

const GAME_STATES = { ON: 'active', OFF: 'inactive', SERVICE: 'maintenance' } as const
const VOLATILITIES = { LOW: 'low', MED: 'medium', HIGH: 'high' } as const
const WIN_KINDS = {
  NORMAL: 'STANDARD',
  FREE: 'FREE_ROUND',
  PROMO: 'PROMOTIONAL',
  BONUS: 'BONUS',
  JACKPOT: 'JACKPOT',
  TOURNAMENT: 'TOURNAMENT',
} as const satisfies Record<string, ProviderWin['winType']>

/** "96.50" of a hundred, in units of 1/10000. */
const rtpOf = (percent: string): number => Math.round(Number(percent) * 100)

const game = z.object({
  code,
  title: z.string().min(1),
  type: z.string().nullable(),
  rtp_percent: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,2})?$/)
    .transform(rtpOf)
    .nullable(),
  volatility: z
    .enum(['LOW', 'MED', 'HIGH'])
    .transform((word) => VOLATILITIES[word])
    .nullable(),
  features: z.array(z.string()),
  state: z.enum(['ON', 'OFF', 'SERVICE']).transform((word) => GAME_STATES[word]),
  image: z.url().nullable(),
})

const win = z.object({
  oc_ref: reference,
  amount,
  kind: z
    .enum(['NORMAL', 'FREE', 'PROMO', 'BONUS', 'JACKPOT', 'TOURNAMENT'])
    .transform((word) => WIN_KINDS[word]),
})

/** Answers. What they hold beyond this is passed over: a provider may add fields at any time. */
export const gamesAnswer = z.object({ games: z.array(game) })
export const launchAnswer = z.object({ launch_url: z.url(), valid_until: time.nullable() })
export const betAnswer = z.object({
  state: z.literal('ACCEPTED'),
  oc_ref: reference,
  duplicate: z.boolean().default(false),
})
export const voidAnswer = z.object({
  state: z.literal('VOID'),
  previous: z.enum(['ACCEPTED', 'NONE', 'VOID']),
  oc_ref: reference,
})
export const roundAnswer = z.object({
  round: code,
  state: z.enum(['OPEN', 'DONE', 'NONE']),
  bet: z.enum(['ACCEPTED', 'REFUSED', 'VOID', 'NONE']),
  wins: z.array(win),
})
export const errorAnswer = z.object({
  error: z.object({ code: z.string().min(1).max(50), text: z.string(), oc_ref: reference.nullish() }),
})

const callbackBase = {
  message_id: reference,
  player,
  round: code,
  currency,
  bet_ref: ownReference,
  at: time,
}

/** Both come to the same address. */
export const callbackBody = z.discriminatedUnion('event', [
  z.object({
    ...callbackBase,
    event: z.literal('ROUND_RESULT'),
    game: code,
    wins: z.array(win),
    done: z.boolean(),
  }),
  z.object({ ...callbackBase, event: z.literal('BET_VOID'), oc_ref: reference }),
])

/** Its errors that are refusals: nothing was done, and nothing will be. */
const REFUSALS = {
  E_LIMIT: 'LIMIT_REACHED',
  E_GAME_OFF: 'GAME_NOT_AVAILABLE',
  E_PLAYER_BLOCKED: 'PLAYER_NOT_ALLOWED',
  E_TOKEN: 'SESSION_EXPIRED',
  E_ROUND_DONE: 'ROUND_CLOSED',
  E_BET_VOID: 'BET_CANCELLED',
  E_BET_SETTLED: 'BET_SETTLED',
  E_REF_USED: 'TRANSACTION_CONFLICT',
  E_CURRENCY: 'CURRENCY_NOT_SUPPORTED',
  E_REFUSED: 'OTHER',
} as const satisfies Record<string, RejectReason>

export type OcasinoRefusal = keyof typeof REFUSALS

const isRefusal = (text: string): text is OcasinoRefusal => Object.hasOwn(REFUSALS, text)

/** The platform's word for one of its refusals; undefined where the error is none. */
export const refusalOf = (text: string): RejectReason | undefined =>
  isRefusal(text) ? REFUSALS[text] : undefined

/** Its errors that a person has to mend: wrong credentials, a request that it does not understand. */
export const FAULTS: ReadonlySet<string> = new Set(['E_AUTH', 'E_REQUEST'])
