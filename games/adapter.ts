/**
 * What the platform asks of a game provider, and what a provider may say: one interface, whatever the provider speaks. An
 * adapter converts at this edge: amounts, players' ids, status codes, time zones. Nothing of a provider's own form goes past it.
 *
 * No method rejects for what a provider or the network does: that is an `Outcome`. A rejection is a fault of the program.
 */
import type { SeamlessProfileName } from '../avro/types.ts'
import type { PartnerId, PlayerId } from '../domain/ids.ts'

/** A provider as an adapter needs it: its record, with the credentials opened. */
export interface ProviderAccount {
  providerId: string
  /** `rest`: the platform calls; `seamless`: the provider calls. */
  integrationType: 'rest' | 'seamless'
  /** Base address of its API, with or without a slash at the end. */
  endpoint: string
  /** By name, e.g. api_key, webhook_secret. Never logged, never in an outcome. */
  credentials: Readonly<Record<string, string>>
  /** Longest single call over the network, in milliseconds; a deadline may cut it shorter. */
  timeoutMs: number
  /** Of a seamless provider: its manner of signing, counting and answering, of `games/seamless/profile.ts`. */
  profile: SeamlessProfileName
}

/** An amount of a currency, in units of 1/10000. */
export interface Money {
  units: bigint
  /** ISO 4217 code. */
  currency: string
}

/** A player as the platform knows him. */
export interface Player {
  partnerId: PartnerId
  playerId: PlayerId
}

/** Bounds of one call. */
export interface Call {
  /** When the caller stops waiting, epoch milliseconds: retries included. */
  deadlineAtMs: number
  /** Calls the whole thing off; what was sent may still land (`UNCERTAIN`). */
  signal?: AbortSignal
}

/** Why a provider refused, in the platform's words. `code` of the outcome is the provider's own. */
export type RejectReason =
  /** The player or the game may not bet so much. */
  | 'LIMIT_REACHED'
  | 'GAME_NOT_AVAILABLE'
  | 'PLAYER_NOT_ALLOWED'
  | 'SESSION_EXPIRED'
  | 'ROUND_CLOSED'
  /** Of a bet: it was cancelled before, under this transaction id, and will not be taken any more. */
  | 'BET_CANCELLED'
  /** Of a cancellation: the bet has its result and stands. */
  | 'BET_SETTLED'
  /** The transaction id stands for another bet at the provider. */
  | 'TRANSACTION_CONFLICT'
  | 'CURRENCY_NOT_SUPPORTED'
  /** The provider's form can't hold the request (an amount with too many decimals…); nothing was sent. */
  | 'NOT_EXPRESSIBLE'
  /** This kind of integration has no such call; nothing was sent. */
  | 'NOT_SUPPORTED'
  | 'OTHER'

interface Said {
  /** The provider's own code, or the adapter's where the provider said nothing: TIMEOUT, CIRCUIT_OPEN, HTTP_502… */
  code: string
  /** One line for a person; holds no credentials and no personal data. */
  message: string
  /** The provider's id of the transaction or the request, where it gave one. */
  providerReference: string | null
}

/**
 * What became of a call.
 *
 * - `SUCCESS`: the provider has done it, or had done it before: calls are idempotent by the platform's transaction id.
 * - `REJECT`: the provider has not done it and will not. Final: neither repeat nor roll back.
 * - `UNCERTAIN`: not known. Ask (`roundResult`), or undo (`cancelBet`), until there is a final answer.
 * - `FATAL`: this call has done nothing, and none will before a person has acted (credentials, configuration).
 *
 * `sent` is false where this call surely did nothing: it was never on the wire, or was turned away at the door. It says nothing
 * of earlier calls of the same transaction.
 */
export type Outcome<T> =
  | ({ class: 'SUCCESS'; value: T } & Said)
  | ({ class: 'REJECT'; reason: RejectReason } & Said)
  | ({ class: 'UNCERTAIN'; sent: boolean } & Said)
  | ({ class: 'FATAL' } & Said)

