/**
 * What the wallet remembers, as immutable values. Everything here can be rebuilt from the transaction events, the
 * balance snapshots and the profiles; a change makes a new value and leaves the old one alone.
 */
import type { TransactionStatus, TransactionType, WalletStatus } from '../../avro/types.ts'
import { IDEMPOTENCY_MS } from '../../topics/catalogue.ts'

/** One wallet: a player's money in one currency. Amounts are units of 1/10000. */
export interface WalletState {
  readonly walletId: string
  readonly currency: string
  readonly balance: bigint
  readonly held: bigint
  readonly status: WalletStatus
  readonly amlHold: boolean
  /** Rises by one per accepted command on the wallet. */
  readonly version: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A span of time in which the player asked not to be let play. */
export interface Exclusion {
  readonly fromMs: number
  /** The first moment after it; null where it has no end. */
  readonly untilMs: number | null
}

/** What the rules look at of a player's profile; the whole of it is in its topic alone. */
export interface ProfileState {
  /** Rises by one per change. */
  readonly version: number
  readonly updatedAtMs: number
  /** The command that changed it last. */
  readonly commandId: string
  readonly exclusion: Exclusion | undefined
  /** ISO 3166-1 alpha-2 country in which the player is registered. */
  readonly country: string | null
}

/** What is known of a player. */
export interface PlayerState {
  /** In the order of their currency codes. */
  readonly wallets: readonly WalletState[]
  readonly profile: ProfileState | undefined
}

export const NEW_PLAYER: PlayerState = { wallets: [], profile: undefined }

/** The decision that was taken under an id, as it is repeated when the id comes again. */
export interface TransactionResult {
  readonly transactionId: string
  readonly type: TransactionType
  /** As first decided; FAILED means rejected. */
  readonly status: TransactionStatus
  readonly amount: bigint
  readonly currency: string
  /** Fingerprint of the rest of the payload, see `payloadHash`. */
  readonly payloadHash: number
  readonly newBalance: bigint | null
  readonly errorCode: string | null
  readonly processedAtMs: number
  /** The wallet's version right after it. */
  readonly version: number
  /** Of a bet, else null. */
  readonly gameId: string | null
  /** Of a bet, else null. */
  readonly roundId: string | null
  /** Of a bet: a win that names it has arrived. */
  readonly settled: boolean
}

/** The first rollback that named an id. */
export interface RollbackMark {
  readonly transactionId: string
  readonly newBalance: bigint | null
  readonly processedAtMs: number
}

/**
 * What is known under one id. A rollback without a result is a tombstone: the rollback came first, and whatever
 * comes under this id later is refused.
 */
export interface TransactionState {
  readonly result: TransactionResult | undefined
  readonly rollback: RollbackMark | undefined
}

/** The bets of a round in one currency. */
export interface Stake {
  readonly currency: string
  /** Applied and not rolled back. */
  readonly bets: number
  readonly rolledBack: number
  /** Wallet version of the last win that named the round only; it settles every bet of a lower version. */
  readonly settledVersion: number
}

export interface RoundState {
  readonly closed: boolean
  readonly stakes: readonly Stake[]
  readonly updatedAtMs: number
}

/** What money is held for. */
export type HeldType = Extract<TransactionType, 'WITHDRAWAL' | 'BET'>

/**
 * A withdrawal, or a bet that a provider has to confirm, with all that its later events repeat, so that the newest event of a
 * transaction is the whole of it.
 */
export interface HeldMovement {
  readonly type: HeldType
  readonly status: TransactionStatus
  readonly amount: bigint
  readonly currency: string
  readonly holdExpiresAtMs: number
  /** Event time of the movement. */
  readonly createdAtMs: number
  /** Spendable balance right after the step that led to the present status. */
  readonly newBalance: bigint | null
  readonly errorCode: string | null
  /** When the step that led to the present status was processed. */
  readonly processedAtMs: number
  readonly transactionIdPartner: string | null
  /** Of a bet, else null. */
  readonly gameId: string | null
  /** Of a bet, else null. */
  readonly roundId: string | null
  readonly campaignId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly country: string | null
  readonly metadata: string | null
}

/** What the rules may look at: the memory of one player. */
export interface PlayerView {
  readonly player: PlayerState
  /** By the partner's id of a movement. */
  transaction(transactionIdPartner: string): TransactionState | undefined
  /** By the command's id, of a movement that came without a partner's id. */
  command(commandId: string): TransactionState | undefined
  round(roundId: string): RoundState | undefined
  /** By the platform's transaction id. */
  heldMovement(transactionId: string): HeldMovement | undefined
}

/** What an event changes; whatever is absent stays as it is. */
export interface StateChanges {
  player?: PlayerState
  transactions?: readonly { readonly id: string; readonly state: TransactionState }[]
  command?: { readonly id: string; readonly state: TransactionState }
  round?: { readonly id: string; readonly state: RoundState }
  heldMovement?: { readonly id: string; readonly state: HeldMovement }
  hold?: {
    readonly expiresAtMs: number
    readonly transactionId: string
    readonly type: HeldType
    readonly currency: string
    readonly open: boolean
  }
}

export const walletOf = (player: PlayerState, currency: string): WalletState | undefined =>
  player.wallets.find((wallet) => wallet.currency === currency)

/** The player with this wallet put in or replaced. */
export function withWallet(player: PlayerState, wallet: WalletState): PlayerState {
  const others = player.wallets.filter(({ currency }) => currency !== wallet.currency)
  const { profile } = player
  if (others.length === 0) return { wallets: [wallet], profile }
  return { wallets: [...others, wallet].sort((a, b) => (a.currency < b.currency ? -1 : 1)), profile }
}

/** Ids, rounds and ended holds older than this count as never seen, whether or not they are still stored. */
export const isForgotten = (atMs: number, nowMs: number): boolean => nowMs - atMs > IDEMPOTENCY_MS

/** What is still remembered under an id at a moment: result and rollback are forgotten each at its own time. */
export function recallTransaction(
  state: TransactionState | undefined,
  nowMs: number,
): TransactionState | undefined {
  if (state === undefined) return undefined
  const { result, rollback } = state
  const resultGone = result !== undefined && isForgotten(result.processedAtMs, nowMs)
  const rollbackGone = rollback !== undefined && isForgotten(rollback.processedAtMs, nowMs)
  if (!resultGone && !rollbackGone) return state
  const left = { result: resultGone ? undefined : result, rollback: rollbackGone ? undefined : rollback }
  return left.result === undefined && left.rollback === undefined ? undefined : left
}

export const recallRound = (state: RoundState | undefined, nowMs: number): RoundState | undefined =>
  state === undefined || isForgotten(state.updatedAtMs, nowMs) ? undefined : state

export const isOpen = ({ status }: Pick<HeldMovement, 'status'>): boolean =>
  status === 'PENDING' || status === 'PROCESSING'

/** What is open is never forgotten: money is held for it. */
export const recallHeldMovement = (
  state: HeldMovement | undefined,
  nowMs: number,
): HeldMovement | undefined =>
  state === undefined || (!isOpen(state) && isForgotten(state.processedAtMs, nowMs)) ? undefined : state
