/** What a seamless call asks of the wallet, and how its outcome is said. Pure. */
import type { WalletOrder, WalletOrderResult } from '../adapter.ts'
import { fromScaled } from '../scaled-amount.ts'
import type { SeamlessProfile } from './profile.ts'
import type { CallOf, Status } from './wire.ts'

/** Calls that move money. */
export type Movement =
  | { operation: 'bet'; call: CallOf<'bet'> }
  | { operation: 'win'; call: CallOf<'win'> }
  | { operation: 'rollback'; call: CallOf<'rollback'> }
  | { operation: 'end-round'; call: CallOf<'end-round'> }

/** Ids of two providers may be the same. */
export const namespaced = (providerId: string, id: string): string => `${providerId}:${id}`

/** The order, or undefined where the amount can't be held exactly. */
export function orderOf(
  movement: Movement,
  providerId: string,
  { exponent }: Pick<SeamlessProfile, 'exponent'>,
): WalletOrder | undefined {
  const { call } = movement
  const base = {
    ...call.player,
    transactionIdPartner: namespaced(providerId, call.transaction_id),
    referenceTransactionIdPartner: null,
    currency: call.currency,
    roundId: call.round,
    gameCode: null,
    campaignId: null,
    winType: null,
    roundClosed: false,
  }
  switch (movement.operation) {
    case 'bet': {
      const amount = fromScaled(movement.call.amount, exponent)
      const campaignId = movement.call.campaign ?? null
      // A stake of nothing is a free round's, which belongs to a campaign.
      if (amount === undefined || (amount === 0n && campaignId === null)) return undefined
      return { ...base, type: 'BET', amount, campaignId, gameCode: movement.call.game }
    }
    case 'win': {
      const { game, bet_transaction_id: bet, kind, round_closed: roundClosed, campaign } = movement.call
      const amount = fromScaled(movement.call.amount, exponent)
      if (amount === undefined) return undefined
      return {
        ...base,
        type: 'WIN',
        amount,
        gameCode: game,
        referenceTransactionIdPartner: bet == null ? null : namespaced(providerId, bet),
        campaignId: campaign ?? null,
        winType: kind,
        roundClosed: roundClosed || amount === 0n,
      }
    }
    case 'rollback':
      return {
        ...base,
        type: 'ROLLBACK',
        amount: null,
        referenceTransactionIdPartner: namespaced(providerId, movement.call.bet_transaction_id),
      }
    case 'end-round':
      return {
        ...base,
        type: 'WIN',
        amount: 0n,
        gameCode: movement.call.game,
        winType: 'STANDARD',
        roundClosed: true,
      }
  }
}

/** The wallet's refusals in the provider's words; what is not here is `ERROR_REFUSED`. */
const STATUSES: Readonly<Record<string, Status>> = {
  INSUFFICIENT_FUNDS: 'ERROR_NOT_ENOUGH_MONEY',
  WALLET_NOT_FOUND: 'ERROR_PLAYER',
  WALLET_FROZEN: 'ERROR_PLAYER_BLOCKED',
  PLAYER_SELF_EXCLUDED: 'ERROR_PLAYER_BLOCKED',
  ROUND_CLOSED: 'ERROR_ROUND_CLOSED',
  BET_NOT_FOUND: 'ERROR_BET_NOT_FOUND',
  BET_ALREADY_SETTLED: 'ERROR_BET_SETTLED',
  TRANSACTION_ROLLED_BACK: 'ERROR_ROLLED_BACK',
  PARENT_FAILED: 'ERROR_BET_FAILED',
  CURRENCY_MISMATCH: 'ERROR_CURRENCY',
  TRANSACTION_CONFLICT: 'ERROR_CONFLICT',
  // Lands as soon as the balance has fallen.
  BALANCE_LIMIT_EXCEEDED: 'ERROR_RETRY',
}

type Rejected = Extract<WalletOrderResult, { kind: 'REJECTED' }>
type Applied = Extract<WalletOrderResult, { kind: 'APPLIED' }>

function statusOfRejection(
  operation: Movement['operation'],
  { code }: Rejected,
  profile: SeamlessProfile,
): Status {
  // The end of a round that is over, or in which nothing was staked, is a success.
  if (operation === 'end-round' && (code === 'ROUND_CLOSED' || code === 'BET_NOT_FOUND')) return 'OK'
  if (operation === 'win' && code === 'BET_NOT_FOUND' && profile.winWithoutBet === 'AGAIN')
    return 'ERROR_RETRY'
  if (operation === 'bet' && code === 'TRANSACTION_ROLLED_BACK' && profile.lateBet === 'UNMOVED') return 'OK'
  return STATUSES[code] ?? 'ERROR_REFUSED'
}

function statusOfApplied(
  operation: Movement['operation'],
  { replayed, unknownBet }: Applied,
  profile: SeamlessProfile,
): Status {
  // Before the question of a repetition: an unknown bet stays one, however often its rollback comes.
  if (operation === 'rollback' && unknownBet && profile.unknownRollback === 'NOT_FOUND')
    return 'ERROR_BET_NOT_FOUND'
  // Rollbacks and ends are repeated until they succeed: an error would keep them coming.
  const isMoney = operation === 'bet' || operation === 'win'
  return isMoney && replayed && profile.duplicate === 'ERROR' ? 'ERROR_DUPLICATE' : 'OK'
}

/** How the outcome of a movement is said to a provider of this profile. */
export function statusOf(
  operation: Movement['operation'],
  result: WalletOrderResult,
  profile: SeamlessProfile,
): Status {
  switch (result.kind) {
    case 'PENDING':
      return 'ERROR_RETRY'
    case 'APPLIED':
      return statusOfApplied(operation, result, profile)
    case 'REJECTED':
      return statusOfRejection(operation, result, profile)
  }
}
