/** What follows a bet that the sandbox took: its result after a while, and the callback that tells of it. */
import { localTime } from '../ocasino/wire.ts'
import type { Bet, Books, Round, RoundId } from './books.ts'
import type { CallbackSender } from './callbacks.ts'
import { winOf } from './chance.ts'
import type { Chance } from './chance.ts'
import type { Fault } from './faults.ts'
import type { Settings } from './settings.ts'

export interface ResultParts {
  books: Books
  callbacks: CallbackSender
  chance: Chance
  settings: Settings
}

const winsOf = ({ win, stake }: Bet): object[] =>
  win === undefined
    ? []
    : [{ oc_ref: win.ocRef, amount: win.amount.toString(), kind: stake === 0n ? 'FREE' : 'NORMAL' }]

/** A bet as polling is answered. */
export const roundView = (round: Round | undefined, bet: Bet | undefined, name: string): object => ({
  round: name,
  state: round === undefined ? 'NONE' : round.done ? 'DONE' : 'OPEN',
  bet: bet?.state ?? 'NONE',
  wins: bet === undefined ? [] : winsOf(bet),
})

const orderOf = ({ player, round, currency }: RoundId): string => JSON.stringify([player, round, currency])

const base = ({ player, round, currency }: RoundId, bet: Bet): object => ({
  player,
  round,
  currency,
  bet_ref: bet.betRef,
  at: localTime(Date.now()),
})

const resultBody = (round: Round, bet: Bet, done: boolean): object => ({
  ...base(round, bet),
  event: 'ROUND_RESULT',
  message_id: `result-${bet.ocRef}`,
  game: round.game,
  wins: winsOf(bet),
  done,
})

const voidBody = (round: RoundId, bet: Bet): object => ({
  ...base(round, bet),
  event: 'BET_VOID',
  message_id: `void-${bet.ocRef}`,
  oc_ref: `void-${bet.ocRef}`,
})

/** The same result with a hundredfold win, as somebody would send it who does not have the secret. */
const forgedBody = (round: Round, bet: Bet): object => ({
  ...base(round, bet),
  event: 'ROUND_RESULT',
  message_id: `forged-${bet.ocRef}`,
  game: round.game,
  wins: [{ oc_ref: `forged-${bet.ocRef}`, amount: ((bet.stake + 1n) * 100n).toString(), kind: 'NORMAL' }],
  done: true,
})

export class Results {
  readonly #parts: ResultParts
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(parts: ResultParts) {
    this.#parts = parts
  }

  /** Bets whose result is still to come. */
  get due(): number {
    return this.#timers.size
  }

  /** Settles a bet and tells of it; resolves when the platform has taken the result. */
  async #settle(betRef: string, fault: Fault | undefined): Promise<void> {
    const { books, callbacks, chance, settings } = this.#parts
    const settled = books.settle(betRef, winOf(chance, betRef, books.bet(betRef)?.stake ?? 0n))
    if (settled === undefined) return
    const { bet, round } = settled
    const order = orderOf(round)
    if (fault === 'callback-lost') return
    if (fault === 'bad-signature') await callbacks.forge(forgedBody(round, bet))
    const body = resultBody(round, bet, round.done)
    const sent = callbacks.send(order, body, fault === 'callback-late' ? settings.late_callback_ms : 0)
    await (fault === 'callback-twice' ? Promise.all([sent, callbacks.send(order, body)]) : sent)
  }

  async #void(round: Round, bet: Bet): Promise<void> {
    const { books, callbacks } = this.#parts
    const voided = books.void({ ...round, betRef: bet.betRef }, Date.now())
    if (voided.kind === 'VOID') await callbacks.send(orderOf(round), voidBody(round, bet))
  }

  /**
   * Brings about the result of a bet that was just taken. Where it is to come before the answer to the bet, that is waited for, but
   * not longer than a slow answer takes: the platform may want the answer first.
   */
  async follow(round: Round, bet: Bet, fault: Fault | undefined): Promise<void> {
    const { settings } = this.#parts
    if (fault === 'rollback-first') return this.#noLonger(this.#void(round, bet))
    if (fault === 'callback-first') return this.#noLonger(this.#settle(bet.betRef, undefined))
    this.#later(settings.result_delay_ms, () =>
      fault === 'void-after' ? this.#void(round, bet) : this.#settle(bet.betRef, fault),
    )
  }

  #noLonger(done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#parts.settings.slow_ms)
      void done.finally(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #later(ms: number, run: () => Promise<void>): void {
    const timer = setTimeout(() => {
      void run().finally(() => this.#timers.delete(timer))
    }, ms)
    this.#timers.add(timer)
  }

  /** Results that are due are never told: the books end with the process too. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
