/** Withdrawals: funds are held at once, and a later step pays them out or gives them back. */
import type { LedgerEntry, Transaction, TransactionStatus } from '../../avro/types.ts'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { changeOf, move } from './ledger.ts'
import { refuse, replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import { recallWithdrawal } from './state.ts'
import type { WalletState, WithdrawalState } from './state.ts'
import { accept, reject } from './transaction.ts'

export type StepType =
  | 'WITHDRAWAL_APPROVE'
  | 'WITHDRAWAL_DECLINE'
  | 'WITHDRAWAL_COMPLETE'
  | 'WITHDRAWAL_FAIL'
  | 'WITHDRAWAL_EXPIRE'

interface Step {
  readonly from: readonly TransactionStatus[]
  readonly to: TransactionStatus
  readonly errorCode: WalletErrorCode | null
  readonly entries: (amount: bigint) => LedgerEntry[]
}

const payOut = (amount: bigint): LedgerEntry[] => move('PLAYER_HELD', 'CASH', amount)
const giveBack = (amount: bigint): LedgerEntry[] => move('PLAYER_HELD', 'PLAYER', amount)

const STEPS: { readonly [T in StepType]: Step } = {
  WITHDRAWAL_APPROVE: { from: ['PENDING'], to: 'PROCESSING', errorCode: null, entries: () => [] },
  WITHDRAWAL_DECLINE: {
    from: ['PENDING'],
    to: 'CANCELED',
    errorCode: 'WITHDRAWAL_DECLINED',
    entries: giveBack,
  },
  WITHDRAWAL_COMPLETE: { from: ['PROCESSING'], to: 'COMPLETED', errorCode: null, entries: payOut },
  WITHDRAWAL_FAIL: { from: ['PROCESSING'], to: 'FAILED', errorCode: 'PAYOUT_FAILED', entries: giveBack },
  WITHDRAWAL_EXPIRE: {
    from: ['PENDING', 'PROCESSING'],
    to: 'CANCELED',
    errorCode: 'HOLD_EXPIRED',
    entries: giveBack,
  },
}

/** Holds the funds. The partner's limit may approve it at once, unless compliance holds the wallet's withdrawals. */
export function decideWithdrawal(request: Request): Decision {
  const { amount, wallet, data, view, commandId, nowMs } = request
  // Two commands of one id would share one hold, and one's funds would stay held for ever.
  const sameId = recallWithdrawal(view.withdrawal(commandId), nowMs)
  if (sameId !== undefined) return refuse('TRANSACTION_CONFLICT', commandId, sameId.status)
  if (wallet === undefined) return reject(request, 'WITHDRAWAL', 'WALLET_NOT_FOUND')
  if (wallet.status === 'frozen') return reject(request, 'WITHDRAWAL', 'WALLET_FROZEN')
  if (wallet.balance < amount) return reject(request, 'WITHDRAWAL', 'INSUFFICIENT_FUNDS')
  return accept(request, wallet, {
    type: 'WITHDRAWAL',
    status: data.auto_approve && !wallet.amlHold ? 'PROCESSING' : 'PENDING',
    amount,
    entries: move('PLAYER', 'PLAYER_HELD', amount),
  })
}

/** Takes a withdrawal one step on. The step that led to the present status may be repeated; it does nothing more. */
export function decideStep(request: Request, type: StepType): Decision {
  const { data, wallet, view, nowMs } = request
  const id = data.transaction_id ?? ''
  const withdrawal = recallWithdrawal(view.withdrawal(id), nowMs)
  if (withdrawal === undefined) return refuse('TRANSACTION_NOT_FOUND', id)
  const { status } = withdrawal
  if (withdrawal.currency !== data.currency || wallet === undefined)
    return refuse('CURRENCY_MISMATCH', id, status)
  const step = STEPS[type]
  if (status === step.to && withdrawal.errorCode === step.errorCode)
    return replay({ ...withdrawal, transactionId: id })
  if (!step.from.includes(status)) return refuse('INVALID_TRANSITION', id, status)
  if (type === 'WITHDRAWAL_APPROVE' && wallet.amlHold) return refuse('AML_HOLD', id, status)
  if (type === 'WITHDRAWAL_EXPIRE' && nowMs < withdrawal.holdExpiresAtMs)
    return refuse('INVALID_TRANSITION', id, status)
  return { kind: 'applied', transaction: recordStep(request, wallet, withdrawal, step) }
}

/** The whole withdrawal after the step: what the player's request carried stays, the reason is the step's. */
function recordStep(
  { commandId, data, nowMs, view }: Request,
  wallet: WalletState,
  withdrawal: WithdrawalState,
  step: Step,
): Transaction {
  const entries = step.entries(withdrawal.amount)
  return {
    transaction_id: data.transaction_id ?? '',
    command_id: commandId,
    wallet_id: wallet.walletId,
    partner_id: data.partner_id,
    player_id: data.player_id,
    type: 'WITHDRAWAL',
    status: step.to,
    amount: withdrawal.amount,
    currency: withdrawal.currency,
    direction: null,
    balance_before: wallet.balance,
    balance_after: wallet.balance + changeOf('PLAYER', entries),
    held_after: wallet.held + changeOf('PLAYER_HELD', entries),
    version: wallet.version + 1,
    game_id: null,
    round_id: null,
    campaign_id: withdrawal.campaignId,
    transaction_id_partner: withdrawal.transactionIdPartner,
    reference_transaction_id_partner: null,
    reference_transaction_id: null,
    win_type: null,
    round_closed: false,
    hold_expires_at: withdrawal.holdExpiresAtMs,
    error_code: step.errorCode,
    retryable: false,
    reason: data.reason,
    entries,
    created_at: withdrawal.createdAtMs,
    processed_at: nowMs,
    ip_address: withdrawal.ipAddress,
    user_agent: withdrawal.userAgent,
    country: withdrawal.country,
    player_country: view.player.profile?.country ?? null,
    metadata: withdrawal.metadata,
  }
}
