/**
 * The simulation behind a generated sample. Players come for sessions with the rhythm of the day, pay in when they
 * run low, play a few games at stakes that they repeat, and sometimes take money out. Partners' systems do what they do
 * in practice: they repeat requests, roll bets back, and now and then send the rollback before its bet.
 */
import { formatAmountShort } from '../../domain/money.ts'
import type { TextRow } from '../replay/columns.ts'
import type { Random } from './random.ts'
import { createRandom } from './random.ts'
import { Schedule } from './schedule.ts'
import { createPlayers, dayRhythm, inSteps } from './world.ts'
import type { Game, Player } from './world.ts'

export interface SampleOptions {
  seed: number
  players: number
  events: number
  /** Event time of the first row at the earliest (epoch milliseconds). */
  startMs: number
  /** About how long a time the events span. */
  days: number
}

/** How often things happen, per round played unless said otherwise. */
const ODDS = {
  freeRound: 0.01,
  rollback: 0.006,
  rollbackFirst: 0.003,
  repeated: 0.006,
  /** Of bets without cover: played all the same instead of paying in first. */
  uncovered: 0.12,
  /** Per session that ends well. */
  withdrawal: 0.35,
  /** Per session: a correction by the partner's support. */
  adjustment: 0.01,
  quit: 1 / 22,
}

const SECOND_MS = 1_000
const DAY_MS = 86_400_000
/** Rows per session, about: sets how many sessions make the wanted number of events. */
const ROWS_PER_SESSION = 34
/** A deposit is this many usual stakes. */
const DEPOSIT_STAKES = [20, 40, 50, 100] as const
/** A player who leaves with more than this many usual stakes thinks of a withdrawal. */
const RICH_STAKES = 80n

interface Actor extends Player {
  balance: bigint
}

type Step = (atMs: number) => void

/** The rows of a sample in order of time: the same for the same options. */
export function* sampleRows(options: SampleOptions): Generator<TextRow> {
  const world = new World(options)
  for (let count = 0; count < options.events;) {
    for (const row of world.advance()) {
      yield row
      if (++count === options.events) return
    }
  }
}

class World {
  readonly #random: Random
  readonly #schedule = new Schedule<Step>()
  readonly #sessionGapMs: (actor: Actor) => number
  readonly #prefix: string
  #rows: TextRow[] = []
  #ids = 0
  #rounds = 0

