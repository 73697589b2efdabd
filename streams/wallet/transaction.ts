/** How a decision about a movement becomes the transaction that is recorded. */
import type { LedgerEntry, Transaction, TransactionStatus, TransactionType } from '../../avro/types.ts'
import { ERRORS } from '../../domain/errors.ts'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { isHeldBet } from './game-command.ts'
import { changeOf } from './ledger.ts'
import type { Decision, Request } from './request.ts'
import type { TransactionResult, WalletState } from './state.ts'
import { walletIdOf } from './wallet-id.ts'

/** What is peculiar to an accepted movement; the rest follows from the command and the wallet. */
export interface Movement {
  readonly type: TransactionType
  readonly status: TransactionStatus
  readonly amount: bigint
  readonly entries: LedgerEntry[]
  /** The bet that a win or rollback concerns. */
  readonly bet?: TransactionResult | undefined
}

const NO_ENTRIES: LedgerEntry[] = []

/** Wins without a type are standard ones. */
export const winTypeOf = ({ data }: Request): Transaction['win_type'] =>
  data.type === 'WIN' ? (data.win_type ?? 'STANDARD') : null

/** A win of 0 says that the round is lost, and so over. */
export const closesRound = ({ data, amount }: Request): boolean =>
  data.type === 'WIN' && (data.round_closed || amount === 0n)

/**
 * The partner's own id of the movement. Some providers send a rollback under the id of its bet: that names the bet,
 * not the rollback.
 */
export const ownIdOf = ({ data }: Request): string | null =>
  data.type === 'ROLLBACK' && data.transaction_id_partner === data.reference_transaction_id_partner
    ? null
    : data.transaction_id_partner

interface Recorded {
  readonly type: TransactionType
  readonly status: TransactionStatus
  readonly amount: bigint
  readonly entries: LedgerEntry[]
  readonly walletId: string
  readonly before: bigint | null
  readonly after: bigint | null
  readonly heldAfter: bigint | null
  readonly version: number
  readonly bet: TransactionResult | undefined
  readonly errorCode: WalletErrorCode | null
}

function record(request: Request, recorded: Recorded): Transaction {
  const { data, commandId, nowMs, view } = request
  const { bet, errorCode } = recorded
  return {
    transaction_id: commandId,
    command_id: commandId,
    wallet_id: recorded.walletId,
    partner_id: data.partner_id,
    player_id: data.player_id,
    type: recorded.type,
    status: recorded.status,
    amount: recorded.amount,
    currency: data.currency,
    direction: data.direction,
    balance_before: recorded.before,
    balance_after: recorded.after,
    held_after: recorded.heldAfter,
    version: recorded.version,
    // A rollback counts against the game of its bet, so it carries the bet's game and round.
    game_id: data.game_id ?? (recorded.type === 'ROLLBACK' ? (bet?.gameId ?? null) : null),
    round_id: data.round_id ?? (recorded.type === 'ROLLBACK' ? (bet?.roundId ?? null) : null),
    campaign_id: data.campaign_id,
    transaction_id_partner: ownIdOf(request),
    reference_transaction_id_partner: data.reference_transaction_id_partner,
    reference_transaction_id: bet?.transactionId ?? null,
    win_type: winTypeOf(request),
    round_closed: closesRound(request),
    hold_expires_at: recorded.type === 'WITHDRAWAL' || isHeldBet(recorded) ? data.hold_expires_at : null,
    error_code: errorCode,
    retryable: errorCode !== null && ERRORS[errorCode].retryable,
    reason: data.reason,
    entries: recorded.entries,
    created_at: data.created_at,
    processed_at: nowMs,
    ip_address: data.ip_address,
    user_agent: data.user_agent,
    country: data.country,
    player_country: view.player.profile?.country ?? null,
    metadata: data.metadata,
  }
}

/** Accepts a movement on a wallet: the balances follow from the entries, the version rises by one. */
export function accept(request: Request, wallet: WalletState, movement: Movement): Decision {
  const { type, status, amount, entries, bet } = movement
  const transaction = record(request, {
    type,
    status,
    amount,
    entries,
    walletId: wallet.walletId,
    before: wallet.balance,
    after: wallet.balance + changeOf('PLAYER', entries),
    heldAfter: wallet.held + changeOf('PLAYER_HELD', entries),
    version: wallet.version + 1,
    bet,
    errorCode: null,
  })
  return { kind: 'applied', transaction }
}

/** Records something that leaves the wallet as it is, whether or not there is one. */
function recordUnmoved(
  request: Request,
  type: TransactionType,
  unmoved: Pick<Recorded, 'status' | 'amount' | 'errorCode' | 'bet'>,
): Transaction {
  const { wallet, data } = request
  return record(request, {
    ...unmoved,
    type,
    entries: NO_ENTRIES,
    walletId: wallet?.walletId ?? walletIdOf(data.partner_id, data.player_id, data.currency),
    before: wallet?.balance ?? null,
    after: wallet?.balance ?? null,
    heldAfter: wallet?.held ?? null,
    version: wallet?.version ?? 0,
  })
}

/** Refuses a movement for the record. Whether the id is remembered follows from the code. */
export function reject(
  request: Request,
  type: TransactionType,
  code: WalletErrorCode,
  bet?: TransactionResult,
): Decision {
  const { amount } = request
  const transaction = recordUnmoved(request, type, { status: 'FAILED', amount, errorCode: code, bet })
  return { kind: 'rejected', transaction, code }
}

/** Records a rollback whose bet has not come: nothing moves, and the bet will be refused. */
export const recordTombstone = (request: Request): Decision => ({
  kind: 'applied',
  transaction: recordUnmoved(request, 'ROLLBACK', {
    status: 'COMPLETED',
    amount: 0n,
    errorCode: null,
    bet: undefined,
  }),
})
