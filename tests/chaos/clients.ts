/**
 * Partners that play: movements at an even rate over players of every partition, each sent again under its id until an
 * answer decides it, as partners do. What they saw is the history.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LosslessNumber, parse } from 'lossless-json'
import { z } from 'zod'
import { partitionOfKey } from '../../api/commands/gateway.ts'
import { parseAmount } from '../../domain/money.ts'
import { playerKey } from '../../domain/ids.ts'
import type { MovementType, Operation, Outcome } from './history.ts'
import type { Random } from '../simulator/random.ts'

export interface ClientOptions {
  url: string
  apiKey: string
  partnerId: string
  /** Partitions of wallet.command: the movements go to each in turn. */
  partitions: number
  /** First part of players' and movements' ids, so that no two runs share one. */
  prefix: string
  perSecond: number
  random: Random
}

const PLAYERS_PER_PARTITION = 10
const CURRENCY = 'EUR'
const OPENING_AMOUNT = 500
/** A client gives up on an answer after this, in milliseconds: longer than the API's own time limit. */
const ANSWER_LIMIT_MS = 8_000
/** Sendings of one movement, and the pause between two, in milliseconds. */
const TRIES_MAX = 8
const RETRY_MS = 250
/** Movements under way at once; more wait, as a partner's connection pool makes them. */
const IN_FLIGHT_MAX = 400
/** One movement in so many is sent again although it was decided: the answer must be the same. */
const REPEAT_EVERY = 10

interface Movement {
  type: MovementType
  playerId: string
  transactionIdPartner: string
  body: Record<string, string | number | boolean>
}

interface OpenBet {
  transactionIdPartner: string
  roundId: string
}

const appliedBody = z.object({
  transaction_id: z.string(),
  new_balance: z.instanceof(LosslessNumber).nullable(),
})
const pendingBody = z.object({ acknowledged: z.boolean() })
const problemBody = z.object({ code: z.string() })

type Answer =
  | { kind: 'decided'; outcome: Outcome }
  | { kind: 'open'; stored: boolean }
  /** Surely not in Kafka. */
  | { kind: 'refused' }

function unitsOf(number: LosslessNumber | null): bigint | null {
  if (number === null) return null
  const amount = parseAmount(number.toString())
  if (!amount.ok) throw new Error(`${number.toString()} is no amount`)
  return amount.units
}

function readAnswer(status: number, text: string): Answer {
  if (status === 200) {
    const body = appliedBody.parse(parse(text))
    const outcome: Outcome = {
      kind: 'acknowledged',
      transactionId: body.transaction_id,
      newBalance: unitsOf(body.new_balance),
    }
    return { kind: 'decided', outcome }
  }
  if (status === 202) return { kind: 'open', stored: pendingBody.parse(JSON.parse(text)).acknowledged }
  const { code } = problemBody.parse(JSON.parse(text))
  if (status < 500) return { kind: 'decided', outcome: { kind: 'rejected', code } }
  return status === 503 ? { kind: 'refused' } : { kind: 'open', stored: false }
}

