/** The calls of a seamless provider, as they come in, and the words that they are answered with. Pure. */
import { isLosslessNumber, parse, stringify } from 'lossless-json'
import { z } from 'zod'
import { isCurrency } from '../../domain/currencies.ts'
import { GAME_ID_CHARS_MAX } from '../../domain/ids.ts'
import type { HttpAnswer } from '../adapter.ts'
import { parsePlayerRef } from '../player-ref.ts'

/** Namespaced by the provider's id it must still fit a transaction id. */
const ID_CHARS_MAX = 150
const TOKEN_CHARS_MAX = 500

export const OPERATIONS = ['authenticate', 'balance', 'bet', 'win', 'rollback', 'end-round'] as const
export type Operation = (typeof OPERATIONS)[number]

/** Of `/bet`; undefined for any other path. */
export const operationOf = (path: string): Operation | undefined =>
  OPERATIONS.find((operation) => path === `/${operation}`)

const id = z.string().min(1).max(ID_CHARS_MAX)
const word = z.string().min(1).max(GAME_ID_CHARS_MAX)
const token = z.string().min(1).max(TOKEN_CHARS_MAX)
const currency = z.string().refine(isCurrency)

const player = z.string().transform((text, context) => {
  const found = parsePlayerRef(text)
  if (found !== undefined) return found
  context.addIssue({ code: 'custom', message: 'names no player' })
  return z.NEVER
})

/** The digits of a JSON number; whether they are a whole number is asked where they are converted. */
const digits = z.unknown().transform((value, context) => {
  if (isLosslessNumber(value)) return value.toString()
  context.addIssue({ code: 'custom', message: 'is no number' })
  return z.NEVER
})

const call = { request_id: id }
const movement = { ...call, transaction_id: id, player, currency, round: word }

export const CALLS = {
  authenticate: z.object({ ...call, token }),
  balance: z.object({ ...call, player, currency }),
  bet: z.object({ ...movement, token, game: word, amount: digits, campaign: word.nullish() }),
  win: z.object({
    ...movement,
    game: word,
    amount: digits,
    bet_transaction_id: id.nullish(),
    round_closed: z.boolean().default(false),
    kind: z
      .enum(['STANDARD', 'FREE_ROUND', 'PROMOTIONAL', 'BONUS', 'JACKPOT', 'TOURNAMENT'])
      .default('STANDARD'),
    campaign: word.nullish(),
  }),
  rollback: z.object({ ...movement, bet_transaction_id: id }),
  'end-round': z.object({ ...movement, game: word }),
} as const satisfies Record<Operation, z.ZodType>

export type CallOf<O extends Operation> = z.output<(typeof CALLS)[O]>
export type AnyCall = { [O in Operation]: { operation: O; call: CallOf<O> } }[Operation]

function parseBody(body: Buffer): unknown {
  try {
    return parse(body.toString())
  } catch {
    return undefined
  }
}

/** A call by its operation, or undefined where the body is no such call. */
export function readCall(operation: Operation, body: Buffer): AnyCall | undefined {
  const value = parseBody(body)
  const read = <O extends Operation>(name: O, schema: z.ZodType<CallOf<O>>) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? { operation: name, call: parsed.data } : undefined
  }
  switch (operation) {
    case 'authenticate':
      return read(operation, CALLS[operation])
    case 'balance':
      return read(operation, CALLS[operation])
    case 'bet':
      return read(operation, CALLS[operation])
    case 'win':
      return read(operation, CALLS[operation])
    case 'rollback':
      return read(operation, CALLS[operation])
    case 'end-round':
      return read(operation, CALLS[operation])
  }
}

/** What a call is answered with. But for `ERROR_RETRY` and `ERROR_SIGNATURE`, each ends the matter. */
export type Status =
  | 'OK'
  | 'ERROR_SIGNATURE'
  | 'ERROR_REQUEST'
  | 'ERROR_TOKEN'
  | 'ERROR_TOKEN_EXPIRED'
  | 'ERROR_PLAYER'
  | 'ERROR_PLAYER_BLOCKED'
  | 'ERROR_NOT_ENOUGH_MONEY'
  | 'ERROR_LIMIT'
  | 'ERROR_CURRENCY'
  | 'ERROR_AMOUNT'
  | 'ERROR_ROUND_CLOSED'
  | 'ERROR_BET_NOT_FOUND'
  | 'ERROR_BET_FAILED'
  | 'ERROR_BET_SETTLED'
  | 'ERROR_ROLLED_BACK'
  | 'ERROR_DUPLICATE'
  | 'ERROR_CONFLICT'
  /** Not known yet, or not possible yet: the same call again. */
  | 'ERROR_RETRY'
  | 'ERROR_REFUSED'

const HTTP_STATUS: Partial<Record<Status, number>> = {
  ERROR_SIGNATURE: 401,
  ERROR_REQUEST: 400,
  ERROR_RETRY: 503,
}

/** What stands in an answer beside its status; amounts as digits at the profile's exponent. */
export interface AnswerFields {
  request_id?: string
  player?: string
  currency?: string
  game?: string
  balance?: bigint
  /** The platform's id of the transaction. */
  platform_transaction_id?: string
}

/** Refusals of business are answered 200: providers take other statuses for faults of the network. */
export const answerOf = (status: Status, fields: AnswerFields = {}): HttpAnswer => ({
  status: HTTP_STATUS[status] ?? 200,
  headers: { 'content-type': 'application/json' },
  body: stringify({ status, ...fields }) ?? '',
})
