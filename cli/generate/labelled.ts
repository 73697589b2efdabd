/**
 * Players whose behaviour is known: most behave normally, the others structure deposits, move money rapidly, jump in
 * frequency or change their hours. For measuring what the AML rules find; it knows nothing of them.
 */
import type { TextRow } from '../replay/columns.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'

export const LABELS = ['normal', 'structuring', 'rapid_movement', 'frequency_jump', 'hours_change'] as const
export type Label = (typeof LABELS)[number]

export interface LabelledOptions {
  seed: number
  normal: number
  /** Players of each other label. */
  each: number
  /** Midnight of the first day (epoch milliseconds, UTC). */
  startMs: number
  days: number
}

export interface LabelledPlayer {
  playerId: string
  label: Label
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const SECONDS_PER_DAY = 86_400
const CURRENCY = 'USD'
/** What banks and casinos have to report from. */
const REPORTED_FROM = 10_000
/** Days of ordinary life before anything happens, and days that are left for it to happen in. */
const ORDINARY_DAYS_MIN = 20
const RETURN_TO_PLAYER = 0.96
const HIT_RATE = 0.4

/** What a player is like. */
interface Habits {
  /** Usual stakes, the commonest first. */
  stakes: readonly [number, ...number[]]
  /** Sessions in a usual week. */
  sessionsPerWeek: number
  /** Hour of the day at which sessions begin on average, and how much it varies. */
  hour: number
  hourSpread: number
  betsPerSession: number
  deposit: number
}

function habitsOf(random: Random): Habits {
  const stake = random.pick([0.5, 1, 1, 2, 2, 5, 10])
  return {
    stakes: [stake, stake, stake * 2, stake * 5],
    sessionsPerWeek: 3 + 3 * random.next(),
    hour: 12 + 9 * random.next(),
    hourSpread: 1 + random.next(),
    betsPerSession: random.between(8, 30),
    deposit: Math.round(stake * random.between(20, 60)),
  }
}

/** The life of one player, row by row; times rise within what one method adds. */
class Life {
  readonly rows: { atMs: number; row: TextRow }[] = []
  readonly #playerId: string
  readonly #random: Random
  readonly #habits: Habits
  #balance = 0
  #ids = 0

  constructor(playerId: string, random: Random) {
    this.#playerId = playerId
    this.#random = random
    this.#habits = habitsOf(random)
  }

  #row(atMs: number, type: string, amount: number, round?: string): void {
    const row = {
      ts: new Date(atMs).toISOString(),
      player_id: this.#playerId,
      type,
      amount: amount.toFixed(2),
      currency: CURRENCY,
      game_id: round === undefined ? '' : 'slot-nile',
      round_id: round ?? '',
      transaction_id_partner: `${this.#playerId}-${++this.#ids}`,
    }
    this.rows.push({ atMs, row })
  }

  deposit(atMs: number, amount: number): void {
    this.#balance += amount
    this.#row(atMs, 'DEPOSIT', amount)
  }

