/**
 * Calls game providers for the saga. It keeps nothing: a call is finished when its answer was sent, and the offset moves over it
 * only then. Calls of all providers are under way side by side; none waits for another.
 *
 * If it dies
 *   before the call: the next worker makes it.
 *   after the call, before its answer: the next worker makes it again; the provider takes it once, by the bet's id.
 *   after the answer, before the offset: the answer comes twice; the saga takes it once, by the call's number.
 */
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage, Producer } from 'kafkajs'
import { v5 } from 'uuid'
import type { GameCall, GameCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { Logger } from '../../service/logger.ts'
import { TRACEPARENT } from '../../service/tracing.ts'
import type { TracedRecord, Tracing } from '../../service/tracing.ts'
import { UndecodableError } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { callProvider } from './call.ts'
import { Finished } from './finished.ts'
import { CALLS_MAX, COMMIT_MS, FETCH_WAIT_MS, HEARTBEAT_MS, SESSION_MS, SETTLED_MS } from './limits.ts'
import type { Providers } from '../../games/providers.ts'
import { SendQueue } from './send-queue.ts'

/** Namespace of the UUIDv5 of answers; it must never change. */
const ANSWERS = '6a2f0f3e-51c4-5d0e-9a7b-c8d1e4f70a93'

export interface WorkerOptions {
  kafka: Kafka
  groupId: string
  topics: { calls: string; commands: string }
  codecs: { call: TopicCodec<GameCall>; command: TopicCodec<GameCommand> }
  providers: Providers
  logger: Logger
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

export interface GamesWorker {
  /** Whether it is a member of its group. */
  joined(): boolean
  underWay(): number
  /** Tells the saga something; resolves when Kafka has it. */
  send(command: GameCommand): Promise<void>
  stop(): Promise<void>
}

/** Calls under way, and whoever waits until one of them has ended. */
class Gate {
  #open = 0
  readonly #waiting: (() => void)[] = []

  get open(): number {
    return this.#open
  }

  async enter(): Promise<void> {
    while (this.#open >= CALLS_MAX) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#open++
  }

  leave(): void {
    this.#open--
    this.#waiting.shift()?.()
  }
}

function tracedRecordOf({ offset, headers }: KafkaMessage): TracedRecord {
  const header = headers?.[TRACEPARENT]
  return { offset: Number(offset), headers: Buffer.isBuffer(header) ? { [TRACEPARENT]: header } : {} }
}

class Worker {
  readonly #options: WorkerOptions
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #commands: SendQueue
  readonly #gate = new Gate()
  readonly #finished = new Map<number, Finished>()
  /** When this process got its partitions; undefined while it is in no group. */
  #joinedAtMs: number | undefined
  #committer: NodeJS.Timeout | undefined

  constructor(options: WorkerOptions) {
    const { kafka, groupId, topics } = options
    this.#options = options
    this.#consumer = kafka.consumer({
      groupId,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
    })
    this.#producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    })
    this.#commands = new SendQueue((messages) =>
      this.#producer.send({ topic: topics.commands, acks: -1, messages }),
    )
  }

  async start(): Promise<void> {
    const { topics, logger } = this.#options
    this.#consumer.on('consumer.group_join', () => {
      this.#joinedAtMs = Date.now()
      this.#finished.clear()
    })
    this.#consumer.on('consumer.crash', ({ payload }) => {
      this.#joinedAtMs = undefined
      logger.warn({ err: payload.error, restart: payload.restart }, 'the worker lost its group')
    })
    await Promise.all([this.#producer.connect(), this.#consumer.connect()])
    await this.#consumer.subscribe({ topic: topics.calls, fromBeginning: true })
    await this.#consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) })
    this.#committer = setInterval(() => void this.#commit(), COMMIT_MS)
  }

  get joined(): boolean {
    return this.#joinedAtMs !== undefined
  }

  get underWay(): number {
    return this.#gate.open
  }

  async #take({ batch, isStale, isRunning }: EachBatchPayload): Promise<void> {
    const { codecs } = this.#options
    const { partition } = batch
    for (const message of batch.messages) {
      if (isStale() || !isRunning()) return
      const { offset, value } = message
      const at = Number(offset)
      const finished = this.#finishedOf(partition, at)
      finished.begin(at)
      const unknown = value === null ? undefined : codecs.call.unknownSchemaId(value)
      if (unknown !== undefined) await codecs.call.learn(unknown)
      await this.#gate.enter()
      void this.#serve(message, partition)
        .then((done) => done && finished.end(at))
        .finally(() => this.#gate.leave())
    }
  }

  #finishedOf(partition: number, offset: number): Finished {
    const known = this.#finished.get(partition) ?? new Finished(offset)
    this.#finished.set(partition, known)
    return known
  }

  /** Answers whether the record is finished: what could not be answered is made again by whoever comes next. */
  async #serve(message: KafkaMessage, partition: number): Promise<boolean> {
    const { logger, topics, tracing } = this.#options
    const { value, timestamp } = message
    const trace = tracing?.batch()
    const traceparent = trace?.follow(topics.calls, partition, tracedRecordOf(message))
    try {
      const call = value === null ? undefined : this.#decode(value)
      if (call !== undefined) await this.#call(call, Number(timestamp), traceparent)
      trace?.end(1)
      return true
    } catch (error) {
      trace?.end(1, error)
      logger.error({ err: error }, 'a call could not be answered')
      return false
    }
  }

  #decode(value: Buffer): GameCall | undefined {
    try {
      return this.#options.codecs.call.decode(value)
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
      this.#options.logger.error(
        { err: error },
        'a call can not be read; the saga goes on without its answer',
      )
      return undefined
    }
  }

  async #call({ data }: GameCall, sentAtMs: number, traceparent: string | undefined): Promise<void> {
    const { providers } = this.#options
    const nowMs = Date.now()
    // The saga counts it as lost, and has gone on.
    if (nowMs >= data.expires_at) return
    const isFirst = sentAtMs > (this.#joinedAtMs ?? Infinity) + SETTLED_MS
    const result = await callProvider(data, providers, { nowMs, isFirst })
    const { partner_id, player_id, bet_id, call } = data
    const atMs = Date.now()
    const command: GameCommand = {
      event_id: v5(`${bet_id}/${call}`, ANSWERS),
      event_type: 'game.command',
      timestamp: atMs,
      data: {
        partner_id,
        player_id,
        bet_id,
        action: 'RESULT',
        bet: null,
        result: { call, ...result },
        requested_at: atMs,
      },
    }
    await this.send(command, traceparent)
  }

  send(command: GameCommand, traceparent?: string): Promise<void> {
    const key = playerKey(command.data.partner_id, command.data.player_id)
    const headers = traceparent === undefined ? {} : { [TRACEPARENT]: traceparent }
    return this.#commands.add({ key, value: this.#options.codecs.command.encode(command), headers })
  }

  async #commit(): Promise<void> {
    const { topics, logger } = this.#options
    const offsets = [...this.#finished].map(([partition, { offset }]) => ({
      topic: topics.calls,
      partition,
      offset: String(offset),
    }))
    if (offsets.length === 0 || !this.joined) return
    try {
      await this.#consumer.commitOffsets(offsets)
    } catch (error) {
      // It is told again; until then another worker would make some calls twice.
      logger.debug({ err: error }, 'the group did not take the offsets')
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#committer)
    await this.#consumer.stop()
    const giveUpMs = Date.now() + STOP_MS
    while (this.#gate.open > 0 && Date.now() < giveUpMs)
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS))
    await this.#commit()
    await Promise.all([this.#consumer.disconnect(), this.#producer.disconnect()])
  }
}

/** How long calls that are under way are waited for at a stop, and how often that is looked at, in milliseconds. */
const STOP_MS = 5_000
const STOP_POLL_MS = 20

/** Resolves once it is running. */
export async function startWorker(options: WorkerOptions): Promise<GamesWorker> {
  const worker = new Worker(options)
  await worker.start()
  return {
    joined: () => worker.joined,
    underWay: () => worker.underWay,
    send: (command) => worker.send(command),
    stop: () => worker.stop(),
  }
}