export type OutcomeClass = Outcome<unknown>['class']

/** A game in a provider's own list. */
export interface ProviderGame {
  /** The provider's code of the game. */
  gameCode: string
  name: string
  category: string | null
  /** Return to player in units of 1/10000 of the stake: 9650 is 96.50 %. */
  rtp: number | null
  volatility: 'low' | 'medium' | 'high' | null
  features: readonly string[]
  status: 'active' | 'inactive' | 'maintenance'
  thumbnailUrl: string | null
}

export interface LaunchRequest extends Player {
  gameCode: string
  currency: string
  /** The platform's session, which the provider hands back where it calls the wallet. */
  sessionToken: string
  /** BCP 47. */
  language: string
  /** Where the game sends the player when he leaves it. */
  returnUrl: string | null
  ipAddress: string | null
  device: 'desktop' | 'mobile'
}

export interface Launch {
  url: string
  /** Epoch milliseconds after which the URL does not work any more; null where the provider does not say. */
  expiresAtMs: number | null
}

export interface BetRequest extends Player {
  /** The platform's id of the bet: the key of idempotency at the provider. */
  transactionId: string
  gameCode: string
  roundId: string
  stake: Money
  /** Of a free round, whose stake is 0. */
  campaignId: string | null
  /** When the bet was placed, epoch milliseconds. */
  placedAtMs: number
}

export interface BetPlaced {
  /** Whether the provider knew the bet already. */
  replayed: boolean
}

export interface RoundQuery extends Player {
  /** The bet that is asked for. */
  transactionId: string
  gameCode: string
  roundId: string
  currency: string
}

/** Money that a round gave the player. */
export interface ProviderWin {
  /** The provider's id of this movement, the same in callbacks and in answers to polling. */
  providerTransactionId: string
  amount: Money
  winType: 'STANDARD' | 'FREE_ROUND' | 'PROMOTIONAL' | 'BONUS' | 'JACKPOT' | 'TOURNAMENT'
}

/** A round as the provider has it in its books. */
export interface RoundState {
  /**
   * Of the bet that was asked for. `UNKNOWN` is not final: a bet that is under way may still arrive, and only `cancelBet` keeps
   * it out.
   */
  bet: 'ACCEPTED' | 'REJECTED' | 'CANCELLED' | 'UNKNOWN'
  round: 'OPEN' | 'CLOSED' | 'UNKNOWN'
  /** Of that bet. Complete where the round is closed. */
  wins: readonly ProviderWin[]
}

export interface CancelRequest extends RoundQuery {
  reason: string
}

export interface BetCancelled {
  /** `NEVER_PLACED`: the provider did not have it, and will refuse it should it still arrive. */
  was: 'PLACED' | 'NEVER_PLACED' | 'CANCELLED_BEFORE'
}

/** A request that came in, untouched. */
export interface RawRequest {
  /** The bytes that the signature is over. */
  body: Buffer
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  /** Path below the provider's own prefix: `/round-result`, `/bet`. */
  path: string
  receivedAtMs: number
}

interface CallbackBase extends Player {
  /** The provider's id of this message; the same in every repetition. */
  callbackId: string
  roundId: string
  currency: string
  occurredAtMs: number
}

/** What a provider tells the platform of its own accord. */
export type ProviderCallback =
  | (CallbackBase & {
      kind: 'ROUND_RESULT'
      gameCode: string
      /** The bet that the wins belong to. */
      betTransactionId: string
      /** Empty where the player lost. */
      wins: readonly ProviderWin[]
      closesRound: boolean
    })
  | (CallbackBase & {
      /** The provider gives the stake back. May come before the platform has booked the bet. */
      kind: 'BET_CANCELLED'
      betTransactionId: string
      providerTransactionId: string
    })

