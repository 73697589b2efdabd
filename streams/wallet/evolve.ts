/**
 * What a recorded transaction, a snapshot or a profile does to the memory of its player. The same function serves the running processor and the
 * restore from the log, so that both come to the same state.
 */
import type { Player, Transaction, TransactionType } from '../../avro/types.ts'
import { payloadHash } from './idempotency.ts'
import { profileOf } from './player.ts'
import { isOpen, recallRound, recallTransaction, walletOf, withWallet } from './state.ts'
import type {
  HeldMovement,
  HeldType,
  PlayerState,
  PlayerView,
  RoundState,
  Stake,
  StateChanges,
  TransactionResult,
  TransactionState,
  WalletState,
} from './state.ts'
import { appliedBetOf } from './win.ts'

/** What is remembered of an event that is not about held money; of those, nearly everything is. */
export type RecordedMovement = Pick<
  Transaction,
  | 'transaction_id'
  | 'command_id'
  | 'wallet_id'
  | 'status'
  | 'amount'
  | 'currency'
  | 'direction'
  | 'balance_after'
  | 'held_after'
  | 'version'
  | 'game_id'
  | 'round_id'
  | 'campaign_id'
  | 'transaction_id_partner'
  | 'reference_transaction_id_partner'
  | 'win_type'
  | 'round_closed'
  | 'error_code'
  | 'retryable'
  | 'processed_at'
> & { readonly type: Exclude<TransactionType, 'WITHDRAWAL'> }

export type RecordedEvent = RecordedMovement | Transaction

/** True for an event that is a later one of its transaction. */
const isStep = (event: Pick<Transaction, 'transaction_id' | 'command_id'>): boolean =>
  event.command_id !== event.transaction_id

/** True for the events of a withdrawal, and of a bet that a provider has to confirm: these are always whole. */
const isOfHold = (event: RecordedEvent): event is Transaction =>
  'hold_expires_at' in event && event.hold_expires_at !== null && (event.status !== 'FAILED' || isStep(event))

/**
 * The wallet after the event. Where the state is newer than the event (a snapshot was there first) it stays; a wallet
 * that is first seen in the middle of its life gets its standing from the snapshot that follows in the log.
 */
function evolveWallet(player: PlayerState, event: RecordedEvent): PlayerState | undefined {
  const wallet = walletOf(player, event.currency)
  if (event.balance_after === null || event.version <= (wallet?.version ?? 0)) return undefined
  const next: WalletState = {
    walletId: event.wallet_id,
    currency: event.currency,
    balance: event.balance_after,
    held: event.held_after ?? 0n,
    status: wallet?.status ?? 'active',
    amlHold: wallet?.amlHold ?? false,
    version: event.version,
    createdAtMs: wallet?.createdAtMs ?? event.processed_at,
    updatedAtMs: event.processed_at,
  }
  return withWallet(player, next)
}

/** The result under the event's own id; a bet also keeps what its rollback and its wins need. */
const resultOf = (event: RecordedEvent): TransactionResult => ({
  transactionId: event.transaction_id,
  type: event.type,
  status: event.status,
  amount: event.amount,
  currency: event.currency,
  payloadHash: payloadHash(event),
  newBalance: event.balance_after,
  errorCode: event.error_code,
  processedAtMs: event.processed_at,
  version: event.version,
  gameId: event.type === 'BET' ? event.game_id : null,
  roundId: event.type === 'BET' ? event.round_id : null,
  settled: false,
})

const heldMovementOf = (event: Transaction, type: HeldType): HeldMovement => ({
  type,
  status: event.status,
  amount: event.amount,
  currency: event.currency,
  holdExpiresAtMs: event.hold_expires_at ?? 0,
  createdAtMs: event.created_at,
  newBalance: event.balance_after,
  errorCode: event.error_code,
  processedAtMs: event.processed_at,
  transactionIdPartner: event.transaction_id_partner,
  gameId: event.game_id,
  roundId: event.round_id,
  campaignId: event.campaign_id,
  ipAddress: event.ip_address,
  userAgent: event.user_agent,
  country: event.country,
  metadata: event.metadata,
})