  withdraw(atMs: number, amount: number): void {
    const taken = Math.min(amount, Math.floor(this.#balance))
    if (taken <= 0) return
    this.#balance -= taken
    this.#row(atMs, 'WITHDRAWAL', taken)
  }

  /** Bets of a stake until their number is reached or the balance is gone. Answers when the last was made. */
  play(fromMs: number, bets: number, stakeOf: () => number): number {
    let atMs = fromMs
    for (let bet = 0; bet < bets; bet++) {
      const stake = stakeOf()
      if (stake > this.#balance) break
      atMs += this.#random.between(15, 90) * 1_000
      const round = `${this.#playerId}-r${++this.#ids}`
      this.#balance -= stake
      this.#row(atMs, 'BET', stake, round)
      if (!this.#random.chance(HIT_RATE)) continue
      const win = Math.round(stake * this.#random.exponential(RETURN_TO_PLAYER / HIT_RATE) * 100) / 100
      if (win === 0) continue
      this.#balance += win
      this.#row(atMs + 2_000, 'WIN', win, round)
    }
    return atMs
  }

  /** An evening: pays in when low, plays, and takes out what is much. */
  session(dayMs: number, hour: number): void {
    const { stakes, betsPerSession, deposit } = this.#habits
    const startMs = dayMs + Math.floor(((((hour % 24) + 24) % 24) * SECONDS_PER_DAY) / 24) * 1_000
    if (this.#balance < deposit / 2) this.deposit(startMs, deposit * this.#random.between(1, 2))
    const bets = Math.max(3, Math.round(betsPerSession * (0.6 + 0.8 * this.#random.next())))
    const endMs = this.play(startMs + MINUTE_MS, bets, () => this.#random.pick(stakes))
    const rich = this.#balance > deposit * 6
    if (rich && this.#random.chance(0.5))
      this.withdraw(endMs + 5 * MINUTE_MS, Math.round(this.#balance * 0.7))
  }

  /** Usual days: sessions as often and at the hours as the player likes, now and then at another one. */
  ordinary(fromMs: number, days: number, shiftHours = 0): void {
    const { sessionsPerWeek, hour, hourSpread } = this.#habits
    for (let day = 0; day < days; day++) {
      if (!this.#random.chance(sessionsPerWeek / 7)) continue
      const odd = this.#random.chance(0.03)
      const usual = hour + shiftHours + hourSpread * this.#random.normal()
      this.session(fromMs + day * DAY_MS, odd ? 24 * this.#random.next() : usual)
    }
  }

  /** Many amounts just under what is reported, within a day or two, paid in and mostly taken out later. */
  structure(dayMs: number): void {
    const twoDays = this.#random.chance(0.4)
    const count = twoDays ? this.#random.between(4, 6) : this.#random.between(3, 5)
    const spanMs = (twoDays ? 40 : 18) * HOUR_MS
    const times = Array.from({ length: count }, () => this.#random.next() * spanMs).toSorted((a, b) => a - b)
    let atMs = dayMs
    for (const time of times) {
      atMs = dayMs + Math.floor(time)
      this.deposit(atMs, Math.round(REPORTED_FROM * (0.82 + 0.17 * this.#random.next())))
    }
    this.play(atMs + HOUR_MS, 20, () => 50)
  }

  /** Pays in much, plays little, and takes nearly all of it out within hours. */
  moveRapidly(dayMs: number): void {
    const amount = this.#random.between(800, 7_000)
    const startMs = dayMs + this.#random.between(8, 20) * HOUR_MS
    this.deposit(startMs, amount)
    this.play(startMs + 10 * MINUTE_MS, this.#random.between(0, 4), () => amount / 50)
    const leftMs = startMs + HOUR_MS + Math.floor(this.#random.next() * 12) * HOUR_MS
    this.withdraw(leftMs, Math.round(amount * (0.88 + 0.1 * this.#random.next())))
  }

  /** Days of play from morning to night. */
  binge(dayMs: number, days: number): void {
    for (let day = 0; day < days; day++)
      for (let session = 0; session < 8; session++) this.session(dayMs + day * DAY_MS, 8 + session * 2)
  }

  /** Every day at hours that are not the player's. */
  shifted(dayMs: number, days: number): void {
    const { hour } = this.#habits
    for (let day = 0; day < days; day++) this.session(dayMs + day * DAY_MS, hour + 11)
  }
}

function lifeOf(playerId: string, label: Label, { startMs, days }: LabelledOptions, random: Random): Life {
  const life = new Life(playerId, random)
  const turn =
    label === 'normal' ? days : random.between(ORDINARY_DAYS_MIN, Math.max(ORDINARY_DAYS_MIN, days - 6))
  const turnMs = startMs + turn * DAY_MS
  life.ordinary(startMs, turn)
  if (label === 'structuring') life.structure(turnMs)
  if (label === 'rapid_movement') life.moveRapidly(turnMs)
  if (label === 'frequency_jump') life.binge(turnMs, 2)
  if (label === 'hours_change') life.shifted(turnMs, 5)
  return life
}

/** Who there is, with labels. */
export function labelledPlayers({ seed, normal, each }: LabelledOptions): LabelledPlayer[] {
  return LABELS.flatMap((label) =>
    Array.from({ length: label === 'normal' ? normal : each }, (_, at) => ({
      playerId: `l${seed}-${label.replaceAll('_', '-')}-${at + 1}`,
      label,
    })),
  )
}

/** All rows in order of time: the same for the same options. Held in memory: some 200 bytes a row. */
export function labelledRows(options: LabelledOptions): TextRow[] {
  const random = createRandom(options.seed)
  const lives = labelledPlayers(options).map(({ playerId, label }) =>
    lifeOf(playerId, label, options, random),
  )
  return lives
    .flatMap(({ rows }) => rows)
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ row }) => row)
}
