/** The entry of the audit trail that an administrative command leaves: who asked, what was there before, what is there now. */
import type { Actor, AuditRecorded, WalletCommand } from '../../avro/types.ts'
import { auditText, playerSubjectIdOf } from '../../domain/audit.ts'
import type { Decision } from './request.ts'
import { walletOf } from './state.ts'
import type { PlayerView, WalletState, HeldMovement } from './state.ts'
import { walletIdOf } from './wallet-id.ts'

/** Who is named for a command that names nobody: one that did not come through the API. */
const UNKNOWN: Actor = { key_id: 'unknown', partner_id: null, ip_address: null, request_id: null }

/** The memory of a player with what the entries show of it besides. */
export interface AuditedView extends PlayerView {
  /** The player's profile, as an entry shows it. */
  readonly profileText: string | undefined
}

interface Subject {
  type: 'wallet' | 'withdrawal' | 'player'
  id: string
  before: string | null
  after: string | null
  version: number | null
}

const walletText = (playerId: string, wallet: WalletState): string =>
  auditText({
    wallet_id: wallet.walletId,
    player_id: playerId,
    currency: wallet.currency,
    balance: wallet.balance,
    held: wallet.held,
    status: wallet.status,
    aml_hold: wallet.amlHold,
    version: wallet.version,
  })

type Withdrawal = Pick<HeldMovement, 'status' | 'currency' | 'errorCode' | 'transactionIdPartner'>

/** Without its amount, which lies sealed wherever an entry is stored. */
const withdrawalText = (id: string, withdrawal: Withdrawal): string =>
  auditText({
    transaction_id: id,
    transaction_id_partner: withdrawal.transactionIdPartner,
    currency: withdrawal.currency,
    status: withdrawal.status,
    error_code: withdrawal.errorCode,
  })

function playerSubject({ data }: WalletCommand, view: AuditedView, decision: Decision): Subject {
  const player = decision.kind === 'profile' ? decision.player : undefined
  return {
    type: 'player',
    id: playerSubjectIdOf(data.partner_id, data.player_id),
    before: view.profileText ?? null,
    after: player === undefined ? null : auditText(player),
    version: player?.version ?? null,
  }
}

function withdrawalSubject({ data }: WalletCommand, view: PlayerView, decision: Decision): Subject {
  const id = data.transaction_id ?? ''
  const before = view.heldMovement(id)
  const step = decision.kind === 'applied' ? decision.transaction : undefined
  const after = step && {
    ...step,
    errorCode: step.error_code,
    transactionIdPartner: step.transaction_id_partner,
  }
  return {
    type: 'withdrawal',
    id,
    before: before === undefined ? null : withdrawalText(id, before),
    after: after === undefined ? null : withdrawalText(id, after),
    version: after?.version ?? null,
  }
}

/** The wallet after a decision; undefined where it has not changed. */
function changedWallet(before: WalletState | undefined, decision: Decision): WalletState | undefined {
  if (decision.kind === 'standing') return decision.wallet
  if (decision.kind !== 'applied' || before === undefined) return undefined
  const { balance_after: balance, held_after: held, version } = decision.transaction
  return { ...before, balance: balance ?? before.balance, held: held ?? before.held, version }
}

function walletSubject({ data }: WalletCommand, view: PlayerView, decision: Decision): Subject {
  const { partner_id: partnerId, player_id: playerId, currency } = data
  const before = walletOf(view.player, currency)
  const after = changedWallet(before, decision)
  return {
    type: 'wallet',
    id: walletIdOf(partnerId, playerId, currency),
    before: before === undefined ? null : walletText(playerId, before),
    after: after === undefined ? null : walletText(playerId, after),
    version: after?.version ?? null,
  }
}

function subjectOf(command: WalletCommand, view: AuditedView, decision: Decision): Subject {
  switch (command.data.type) {
    case 'PLAYER_UPDATE':
      return playerSubject(command, view, decision)
    case 'WITHDRAWAL_APPROVE':
    case 'WITHDRAWAL_DECLINE':
    case 'WITHDRAWAL_COMPLETE':
    case 'WITHDRAWAL_FAIL':
      return withdrawalSubject(command, view, decision)
    default:
      return walletSubject(command, view, decision)
  }
}

const UUID_VERSION_AT = 14
/** A UUID whose content is its maker's business (RFC 9562, section 5.8). */
const UUID_CUSTOM = '8'

/**
 * A change has the id of its command. A refusal has one of its own that follows from it: the same command may come again,
 * and be applied then.
 */
const entryIdOf = (commandId: string, refused: boolean): string =>
  refused
    ? commandId.slice(0, UUID_VERSION_AT) + UUID_CUSTOM + commandId.slice(UUID_VERSION_AT + 1)
    : commandId

/**
 * The entry of an administrative command, from the memory before the decision is laid over it; undefined where the command
 * was known already, so that nothing was changed and nothing refused.
 */
export function auditEntryOf(
  command: WalletCommand,
  view: AuditedView,
  decision: Decision,
): AuditRecorded | undefined {
  if (decision.kind === 'replayed') return undefined
  const refusal = 'code' in decision ? decision.code : null
  const { event_id: commandId, timestamp, data } = command
  const subject = subjectOf(command, view, decision)
  return {
    event_id: entryIdOf(commandId, refusal !== null),
    event_type: 'audit.recorded',
    timestamp,
    data: {
      action: data.type,
      outcome: refusal === null ? 'APPLIED' : 'REFUSED',
      error_code: refusal,
      actor: data.actor ?? UNKNOWN,
      partner_id: data.partner_id,
      subject_type: subject.type,
      subject_id: subject.id,
      before: subject.before,
      after: subject.after,
      version: subject.version,
      requested_at: timestamp,
      player_id: data.player_id,
      reason: data.reason,
    },
  }
}