/** What money is held for and its hold, which stands while that is open. */
function evolveHold(changes: StateChanges, event: Transaction): void {
  const type = event.type === 'BET' ? 'BET' : 'WITHDRAWAL'
  const heldMovement = heldMovementOf(event, type)
  changes.heldMovement = { id: event.transaction_id, state: heldMovement }
  changes.hold = {
    expiresAtMs: heldMovement.holdExpiresAtMs,
    transactionId: event.transaction_id,
    type,
    currency: event.currency,
    open: isOpen(heldMovement),
  }
}

const NO_ROUND: RoundState = { closed: false, stakes: [], updatedAtMs: 0 }

function evolveRound(
  changes: StateChanges,
  view: PlayerView,
  event: RecordedEvent,
  roundId: string,
  change: (round: RoundState) => RoundState,
): void {
  const round = recallRound(view.round(roundId), event.processed_at) ?? NO_ROUND
  const updatedAtMs = Math.max(round.updatedAtMs, event.processed_at)
  changes.round = { id: roundId, state: { ...change(round), updatedAtMs } }
}

const newStake = (currency: string): Stake => ({ currency, bets: 0, rolledBack: 0, settledVersion: 0 })

/** The round with its stake in a currency changed; there is a stake from the first bet on. */
function withStake(round: RoundState, currency: string, change: (stake: Stake) => Stake): RoundState {
  const stake = round.stakes.find((candidate) => candidate.currency === currency)
  const others = stake === undefined ? round.stakes : round.stakes.filter((candidate) => candidate !== stake)
  const next = change(stake ?? newStake(currency))
  const stakes =
    others.length === 0 ? [next] : [...others, next].sort((a, b) => (a.currency < b.currency ? -1 : 1))
  return { ...round, stakes }
}

/** A bet counts in its round once it is sure. */
function evolveBet(changes: StateChanges, view: PlayerView, event: RecordedEvent): void {
  if (event.round_id === null || event.status !== 'COMPLETED') return
  evolveRound(changes, view, event, event.round_id, (round) =>
    withStake(round, event.currency, (stake) => ({ ...stake, bets: stake.bets + 1 })),
  )
}

interface NamedEntry {
  readonly id: string
  readonly state: TransactionState | undefined
}

function namedBy(view: PlayerView, event: RecordedEvent): NamedEntry | undefined {
  const id = event.reference_transaction_id_partner
  if (id === null) return undefined
  return { id, state: recallTransaction(view.transaction(id), event.processed_at) }
}

/** A win that names its bet settles that one; a win that names only the round settles all bets before it. */
function evolveWin(changes: StateChanges, view: PlayerView, event: RecordedEvent): TransactionChange[] {
  const named = namedBy(view, event)
  const bet = appliedBetOf(named?.state, event.currency)
  const roundId = event.round_id ?? bet?.roundId ?? null
  if (roundId !== null && (named === undefined || event.round_closed))
    evolveRound(changes, view, event, roundId, (round) => {
      const closed = { ...round, closed: round.closed || event.round_closed }
      return named === undefined
        ? withStake(closed, event.currency, (stake) => ({ ...stake, settledVersion: event.version }))
        : closed
    })
  if (named === undefined || bet === undefined || bet.settled) return []
  return [{ id: named.id, state: { result: { ...bet, settled: true }, rollback: undefined } }]
}

/** The bet is marked, so that no later rollback, bet or win under its id moves money. */
function evolveRollback(changes: StateChanges, view: PlayerView, event: RecordedEvent): TransactionChange[] {
  const named = namedBy(view, event)
  if (named === undefined) return []
  const bet = appliedBetOf(named.state, event.currency)
  const roundId = bet?.roundId ?? null
  if (roundId !== null)
    evolveRound(changes, view, event, roundId, (round) =>
      withStake(round, event.currency, (stake) => ({
        ...stake,
        bets: Math.max(0, stake.bets - 1),
        rolledBack: stake.rolledBack + 1,
      })),
    )
  const rollback = {
    transactionId: event.transaction_id,
    newBalance: event.balance_after,
    processedAtMs: event.processed_at,
  }
  return [{ id: named.id, state: { result: named.state?.result, rollback } }]
}

