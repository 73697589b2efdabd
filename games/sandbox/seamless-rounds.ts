/**
 * Plays rounds on a seamless wallet and keeps books of them. What is in doubt is undone: a bet without a final answer is rolled back
 * until there is one, a win is sent until it is taken.
 */
import { randomUUID } from 'node:crypto'
import { ExponentialBackoff, handleType, retry } from 'cockatiel'
import { z } from 'zod'
import { PROVIDER_ID_CHARS_MAX } from '../../domain/game-provider.ts'
import { fromScaled, toScaled } from '../scaled-amount.ts'
import type { Bet, Books, Round } from './books.ts'
import { winOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { PLAYED_ROUNDS_MAX, TRIES_MAX, TRY_PAUSE_MS, TRY_PAUSE_MS_MAX } from './limits.ts'
import { isFinal } from './seamless-client.ts'
import type { SeamlessClient, WalletAnswer } from './seamless-client.ts'
import type { Operation } from '../seamless/wire.ts'

/** How a round may go wrong. */
const TWISTS = ['bet-twice', 'win-twice', 'rollback-first', 'rollback-after', 'bad-signature'] as const
type Twist = (typeof TWISTS)[number]

export const playRequest = z.strictObject({
  token: z.string().min(1),
  rounds: z.number().int().min(1).max(PLAYED_ROUNDS_MAX),
  /** Decimal of the currency. */
  stake: z.string().regex(/^\d{1,12}(\.\d{1,2})?$/),
  game: z.string().min(1).default('sw-starlight-reels'),
  /** Of the rounds in which something goes wrong. */
  twisted: z.number().min(0).max(1).default(0),
  /** Makes the rounds' ids; the same again are the same rounds. */
  series: z
    .string()
    .min(1)
    .max(PROVIDER_ID_CHARS_MAX)
    .default(() => randomUUID()),
})

export interface Played {
  rounds: number
  won: number
  lost: number
  refused: number
  rolledBack: number
  /** Rounds by what went wrong in them. */
  twisted: Record<string, number>
  /** What the wallet should have refused and did not, and the like. */
  faults: string[]
}

export interface RoundsParts {
  client: SeamlessClient
  books: Books
  chance: Chance
  exponent: number
}

/** Answers to a win that is in the wallet: one whose answer was lost is there already when it comes again. */
const TAKEN: ReadonlySet<string> = new Set(['OK', 'ERROR_DUPLICATE'])

class NotFinalError extends Error {
  override name = 'NotFinalError'
}

const PATIENCE = retry(handleType(NotFinalError), {
  maxAttempts: TRIES_MAX,
  backoff: new ExponentialBackoff({ initialDelay: TRY_PAUSE_MS, maxDelay: TRY_PAUSE_MS_MAX }),
}).dangerouslyUnref()

interface Seat {
  token: string
  player: string
  currency: string
  game: string
}

const CENTS = 2

/** A stake as its request says it, at an exponent. */
const stakeAt = (decimal: string, exponent: number): bigint => {
  const [whole = '0', fraction = ''] = decimal.split('.')
  const units = fromScaled(`${BigInt(whole + fraction.padEnd(CENTS, '0'))}`, CENTS) ?? 0n
  return BigInt(toScaled(units, exponent) ?? '0')
}

export class SeamlessRounds {
  readonly #parts: RoundsParts

  constructor(parts: RoundsParts) {
    this.#parts = parts
  }

  /** The same call until the wallet has said its final word. Rejects when a day of tries is over. */
  #untilFinal(operation: Operation, body: object): Promise<WalletAnswer> {
    return PATIENCE.execute(async () => {
      const result = await this.#parts.client.call(operation, body)
      if (!isFinal(result)) throw new NotFinalError(operation)
      return result
    })
  }

  /** Rejects with why, where the token opens no session. */
  async play(asked: z.output<typeof playRequest>): Promise<Played> {
    const { client, chance, exponent } = this.#parts
    const { token, game, series } = asked
    const opened = await client.call('authenticate', { request_id: randomUUID(), token })
    if (opened.kind === 'FAILED' || opened.status !== 'OK')
      throw new Error(`the token opens no session: ${opened.kind === 'FAILED' ? opened.code : opened.status}`)
    const { player = '', currency = '' } = opened.fields
    const seat: Seat = { token, player, currency, game }
    const played: Played = {
      rounds: 0,
      won: 0,
      lost: 0,
      refused: 0,
      rolledBack: 0,
      twisted: {},
      faults: [],
    }
    const stake = stakeAt(asked.stake, exponent)
    for (let at = 0; at < asked.rounds; at++) {
      const round = `${series}-${at}`
      const isTwisted = chance('twisted', round) < asked.twisted
      const twist = isTwisted ? TWISTS[Math.floor(chance('twist', round) * TWISTS.length)] : undefined
      if (twist !== undefined) played.twisted[twist] = (played.twisted[twist] ?? 0) + 1
      await this.#playOne(seat, round, stake, twist, played)
      played.rounds++
    }
    return played
  }

  async #playOne(
    seat: Seat,
    round: string,
    stake: bigint,
    twist: Twist | undefined,
    played: Played,
  ): Promise<void> {
    const { client, books } = this.#parts
    const { player, currency, game, token } = seat
    const betRef = `${round}-bet`
    const id = { player, currency, round }
    const common = { request_id: randomUUID(), player, currency, round }
    const betBody = { ...common, transaction_id: betRef, token, game, amount: stake }
    const rollbackBody = { ...common, transaction_id: `${round}-rollback`, bet_transaction_id: betRef }

    if (twist === 'rollback-first') await this.#untilFinal('rollback', rollbackBody)
    if (twist === 'bad-signature') await this.#forge(betBody, played)
    const bet = await client.call('bet', betBody)
    if (twist === 'bet-twice') await client.call('bet', { ...betBody, request_id: randomUUID() })
    if (twist === 'rollback-first') {
      // By profile the late bet is refused, or taken without a movement: nothing to keep books of either way.
      played.rolledBack++
      return
    }
    if (!isFinal(bet)) {
      await this.#untilFinal('rollback', rollbackBody)
      played.rolledBack++
      return
    }
    if (bet.status !== 'OK') {
      played.refused++
      return
    }
    const placed = books.place({ ...id, betRef, game, amount: stake }, Date.now())
    if (placed.kind !== 'ACCEPTED') return
    if (twist === 'rollback-after') {
      books.void({ ...id, betRef, game }, Date.now())
      await this.#untilFinal('rollback', rollbackBody)
      played.rolledBack++
      return
    }
    await this.#finish(seat, placed.round, placed.bet, twist, played)
  }

  async #finish(
    { game }: Seat,
    round: Round,
    { betRef, stake }: Bet,
    twist: Twist | undefined,
    played: Played,
  ): Promise<void> {
    const { books, chance } = this.#parts
    const amount = winOf(chance, betRef, stake)
    books.settle(betRef, amount)
    const body = {
      request_id: randomUUID(),
      transaction_id: `${round.round}-win`,
      bet_transaction_id: betRef,
      player: round.player,
      currency: round.currency,
      round: round.round,
      game,
      amount,
      round_closed: true,
    }
    const ended = await this.#untilFinal('win', body)
    if (twist === 'win-twice') await this.#untilFinal('win', { ...body, request_id: randomUUID() })
    if (!TAKEN.has(ended.status)) played.faults.push(`the win of ${round.round} was answered ${ended.status}`)
    if (amount > 0n) played.won++
    else played.lost++
  }

  async #forge(betBody: { amount: bigint; transaction_id: string }, played: Played): Promise<void> {
    const { client } = this.#parts
    const body = Buffer.from(
      JSON.stringify({
        ...betBody,
        amount: Number(betBody.amount),
        transaction_id: `forged-${randomUUID()}`,
      }),
    )
    const answered = await client.raw('bet', body, client.sign(Buffer.from('something else')))
    if (answered.kind === 'ANSWERED' && answered.httpStatus !== 401)
      played.faults.push(
        `a bet under a wrong signature was answered ${answered.httpStatus} ${answered.status}`,
      )
  }
}
