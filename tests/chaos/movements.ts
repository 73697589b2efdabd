/** What the partners ask for: bets of many players, wins and rollbacks of those bets, deposits and withdrawals. */
import type { Random } from '../simulator/random.ts'
import type { MovementType } from './history.ts'

export interface Movement {
  type: MovementType
  playerId: string
  transactionIdPartner: string
  body: Record<string, string | number | boolean>
}

interface OpenBet {
  transactionIdPartner: string
  roundId: string
}

const CURRENCY = 'EUR'
const GAME_ID = 'chaos'
const OPENING_AMOUNT = 500
/** More than any player has: its bet is rejected. */
const TOO_LARGE_AMOUNT = 100_000

export class Movements {
  readonly #random: Random
  readonly #prefix: string
  readonly #openBets = new Map<string, OpenBet[]>()
  #next = 0

  /** `prefix` begins the partner's ids, so that no two runs share one. */
  constructor(random: Random, prefix: string) {
    this.#random = random
    this.#prefix = prefix
  }

  /** The deposit that opens a wallet. */
  opening(playerId: string): Movement {
    return this.#movement('DEPOSIT', playerId, { amount: OPENING_AMOUNT })
  }

  /** A player's next movement: half of them bets, whose rounds are won or rolled back later. */
  next(playerId: string): Movement {
    const random = this.#random
    const kind = random.below(10)
    if (kind < 1) return this.#movement('DEPOSIT', playerId, { amount: 1 + random.below(20) })
    if (kind < 2) return this.#movement('WITHDRAWAL', playerId, { amount: 1 + random.below(5) })
    const bets = this.#openBets.get(playerId) ?? []
    if (kind < 5 && bets.length > 0) {
      const [bet] = bets.splice(random.below(bets.length), 1)
      if (bet !== undefined) return kind < 4 ? this.#win(playerId, bet) : this.#rollback(playerId, bet)
    }
    const amount = random.oneIn(20) ? TOO_LARGE_AMOUNT : 1 + random.below(9)
    return this.#movement('BET', playerId, { amount, game_id: GAME_ID, round_id: `round-${this.#next}` })
  }

  /** An acknowledged bet can be won or rolled back from now on. */
  acknowledged({ type, playerId, transactionIdPartner, body }: Movement): void {
    if (type !== 'BET') return
    const bets = this.#openBets.get(playerId) ?? []
    this.#openBets.set(playerId, bets)
    bets.push({ transactionIdPartner, roundId: String(body['round_id']) })
  }

  #win(playerId: string, bet: OpenBet): Movement {
    return this.#movement('WIN', playerId, {
      amount: 1 + this.#random.below(20),
      game_id: GAME_ID,
      round_id: bet.roundId,
      round_closed: true,
      reference_transaction_id_partner: bet.transactionIdPartner,
    })
  }

  #rollback(playerId: string, { transactionIdPartner }: OpenBet): Movement {
    return this.#movement('ROLLBACK', playerId, { reference_transaction_id_partner: transactionIdPartner })
  }

  #movement(type: MovementType, playerId: string, fields: Movement['body']): Movement {
    const transactionIdPartner = `${this.#prefix}-${this.#next++}`
    const body = { currency: CURRENCY, transaction_id_partner: transactionIdPartner, ...fields }
    return { type, playerId, transactionIdPartner, body }
  }
}