interface TransactionChange {
  readonly id: string
  readonly state: TransactionState
}

/** What an accepted movement does beyond the wallet and its own id. */
function evolveAccepted(changes: StateChanges, view: PlayerView, event: RecordedEvent): TransactionChange[] {
  switch (event.type) {
    case 'BET':
      evolveBet(changes, view, event)
      return []
    case 'WIN':
      return evolveWin(changes, view, event)
    case 'ROLLBACK':
      return evolveRollback(changes, view, event)
    case 'WITHDRAWAL':
    case 'DEPOSIT':
    case 'ADJUSTMENT':
    case 'COMMISSION':
      return []
  }
}

/** Files the result under the partner's id or, without one, under the command's. */
function fileResult(
  changes: StateChanges,
  view: PlayerView,
  event: RecordedEvent,
  others: readonly TransactionChange[],
): void {
  const id = event.transaction_id_partner
  if (id === null) {
    changes.transactions = others
    if (event.type !== 'ROLLBACK')
      changes.command = { id: event.transaction_id, state: { result: resultOf(event), rollback: undefined } }
    return
  }
  const { rollback } = recallTransaction(view.transaction(id), event.processed_at) ?? { rollback: undefined }
  changes.transactions = [{ id, state: { result: resultOf(event), rollback } }, ...others]
}

/** The changes that an event makes to its player's state. */
export function evolve(view: PlayerView, event: RecordedEvent): StateChanges {
  const changes = evolveIndex(view, event)
  const player = evolveWallet(view.player, event)
  if (player !== undefined) changes.player = player
  return changes
}

/**
 * Whether a step decides what is repeated under the id: a withdrawal repeats what was first answered, a bet what became of it,
 * unless the id was forgotten meanwhile and stands for another one.
 */
function isResultOf(view: PlayerView, event: RecordedEvent): boolean {
  if (event.type !== 'BET') return false
  const id = event.transaction_id_partner
  const known = recallTransaction(
    id === null ? view.command(event.transaction_id) : view.transaction(id),
    event.processed_at,
  )
  return known?.result === undefined || known.result.transactionId === event.transaction_id
}

/** The changes but for the wallet's: what is remembered under ids, of rounds and of holds. */
export function evolveIndex(view: PlayerView, event: RecordedEvent): StateChanges {
  const changes: StateChanges = {}
  if (isOfHold(event)) evolveHold(changes, event)
  if (event.retryable) return changes
  const others = event.status === 'FAILED' ? [] : evolveAccepted(changes, view, event)
  if (!isStep(event) || isResultOf(view, event)) fileResult(changes, view, event, others)
  return changes
}

/** The player with a profile laid over; an older one than is known changes nothing. */
export const evolveProfile = (player: PlayerState, record: Player): PlayerState =>
  record.version <= (player.profile?.version ?? 0) ? player : { ...player, profile: profileOf(record) }

const sameStanding = (a: WalletState, b: WalletState): boolean =>
  a.status === b.status && a.amlHold === b.amlHold && a.createdAtMs === b.createdAtMs

/**
 * The player with the wallet of a change of standing, or of a snapshot, laid over. Snapshots come in their order, and
 * nothing else records the standing: so it is taken from an older one, too, though events have moved the money since.
 */
export function evolveStanding(player: PlayerState, wallet: WalletState): PlayerState {
  const known = walletOf(player, wallet.currency)
  if (known === undefined || known.version < wallet.version) return withWallet(player, wallet)
  const same = sameStanding(known, wallet)
  if (known.version > wallet.version) {
    const { status, amlHold, createdAtMs } = wallet
    return same ? player : withWallet(player, { ...known, status, amlHold, createdAtMs })
  }
  // A rejection that was read first carries the version of the change of standing before it, and a later time.
  return same && known.updatedAtMs === wallet.updatedAtMs ? player : withWallet(player, wallet)
}