  constructor({ seed, players, events, startMs, days }: SampleOptions) {
    this.#random = createRandom(seed)
    this.#prefix = `s${seed}`
    const sessions = Math.max(1, events / ROWS_PER_SESSION)
    this.#sessionGapMs = (actor) => (days * DAY_MS) / (sessions * actor.share)
    for (const player of createPlayers(this.#random, seed, players))
      this.#expect({ ...player, balance: 0n }, startMs)
  }

  /** Lets the next thing happen and returns the rows that it made. */
  advance(): TextRow[] {
    this.#rows = []
    const next = this.#schedule.take()
    next?.item(next.atMs)
    return this.#rows
  }

  /** Puts the player's next session on the schedule; unlikely hours are drawn again. */
  #expect(actor: Actor, afterMs: number): void {
    let atMs = afterMs
    do atMs += Math.ceil(this.#random.exponential(this.#sessionGapMs(actor) * 0.55))
    while (!this.#random.chance(dayRhythm(atMs)))
    this.#schedule.add(atMs, (now) => this.#arrive(actor, now))
  }

  #arrive(actor: Actor, now: number): void {
    if (this.#random.chance(ODDS.adjustment) && actor.balance > 0n) this.#adjust(actor, now)
    const game = this.#random.pick(actor.games)
    this.#soon(now, 2, 20, (at) => this.#play(actor, game, at))
  }

  #play(actor: Actor, game: Game, now: number): void {
    const random = this.#random
    const stake = random.chance(0.7) ? actor.stakes[0] : random.pick(actor.stakes)
    if (random.chance(ODDS.freeRound) && actor.balance > 0n) this.#freeRound(actor, game, now)
    else if (actor.balance >= stake) this.#bet(actor, game, stake, now)
    else if (actor.balance > 0n && random.chance(ODDS.uncovered)) this.#betRow(actor, game, stake, now)
    else this.#deposit(actor, now)
    if (random.chance(ODDS.quit)) this.#leave(actor, now)
    else this.#soon(now, 4, 18, (at) => this.#play(actor, game, at))
  }

  #leave(actor: Actor, now: number): void {
    if (actor.balance > actor.stakes[0] * RICH_STAKES && this.#random.chance(ODDS.withdrawal))
      this.#soon(now, 30, 300, (at) => this.#withdraw(actor, at))
    this.#expect(actor, now)
  }

  #deposit(actor: Actor, now: number): void {
    const amount = actor.stakes[0] * BigInt(this.#random.pick(DEPOSIT_STAKES))
    actor.balance += amount
    this.#emit(actor, now, { type: 'DEPOSIT', amount })
  }

  #withdraw(actor: Actor, now: number): void {
    const amount = inSteps(Number(actor.balance) * (0.3 + 0.6 * this.#random.next()), actor.money)
    if (amount > actor.balance) return
    actor.balance -= amount
    this.#emit(actor, now, { type: 'WITHDRAWAL', amount })
  }

  #adjust(actor: Actor, now: number): void {
    const credit = this.#random.chance(0.7)
    const amount = credit || actor.balance < actor.stakes[0] ? actor.stakes[0] : -actor.stakes[0]
    actor.balance += amount
    this.#emit(actor, now, { type: 'ADJUSTMENT', amount })
  }

  #betRow(actor: Actor, game: Game, amount: bigint, now: number, campaign?: string): RoundOf {
    const round = { game_id: game.gameId, round_id: `${this.#prefix}-r${++this.#rounds}` }
    const campaignId = campaign === undefined ? {} : { campaign_id: campaign }
    return { ...round, bet: this.#emit(actor, now, { type: 'BET', amount, ...round, ...campaignId }) }
  }

  #bet(actor: Actor, game: Game, stake: bigint, now: number): void {
    if (this.#random.chance(ODDS.rollbackFirst)) return this.#rollbackBeforeBet(actor, game, stake, now)
    const round = this.#betRow(actor, game, stake, now)
    actor.balance -= stake
    if (this.#random.chance(ODDS.rollback))
      this.#soon(now, 1, 6, (at) => {
        actor.balance += stake
        this.#emit(actor, at, {
          type: 'ROLLBACK',
          game_id: round.game_id,
          round_id: round.round_id,
          of: round.bet,
        })
      })
    else this.#soon(now, 1, 3, (at) => this.#settle(actor, game, stake, round, at))
  }

  /** The partner gave a bet up before it had sent it: the late bet is refused, and no money moves. */
  #rollbackBeforeBet(actor: Actor, game: Game, amount: bigint, now: number): void {
    const round = { game_id: game.gameId, round_id: `${this.#prefix}-r${++this.#rounds}` }
    const bet = this.#nextId('b')
    this.#emit(actor, now, { type: 'ROLLBACK', ...round, of: bet })
    this.#soon(now, 1, 3, (at) => this.#emit(actor, at, { type: 'BET', amount, ...round, id: bet }))
  }

  #settle(actor: Actor, game: Game, stake: bigint, { bet, ...round }: RoundOf, now: number): void {
    const won = this.#random.chance(game.hitRate)
    if (!won && !game.reportsLosses) return
    const amount = won ? this.#winOf(actor, game, stake) : 0n
    actor.balance += amount
    this.#emit(actor, now, { type: 'WIN', amount, ...round, of: bet, round_closed: 'true' })
  }

  /** Wins of a hit are exponential around the mean that the game's return asks for. */
  #winOf(actor: Actor, game: Game, stake: bigint): bigint {
    return inSteps(
      (Number(stake) * this.#random.exponential(1) * game.returnToPlayer) / game.hitRate,
      actor.money,
    )
  }

  #freeRound(actor: Actor, game: Game, now: number): void {
    const campaign = `${this.#prefix}-welcome`
    const { bet, ...round } = this.#betRow(actor, game, 0n, now, campaign)
    const amount = this.#random.chance(game.hitRate) ? this.#winOf(actor, game, actor.stakes[0]) : 0n
    this.#soon(now, 1, 3, (at) => {
      actor.balance += amount
      const win = { win_type: 'FREE_ROUND', campaign_id: campaign, round_closed: 'true' }
      this.#emit(actor, at, { type: 'WIN', amount, ...round, of: bet, ...win })
    })
  }

  /** Writes the row, and sometimes once more a little later, as a partner does that saw no answer. Returns its id. */
  #emit(actor: Actor, now: number, { amount, of, id, ...fields }: Emitted): string {
    const transactionId = id ?? this.#nextId(fields.type.slice(0, 1).toLowerCase())
    const row: TextRow = {
      ...fields,
      player_id: actor.playerId,
      amount: amount === undefined ? '' : formatAmountShort(amount),
      currency: actor.money.currency,
      transaction_id_partner: transactionId,
      reference_transaction_id_partner: of ?? '',
      ip: actor.ip,
      country: actor.country,
    }
    const write = (at: number): unknown => this.#rows.push({ ...row, ts: new Date(at).toISOString() })
    write(now)
    if (this.#random.chance(ODDS.repeated)) this.#soon(now, 1, 30, write)
    return transactionId
  }

  #nextId(kind: string): string {
    return `${this.#prefix}-${kind}${++this.#ids}`
  }

  #soon(now: number, fromSeconds: number, toSeconds: number, step: Step): void {
    this.#schedule.add(now + this.#random.between(fromSeconds * SECOND_MS, toSeconds * SECOND_MS), step)
  }
}

interface RoundOf {
  game_id: string
  round_id: string
  bet: string
}

type Emitted = Omit<TextRow, 'amount' | 'type'> & {
  type: string
  amount?: bigint
  /** Id of the bet that is meant. */
  of?: string
  /** The row's own id, where it was given away before. */
  id?: string
}
