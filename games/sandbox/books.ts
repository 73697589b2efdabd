/**
 * The sandbox's own books: bets, wins and refunds by round, in its own form, as a provider keeps them. In memory: they end with the
 * process.
 */
import { randomUUID } from 'node:crypto'
import { ROUNDS_MAX } from './limits.ts'

export type BetState = 'ACCEPTED' | 'REFUSED' | 'VOID'

export interface Bet {
  readonly betRef: string
  readonly ocRef: string
  readonly stake: bigint
  state: BetState
  /** Undefined until it has its result. */
  win: Win | undefined
  settled: boolean
}

export interface Win {
  readonly ocRef: string
  readonly amount: bigint
}

/** Names a round of one player in one currency. */
export interface RoundId {
  player: string
  round: string
  currency: string
}

export interface Round extends RoundId {
  readonly game: string
  readonly openedAtMs: number
  readonly bets: Bet[]
  done: boolean
}

export interface Stake extends RoundId {
  betRef: string
  game: string
  amount: bigint
}

export type Placed =
  | { kind: 'ACCEPTED'; bet: Bet; round: Round; duplicate: boolean }
  | { kind: 'E_BET_VOID' | 'E_REF_USED' | 'E_ROUND_DONE' | 'E_REFUSED' }

export type Voided =
  | { kind: 'VOID'; bet: Bet; previous: 'ACCEPTED' | 'NONE' | 'VOID' }
  | { kind: 'E_BET_SETTLED' | 'E_REF_USED' }

/** Sums of a round, in the books' unit. */
export interface RoundSums {
  bets: bigint
  wins: bigint
  refunded: bigint
}

export const sumsOf = ({ bets }: Pick<Round, 'bets'>): RoundSums => {
  const sums: RoundSums = { bets: 0n, wins: 0n, refunded: 0n }
  for (const { state, stake, win } of bets) {
    if (state === 'REFUSED') continue
    sums.bets += stake
    sums.wins += win?.amount ?? 0n
    if (state === 'VOID') sums.refunded += stake
  }
  return sums
}

const keyOf = ({ player, round, currency }: RoundId): string => JSON.stringify([player, round, currency])
const newRef = (): string => `oc-${randomUUID()}`

export class Books {
  readonly #rounds = new Map<string, Round>()
  /** By the platform's id, with the round that it belongs to. */
  readonly #bets = new Map<string, { bet: Bet; round: Round }>()

  #roundOf(id: RoundId, game: string, nowMs: number): Round {
    const key = keyOf(id)
    const known = this.#rounds.get(key)
    if (known !== undefined) return known
    const { player, round, currency } = id
    const opened: Round = { player, round, currency, game, openedAtMs: nowMs, bets: [], done: false }
    this.#rounds.set(key, opened)
    return opened
  }

  #add(round: Round, betRef: string, stake: bigint, state: BetState): Bet {
    const bet: Bet = { betRef, ocRef: newRef(), stake, state, win: undefined, settled: false }
    round.bets.push(bet)
    this.#bets.set(betRef, { bet, round })
    return bet
  }

  /** Takes a bet once, whatever it is sent. */
  place(stake: Stake, nowMs: number): Placed {
    const known = this.#bets.get(stake.betRef)
    if (known !== undefined) {
      const { bet, round } = known
      if (keyOf(round) !== keyOf(stake)) return { kind: 'E_REF_USED' }
      if (bet.state === 'VOID') return { kind: 'E_BET_VOID' }
      if (bet.state === 'REFUSED') return { kind: 'E_REFUSED' }
      return bet.stake === stake.amount
        ? { kind: 'ACCEPTED', bet, round, duplicate: true }
        : { kind: 'E_REF_USED' }
    }
    if (this.#rounds.get(keyOf(stake))?.done === true) return { kind: 'E_ROUND_DONE' }
    if (this.#rounds.size >= ROUNDS_MAX) return { kind: 'E_REFUSED' }
    const round = this.#roundOf(stake, stake.game, nowMs)
    const bet = this.#add(round, stake.betRef, stake.amount, 'ACCEPTED')
    return { kind: 'ACCEPTED', bet, round, duplicate: false }
  }

  /** Remembers that a bet was refused: the same bet later is refused too. */
  refuse(stake: Stake, nowMs: number): void {
    if (!this.#bets.has(stake.betRef))
      this.#add(this.#roundOf(stake, stake.game, nowMs), stake.betRef, stake.amount, 'REFUSED')
  }

  /** Gives a stake back, once. A bet that never came is kept out for good. */
  void(id: RoundId & { betRef: string; game: string }, nowMs: number): Voided {
    const known = this.#bets.get(id.betRef)
    if (known === undefined) {
      const bet = this.#add(this.#roundOf(id, id.game, nowMs), id.betRef, 0n, 'VOID')
      return { kind: 'VOID', bet, previous: 'NONE' }
    }
    const { bet, round } = known
    if (keyOf(round) !== keyOf(id)) return { kind: 'E_REF_USED' }
    if (bet.settled) return { kind: 'E_BET_SETTLED' }
    const previous = bet.state === 'VOID' ? 'VOID' : bet.state === 'REFUSED' ? 'NONE' : 'ACCEPTED'
    if (bet.state === 'ACCEPTED') bet.state = 'VOID'
    return { kind: 'VOID', bet, previous }
  }

  /** Writes a bet's result down, once. Undefined where it was given back meanwhile. */
  settle(betRef: string, amount: bigint): { bet: Bet; round: Round } | undefined {
    const known = this.#bets.get(betRef)
    if (known === undefined || known.bet.state !== 'ACCEPTED') return undefined
    const { bet, round } = known
    if (!bet.settled) {
      bet.settled = true
      if (amount > 0n) bet.win = { ocRef: newRef(), amount }
      round.done = round.bets.every((each) => each.settled || each.state !== 'ACCEPTED')
    }
    return known
  }

  round(id: RoundId): Round | undefined {
    return this.#rounds.get(keyOf(id))
  }

  bet(betRef: string): Bet | undefined {
    return this.#bets.get(betRef)?.bet
  }

  /** All rounds, in the order in which they were opened. */
  rounds(): IterableIterator<Round> {
    return this.#rounds.values()
  }

  get size(): number {
    return this.#rounds.size
  }
}
