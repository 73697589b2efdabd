/**
 * Partners that play: movements at an even rate over players of every partition, each sent again under its id until an
 * answer decides it, as partners do. What they saw is the history.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { partitionOfKey } from '../../topics/partitioner.ts'
import { playerKey } from '../../domain/ids.ts'
import type { Random } from '../simulator/random.ts'
import type { Operation, Outcome } from './history.ts'
import { Movements } from './movements.ts'
import type { Movement } from './movements.ts'
import type { Answer } from './partner-api.ts'

export interface ClientOptions {
  /** Sends a movement once, over whatever way. */
  send: (movement: Movement) => Promise<Answer>
  partnerId: string
  /** Partitions of wallet.command: the movements go to each in turn. */
  partitions: number
  /** First part of players' and movements' ids, so that no two runs share one. */
  prefix: string
  perSecond: number
  random: Random
}

const PLAYERS_PER_PARTITION = 10
/** Sendings of one movement, and the least pause between two, in milliseconds. */
const TRIES_MAX = 8
const RETRY_MS = 250
/** Movements under way at once; more wait, and a long gap of one partition then shows in the others too. */
const IN_FLIGHT_MAX = 400
/** One movement in so many is sent again although it was decided: the answer must be the same. */
const REPEAT_EVERY = 10

export class Clients {
  readonly operations: Operation[] = []
  /** Answers that differ from the first one under the same id; there must be none. */
  readonly contradictions: string[] = []
  readonly #options: ClientOptions
  readonly #movements: Movements
  readonly #players: string[][]
  readonly #inFlight = new Set<Promise<void>>()
  /** When each partition last had an answer that decided, in milliseconds of `performance.now`. */
  readonly #answeredAtMs: number[]
  readonly #longestGapMs: number[]
  readonly #failures: unknown[] = []
  #stopped = false
  #loop: Promise<void> | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#movements = new Movements(options.random, options.prefix)
    this.#players = playersOf(options)
    this.#answeredAtMs = this.#players.map(() => performance.now())
    this.#longestGapMs = this.#players.map(() => 0)
  }

  /** Opens every wallet, then begins to play. */
  async start(): Promise<void> {
    for (const playerId of this.#players.flat()) await this.#play(this.#movements.opening(playerId))
    this.#answeredAtMs.fill(performance.now())
    this.#longestGapMs.fill(0)
    this.#loop = this.#run()
  }

  /** Ends the play and waits for the answers that are still to come. Throws where a client itself failed. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loop
    await Promise.all(this.#inFlight)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'clients failed')
  }

  /**
   * Longest time without an answer in any one partition since the last call, in milliseconds. One that goes on counts now
   * for what it has been, and with all of its length the next time.
   */
  takeLongestGapMs(): number {
    const nowMs = performance.now()
    const gaps = this.#answeredAtMs.map((atMs, partition) =>
      Math.max(this.#longestGapMs[partition] ?? 0, nowMs - atMs),
    )
    this.#longestGapMs.fill(0)
    return Math.max(...gaps)
  }

  async #run(): Promise<void> {
    const { perSecond, random } = this.#options
    const startMs = performance.now()
    for (let sent = 0; !this.#stopped; sent++) {
      await sleep(Math.max(0, startMs + (sent * 1000) / perSecond - performance.now()))
      while (this.#inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.#inFlight)
      const playerId = random.pick(this.#players[sent % this.#players.length] ?? [])
      const playing = this.#play(this.#movements.next(playerId))
        .catch((error: unknown) => void this.#failures.push(error))
        .finally(() => this.#inFlight.delete(playing))
      this.#inFlight.add(playing)
    }
  }

  async #play(movement: Movement): Promise<void> {
    const { send, random } = this.#options
    const operation: Operation = {
      transactionIdPartner: movement.transactionIdPartner,
      playerId: movement.playerId,
      type: movement.type,
      invokedAtMs: performance.now(),
      endedAtMs: Number.POSITIVE_INFINITY,
      leftOpen: false,
      stored: false,
      outcome: { kind: 'refused' },
    }
    this.operations.push(operation)
    for (let tries = 1; !this.#take(operation, await send(movement)) && tries < TRIES_MAX; tries++)
      await sleep(RETRY_MS * (1 + random.below(4)))
    if (operation.outcome.kind !== 'acknowledged') return
    this.#movements.acknowledged(movement)
    if (random.oneIn(REPEAT_EVERY)) await this.#repeat(movement, operation.outcome)
  }

  /** Notes an answer; true where it decides. */
  #take(operation: Operation, answer: Answer): boolean {
    if (answer.kind === 'decided') {
      operation.outcome = answer.outcome
      operation.endedAtMs = performance.now()
      this.#noteAnswer(operation.playerId, operation.endedAtMs)
      return true
    }
    if (answer.kind === 'open') {
      operation.outcome = { kind: 'unknown' }
      operation.leftOpen = true
      operation.stored ||= answer.stored
    }
    return false
  }

  #noteAnswer(playerId: string, nowMs: number): void {
    const partition = this.#players.findIndex((players) => players.includes(playerId))
    const gapMs = nowMs - (this.#answeredAtMs[partition] ?? nowMs)
    this.#answeredAtMs[partition] = nowMs
    this.#longestGapMs[partition] = Math.max(this.#longestGapMs[partition] ?? 0, gapMs)
  }

  async #repeat(movement: Movement, first: Outcome): Promise<void> {
    const answer = await this.#options.send(movement)
    if (answer.kind === 'decided' && describe(answer.outcome) !== describe(first))
      this.contradictions.push(
        `${movement.transactionIdPartner} was answered with ${describe(first)} and then with ${describe(answer.outcome)}`,
      )
  }
}

const describe = (outcome: Outcome): string =>
  outcome.kind === 'acknowledged' ? `${outcome.transactionId}, ${outcome.newBalance}` : outcome.kind

/** The same number of players for each partition of wallet.command. */
function playersOf({ partnerId, prefix, partitions }: ClientOptions): string[][] {
  const players: string[][] = Array.from({ length: partitions }, () => [])
  for (let number = 0; players.some((list) => list.length < PLAYERS_PER_PARTITION); number++) {
    const playerId = `${prefix}-player-${number}`
    const list = players[partitionOfKey(playerKey(partnerId, playerId), partitions)]
    if (list !== undefined && list.length < PLAYERS_PER_PARTITION) list.push(playerId)
  }
  return players
}
