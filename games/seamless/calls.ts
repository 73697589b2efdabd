/** Answers the calls of one seamless provider: verify, parse, carry out on the wallet, say it the provider's way. */
import type { HttpAnswer, Player, RawRequest, WalletPort } from '../adapter.ts'
import { playerRef } from '../player-ref.ts'
import { toScaledFloor } from '../scaled-amount.ts'
import { orderOf, statusOf } from './orders.ts'
import type { Movement } from './orders.ts'
import type { SeamlessProfile } from './profile.ts'
import { SIGNATURE_HEADER } from './signature.ts'
import type { Verifier } from './signature.ts'
import { answerOf, operationOf, readCall } from './wire.ts'
import type { AnswerFields, AnyCall, CallOf, Status } from './wire.ts'

export interface SeamlessParty {
  providerId: string
  profile: SeamlessProfile
  /** Undefined where the credential is missing: then every call is refused. */
  verify: Verifier | undefined
}

const scaled = (balance: bigint | null | undefined, { exponent }: SeamlessProfile): AnswerFields =>
  balance == null ? {} : { balance: BigInt(toScaledFloor(balance, exponent)) }

const named = (player: Player, currency: string): AnswerFields => ({ player: playerRef(player), currency })

async function authenticate(
  { profile }: SeamlessParty,
  { request_id, token }: CallOf<'authenticate'>,
  wallet: WalletPort,
): Promise<HttpAnswer> {
  const session = await wallet.resolveSession(token)
  if (session === undefined) return answerOf('ERROR_TOKEN', { request_id })
  if (session.expired) return answerOf('ERROR_TOKEN_EXPIRED', { request_id })
  const balance = await wallet.balance(session, session.currency)
  return answerOf('OK', {
    request_id,
    ...named(session, session.currency),
    game: session.gameCode,
    // A player who has not deposited yet may look at the game.
    ...scaled(balance ?? 0n, profile),
  })
}

async function balanceOf(
  { profile }: SeamlessParty,
  { request_id, player, currency }: CallOf<'balance'>,
  wallet: WalletPort,
): Promise<HttpAnswer> {
  const balance = await wallet.balance(player, currency)
  const fields = { request_id, ...named(player, currency), ...scaled(balance, profile) }
  return answerOf(balance === undefined ? 'ERROR_PLAYER' : 'OK', fields)
}

/** Why a bet may not be placed in the session that it names. Wins and rollbacks never come here. */
async function faultOfSession(call: CallOf<'bet'>, wallet: WalletPort): Promise<Status | undefined> {
  const session = await wallet.resolveSession(call.token)
  const isHis = session?.partnerId === call.player.partnerId && session.playerId === call.player.playerId
  if (session === undefined || !isHis) return 'ERROR_TOKEN'
  if (session.expired) return 'ERROR_TOKEN_EXPIRED'
  return session.currency === call.currency ? undefined : 'ERROR_CURRENCY'
}

async function move(
  { providerId, profile }: SeamlessParty,
  movement: Movement,
  wallet: WalletPort,
): Promise<HttpAnswer> {
  const { call } = movement
  const fields = { request_id: call.request_id, ...named(call.player, call.currency) }
  if (movement.operation === 'bet') {
    const fault = await faultOfSession(movement.call, wallet)
    if (fault !== undefined) return answerOf(fault, fields)
  }
  const order = orderOf(movement, providerId, profile)
  if (order === undefined) return answerOf('ERROR_AMOUNT', fields)
  const result = await wallet.execute(order)
  const status = statusOf(movement.operation, result, profile)
  if (result.kind === 'PENDING') return answerOf(status, fields)
  return answerOf(status, {
    ...fields,
    ...scaled(result.balance, profile),
    ...(result.kind === 'APPLIED' ? { platform_transaction_id: result.transactionId } : {}),
  })
}

function carryOut(party: SeamlessParty, read: AnyCall, wallet: WalletPort): Promise<HttpAnswer> {
  switch (read.operation) {
    case 'authenticate':
      return authenticate(party, read.call, wallet)
    case 'balance':
      return balanceOf(party, read.call, wallet)
    case 'bet':
    case 'win':
    case 'rollback':
    case 'end-round':
      return move(party, read, wallet)
  }
}

/** Rejects where the wallet's port does: the provider then sees a fault of the network, and asks again or rolls back. */
export async function answerCall(
  party: SeamlessParty,
  { path, headers, body }: RawRequest,
  wallet: WalletPort,
): Promise<HttpAnswer> {
  const operation = operationOf(path)
  // Nothing of the body is looked at before its signature has been found good.
  if (party.verify?.(body, headers[SIGNATURE_HEADER] ?? '') !== true) return answerOf('ERROR_SIGNATURE')
  const read = operation === undefined ? undefined : readCall(operation, body)
  if (read === undefined) return answerOf('ERROR_REQUEST')
  return carryOut(party, read, wallet)
}