export class Clients {
  readonly operations: Operation[] = []
  /** Answers that differ from the first one under the same id; there must be none. */
  readonly contradictions: string[] = []
  readonly #options: ClientOptions
  readonly #players: string[][]
  readonly #openBets = new Map<string, OpenBet[]>()
  readonly #inFlight = new Set<Promise<void>>()
  /** When each partition last had an answer that decided, in milliseconds of `performance.now`. */
  readonly #answeredAtMs: number[]
  readonly #longestGapMs: number[]
  #next = 0
  #stopped = false
  #loop: Promise<void> | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#players = playersOf(options)
    this.#answeredAtMs = this.#players.map(() => performance.now())
    this.#longestGapMs = this.#players.map(() => 0)
  }

  /** Opens every wallet, then begins to play. */
  async start(): Promise<void> {
    for (const playerId of this.#players.flat())
      await this.#play(this.#movement('DEPOSIT', playerId, { amount: OPENING_AMOUNT }))
    this.takeLongestGapMs()
    this.#loop = this.#run()
  }

  /** Ends the play and waits for the answers that are still to come. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loop
    await Promise.all(this.#inFlight)
  }

  /** Longest time without an answer in any one partition since the last call, in milliseconds. */
  takeLongestGapMs(): number {
    const nowMs = performance.now()
    const gaps = this.#answeredAtMs.map((atMs, partition) =>
      Math.max(this.#longestGapMs[partition] ?? 0, nowMs - atMs),
    )
    this.#longestGapMs.fill(0)
    this.#answeredAtMs.fill(nowMs)
    return Math.max(...gaps)
  }

  async #run(): Promise<void> {
    const startMs = performance.now()
    for (let sent = 0; !this.#stopped; sent++) {
      const dueMs = startMs + (sent * 1000) / this.#options.perSecond
      await sleep(Math.max(0, dueMs - performance.now()))
      while (this.#inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.#inFlight)
      const playing = this.#play(this.#choose(sent)).finally(() => this.#inFlight.delete(playing))
      this.#inFlight.add(playing)
    }
  }

  /** The next movement: half of them bets, whose rounds are won or rolled back later. */
  #choose(number: number): Movement {
    const { random } = this.#options
    const players = this.#players[number % this.#players.length] ?? []
    const playerId = random.pick(players)
    const kind = random.below(10)
    if (kind < 1) return this.#movement('DEPOSIT', playerId, { amount: 1 + random.below(20) })
    if (kind < 2) return this.#movement('WITHDRAWAL', playerId, { amount: 1 + random.below(5) })
    const bets = this.#openBets.get(playerId) ?? []
    if (kind < 5 && bets.length > 0) {
      const [bet] = bets.splice(random.below(bets.length), 1)
      if (bet !== undefined) return kind < 4 ? this.#win(playerId, bet) : this.#rollback(playerId, bet)
    }
    const amount = random.below(20) === 0 ? 100_000 : 1 + random.below(9)
    return this.#movement('BET', playerId, { amount, game_id: 'chaos', round_id: `round-${this.#next}` })
  }

  #win(playerId: string, bet: OpenBet): Movement {
    const round = { game_id: 'chaos', round_id: bet.roundId, round_closed: true }
    const reference = { reference_transaction_id_partner: bet.transactionIdPartner }
    return this.#movement('WIN', playerId, {
      amount: 1 + this.#options.random.below(20),
      ...round,
      ...reference,
    })
  }

  #rollback(playerId: string, { transactionIdPartner }: OpenBet): Movement {
    return this.#movement('ROLLBACK', playerId, { reference_transaction_id_partner: transactionIdPartner })
  }

  #movement(type: MovementType, playerId: string, fields: Movement['body']): Movement {
    const transactionIdPartner = `${this.#options.prefix}-${this.#next++}`
    const body = { currency: CURRENCY, transaction_id_partner: transactionIdPartner, ...fields }
    return { type, playerId, transactionIdPartner, body }
  }

  async #play(movement: Movement): Promise<void> {
    const operation: Operation = {
      transactionIdPartner: movement.transactionIdPartner,
      playerId: movement.playerId,
      type: movement.type,
      invokedAtMs: performance.now(),
      endedAtMs: Number.POSITIVE_INFINITY,
      tries: 0,
      stored: false,
      outcome: { kind: 'refused' },
    }
    this.operations.push(operation)
    while (operation.tries < TRIES_MAX && !this.#take(operation, await this.#send(movement))) {
      if (operation.tries < TRIES_MAX) await sleep(RETRY_MS * (1 + this.#options.random.below(4)))
    }
    if (operation.outcome.kind !== 'acknowledged') return
    this.#keepBet(movement)
    if (this.#options.random.below(REPEAT_EVERY) === 0) await this.#repeat(movement, operation.outcome)
  }

  #keepBet({ type, playerId, transactionIdPartner, body }: Movement): void {
    if (type !== 'BET') return
    const bets = this.#openBets.get(playerId) ?? []
    this.#openBets.set(playerId, bets)
    bets.push({ transactionIdPartner, roundId: String(body['round_id']) })
  }

  /** Notes an answer; true where it decides. */
  #take(operation: Operation, answer: Answer): boolean {
    operation.tries++
    if (answer.kind === 'decided') {
      operation.outcome = answer.outcome
      operation.endedAtMs = performance.now()
      this.#noteAnswer(operation.playerId, operation.endedAtMs)
      return true
    }
    if (answer.kind === 'open') {
      operation.outcome = { kind: 'unknown' }
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
    const answer = await this.#send(movement)
    if (answer.kind !== 'decided' || first.kind !== 'acknowledged') return
    const { outcome } = answer
    const same =
      outcome.kind === 'acknowledged' &&
      outcome.transactionId === first.transactionId &&
      outcome.newBalance === first.newBalance
    if (!same)
      this.contradictions.push(
        `${movement.transactionIdPartner} was answered in two ways: ${describe(outcome)}`,
      )
  }

  async #send({ type, playerId, body }: Movement): Promise<Answer> {
    const { url, apiKey } = this.#options
    try {
      const response = await fetch(`${url}/wallet/${playerId}/${type.toLowerCase()}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      })
      return readAnswer(response.status, await response.text())
    } catch (error) {
      // A connection that breaks, or an answer that doesn't come: nobody knows what became of the command.
      if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
        return { kind: 'open', stored: false }
      throw error
    }
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
