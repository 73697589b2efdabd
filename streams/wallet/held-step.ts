/** What money is held for, a withdrawal or a bet at a provider, goes on step by step until it is paid or given back. */
import type { LedgerEntry, Transaction, TransactionStatus } from '../../avro/types.ts'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { changeOf, move } from './ledger.ts'
import { refuse, replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallHeldMovement } from './state.ts'
import type { HeldMovement, HeldType, WalletState } from './state.ts'

export type StepType =
  | 'WITHDRAWAL_APPROVE'
  | 'WITHDRAWAL_DECLINE'
  | 'WITHDRAWAL_COMPLETE'
  | 'WITHDRAWAL_FAIL'
  | 'WITHDRAWAL_EXPIRE'
  | 'BET_CONFIRM'
  | 'BET_REFUSE'
  | 'BET_CANCEL'
  | 'BET_EXPIRE'

interface Step {
  readonly of: HeldType
  readonly from: readonly TransactionStatus[]
  readonly to: TransactionStatus
  readonly errorCode: WalletErrorCode | null
  readonly entries: (amount: bigint) => LedgerEntry[]
}

const payOut = (amount: bigint): LedgerEntry[] => move('PLAYER_HELD', 'CASH', amount)
const stake = (amount: bigint): LedgerEntry[] => move('PLAYER_HELD', 'HOUSE', amount)
const giveBack = (amount: bigint): LedgerEntry[] => move('PLAYER_HELD', 'PLAYER', amount)

/** Ends a held bet with the money back. */
const returned = (errorCode: WalletErrorCode): Step => ({
  of: 'BET',
  from: ['PENDING'],
  to: 'CANCELED',
  errorCode,
  entries: giveBack,
})

const STEPS: { readonly [T in StepType]: Step } = {
  WITHDRAWAL_APPROVE: {
    of: 'WITHDRAWAL',
    from: ['PENDING'],
    to: 'PROCESSING',
    errorCode: null,
    entries: () => [],
  },
  WITHDRAWAL_DECLINE: {
    of: 'WITHDRAWAL',
    from: ['PENDING'],
    to: 'CANCELED',
    errorCode: 'WITHDRAWAL_DECLINED',
    entries: giveBack,
  },
  WITHDRAWAL_COMPLETE: {
    of: 'WITHDRAWAL',
    from: ['PROCESSING'],
    to: 'COMPLETED',
    errorCode: null,
    entries: payOut,
  },
  WITHDRAWAL_FAIL: {
    of: 'WITHDRAWAL',
    from: ['PROCESSING'],
    to: 'FAILED',
    errorCode: 'PAYOUT_FAILED',
    entries: giveBack,
  },
  WITHDRAWAL_EXPIRE: {
    of: 'WITHDRAWAL',
    from: ['PENDING', 'PROCESSING'],
    to: 'CANCELED',
    errorCode: 'HOLD_EXPIRED',
    entries: giveBack,
  },
  BET_CONFIRM: { of: 'BET', from: ['PENDING'], to: 'COMPLETED', errorCode: null, entries: stake },
  BET_REFUSE: returned('PROVIDER_REFUSED'),
  BET_CANCEL: returned('PROVIDER_FAILED'),
  BET_EXPIRE: returned('PROVIDER_TIMED_OUT'),
}

const EXPIRIES: readonly StepType[] = ['WITHDRAWAL_EXPIRE', 'BET_EXPIRE']

/** Takes a withdrawal or a held bet one step on. The step that led to the present status may be repeated; it does nothing more. */
export function decideStep(request: Request, type: StepType): Decision {
  const { data, wallet, view, nowMs } = request
  const id = data.transaction_id ?? ''
  const held = recallHeldMovement(view.heldMovement(id), nowMs)
  const step = STEPS[type]
  if (held?.type !== step.of) return refuse('TRANSACTION_NOT_FOUND', id)
  const { status } = held
  if (held.currency !== data.currency || wallet === undefined) return refuse('CURRENCY_MISMATCH', id, status)
  if (status === step.to && held.errorCode === step.errorCode) return replay({ ...held, transactionId: id })
  if (!step.from.includes(status)) return refuse('INVALID_TRANSITION', id, status)
  if (type === 'WITHDRAWAL_APPROVE' && wallet.amlHold) return refuse('AML_HOLD', id, status)
  if (EXPIRIES.includes(type) && nowMs < held.holdExpiresAtMs) return refuse('INVALID_TRANSITION', id, status)
  return { kind: 'applied', transaction: recordStep(request, wallet, held, step) }
}

/** The whole transaction after the step: what the player's request carried stays, the reason is the step's. */
function recordStep(
  { commandId, data, nowMs, view }: Request,
  wallet: WalletState,
  held: HeldMovement,
  step: Step,
): Transaction {
  const entries = step.entries(held.amount)
  return {
    transaction_id: data.transaction_id ?? '',
    command_id: commandId,
    wallet_id: wallet.walletId,
    partner_id: data.partner_id,
    player_id: data.player_id,
    type: held.type,
    status: step.to,
    amount: held.amount,
    currency: held.currency,
    direction: null,
    balance_before: wallet.balance,
    balance_after: wallet.balance + changeOf('PLAYER', entries),
    held_after: wallet.held + changeOf('PLAYER_HELD', entries),
    version: wallet.version + 1,
    game_id: held.gameId,
    round_id: held.roundId,
    campaign_id: held.campaignId,
    transaction_id_partner: held.transactionIdPartner,
    reference_transaction_id_partner: null,
    reference_transaction_id: null,
    win_type: null,
    round_closed: false,
    hold_expires_at: held.holdExpiresAtMs,
    error_code: step.errorCode,
    retryable: false,
    reason: data.reason,
    entries,
    created_at: held.createdAtMs,
    processed_at: nowMs,
    ip_address: held.ipAddress,
    user_agent: held.userAgent,
    country: held.country,
    player_country: view.player.profile?.country ?? null,
    metadata: held.metadata,
  }
}
