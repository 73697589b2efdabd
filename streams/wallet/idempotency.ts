/** When a command is the same as an earlier one, and what is answered then. */
import type { Transaction, TransactionType } from '../../avro/types.ts'
import { refuse, replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallTransaction } from './state.ts'
import type { TransactionResult, TransactionState } from './state.ts'
import { closesRound, ownIdOf, winTypeOf } from './transaction.ts'

const FNV_PRIME = 0x0100_0193
const OTHER_PRIME = 0x85eb_ca6b
const NO_TEXT = 0x1_0000
const LOW_BITS = 2 ** 32
/** A hash is 53 bits wide, so that it is an exact number. */
const HIGH_MASK = 0x1f_ffff

let low = 0
let high = 0

function mix(value: number): void {
  low = Math.imul(low ^ value, FNV_PRIME)
  high = Math.imul((high ^ value) + (high >>> 13), OTHER_PRIME)
}

function mixText(text: string | null): void {
  if (text === null) return mix(NO_TEXT)
  mix(text.length)
  for (let index = 0; index < text.length; index++) mix(text.charCodeAt(index))
}

/** The part of a payload that bears on money and is not stored as it is (type, amount and currency are). */
type Payload = Pick<
  Transaction,
  | 'type'
  | 'direction'
  | 'game_id'
  | 'round_id'
  | 'campaign_id'
  | 'reference_transaction_id_partner'
  | 'win_type'
  | 'round_closed'
>

/**
 * 53-bit fingerprint of a payload. It tells an honest repeat from a changed one; who makes two of his own payloads
 * collide gets the first one's result and moves no money. A rollback is told by its reference alone, since its
 * transaction carries the game and round of its bet.
 */
export function payloadHash(payload: Payload): number {
  low = 0x811c_9dc5
  high = 0x2f72_b421
  if (payload.type !== 'ROLLBACK') {
    mixText(payload.direction)
    mixText(payload.game_id)
    mixText(payload.round_id)
    mixText(payload.campaign_id)
    mixText(payload.win_type)
    mix(payload.round_closed ? 1 : 0)
  }
  mixText(payload.reference_transaction_id_partner)
  return ((high ^ (high >>> 15)) & HIGH_MASK) * LOW_BITS + ((low ^ (low >>> 16)) >>> 0)
}

/** What is remembered under the command's own id. A movement without a partner's id goes by its command's. */
export function recallOwn(request: Request): TransactionState | undefined {
  const { data, view, commandId, nowMs } = request
  const id = ownIdOf(request)
  if (id !== null) return recallTransaction(view.transaction(id), nowMs)
  return data.type === 'ROLLBACK' ? undefined : recallTransaction(view.command(commandId), nowMs)
}

/** The command as the payload of the transaction that it would become. */
const payloadOf = (request: Request, type: TransactionType): Payload => ({
  type,
  direction: request.data.direction,
  game_id: request.data.game_id,
  round_id: request.data.round_id,
  campaign_id: request.data.campaign_id,
  reference_transaction_id_partner: request.data.reference_transaction_id_partner,
  win_type: winTypeOf(request),
  round_closed: closesRound(request),
})

const isSamePayload = (request: Request, type: TransactionType, result: TransactionResult): boolean =>
  result.type === type &&
  result.currency === request.data.currency &&
  // A rollback carries no amount; its result has that of its bet.
  (type === 'ROLLBACK' || result.amount === request.amount) &&
  result.payloadHash === payloadHash(payloadOf(request, type))

/** The answer to an id that has a result: the same payload gets that again, another payload is a conflict. */
export const repeatOrConflict = (
  request: Request,
  type: TransactionType,
  result: TransactionResult,
): Decision =>
  isSamePayload(request, type, result)
    ? replay(result)
    : refuse('TRANSACTION_CONFLICT', result.transactionId, result.status)