/** Why a callback is not believed. Nothing of it may be acted on. */
export type CallbackRefusal = 'BAD_SIGNATURE' | 'STALE' | 'MALFORMED' | 'NOT_SUPPORTED'

export type VerifiedCallback =
  { ok: true; callback: ProviderCallback } | { ok: false; refusal: CallbackRefusal; answer: HttpAnswer }

/** How the platform took a callback. */
export type CallbackResult =
  /** Stored; it will take effect exactly once. */
  | { took: 'ACCEPTED' | 'DUPLICATE' }
  /** It will never take effect: the provider must not send it again. */
  | { took: 'REFUSED'; code: string }
  /** The provider is to send it again. */
  | { took: 'LATER'; code: string }

export interface HttpAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** A provider behind its adapter. One instance per provider: breaker and bulkhead are its own. */
export interface GameAdapter {
  readonly providerId: string
  listGames(call: Call): Promise<Outcome<readonly ProviderGame[]>>
  launch(request: LaunchRequest, call: Call): Promise<Outcome<Launch>>
  placeBet(request: BetRequest, call: Call): Promise<Outcome<BetPlaced>>
  /** The round in the provider's books, by polling. */
  roundResult(query: RoundQuery, call: Call): Promise<Outcome<RoundState>>
  /** Undoes a bet, known to the provider or not. A REJECT for `BET_SETTLED` means that the bet stands. */
  cancelBet(request: CancelRequest, call: Call): Promise<Outcome<BetCancelled>>
  verifyCallback(request: RawRequest): VerifiedCallback
  /** What the provider is told of a callback that was verified. */
  answerCallback(result: CallbackResult): HttpAnswer
}

/** A provider that holds no stakes itself but calls the platform's wallet for each step. */
export interface SeamlessGameAdapter extends GameAdapter {
  /** Verifies one call, carries it out on the wallet and says it the provider's way. Rejects where the wallet's port does. */
  answerCall(request: RawRequest, wallet: WalletPort): Promise<HttpAnswer>
}

/** What a seamless provider's call comes to on the wallet. Ids are namespaced by the provider: `hub-demo:TRANSACTION`. */
export interface WalletOrder extends Player {
  type: 'BET' | 'WIN' | 'ROLLBACK'
  transactionIdPartner: string
  /** The bet, of a win or rollback. */
  referenceTransactionIdPartner: string | null
  currency: string
  /** Null of a rollback, which gives back what was staked. */
  amount: bigint | null
  gameCode: string | null
  roundId: string | null
  campaignId: string | null
  winType: ProviderWin['winType'] | null
  roundClosed: boolean
}

export type WalletOrderResult =
  | {
      kind: 'APPLIED'
      transactionId: string
      /** The id was known: the original result, and nothing moved. */
      replayed: boolean
      /** Spendable balance now. */
      balance: bigint
      /** Of a rollback: no bet stood behind it, so a tombstone was left. */
      unknownBet: boolean
    }
  | {
      kind: 'REJECTED'
      /** Of the catalogue of errors. */
      code: string
      replayed: boolean
      /** Null where there is no wallet. */
      balance: bigint | null
    }
  /** Not known in time: the provider is to ask again with the same id. */
  | { kind: 'PENDING' }

/** The session of a launch that a seamless provider names in its calls. */
export interface WalletSession extends Player {
  currency: string
  gameCode: string
  /** A bet needs a live session; wins and rollbacks never look at this. */
  expired: boolean
}

/** All that `answerCall` needs of the platform. */
export interface WalletPort {
  execute(order: WalletOrder): Promise<WalletOrderResult>
  /** Spendable balance, undefined where there is no wallet. */
  balance(player: Player, currency: string): Promise<bigint | undefined>
  /** Undefined for a token that was never given out. Tokens of ended sessions are remembered as expired. */
  resolveSession(token: string): Promise<WalletSession | undefined>
}
