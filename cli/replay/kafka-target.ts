/**
 * Sends commands straight into wallet.command and reads their outcomes from a partition of wallet.reply. A command
 * that the wallet could not even read is found among the dead letters, so that none stays without an outcome.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { DeadLettered, WalletCommand, WalletReply } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { FetchedBatch, LogReader, StreamsBroker } from '../../streams/runtime/port.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { CliError, EXIT } from '../errors.ts'
import { Backlog } from './backlog.ts'
import { decodeAll } from '../../streams/runtime/decode.ts'
import { toWalletCommand } from './command.ts'
import type { Outcome } from './outcome.ts'
import type { ReplayTarget } from './target.ts'

/** Commands that are sent and not yet answered, at the most: bounds memory and what a crash leaves open. */
const PENDING_MAX = 20_000
/** Bytes of one send: kafkajs makes one batch per partition of it, and the broker refuses one over 1 MiB. */
const SEND_BYTES_MAX = 640 * 1024
/** Records of one send: kafkajs groups them in quadratic time. */
const SEND_RECORDS_MAX = 1_000
/** No outcome for this long while some are awaited ends the replay, in milliseconds. */
export const SILENCE_MS_MAX = 120_000
const SEND_RETRY_MS = 500
const WATCH_INTERVAL_MS = 1_000

export interface KafkaTargetOptions {
  broker: StreamsBroker
  command: TopicCodec<WalletCommand>
  reply: TopicCodec<WalletReply>
  deadLetter: TopicCodec<DeadLettered>
  /** Partition of wallet.reply; the last one where absent. */
  replyPartition?: number | undefined
  silenceMsMax?: number
}

type Settle = (outcome: Outcome) => void

interface Outgoing {
  key: string
  value: Buffer
}

/** Starts reading before anything is sent, so that no outcome is missed. */
export async function openKafkaTarget(options: KafkaTargetOptions): Promise<ReplayTarget> {
  const { broker } = options
  const partitions = await broker.partitionCount('wallet.reply')
  const replyPartition = options.replyPartition ?? partitions - 1
  if (replyPartition < 0 || replyPartition >= partitions)
    throw new CliError(
      EXIT.usage,
      'USAGE',
      `wallet.reply has no partition ${replyPartition}`,
      `it has ${partitions}, counted from 0`,
    )
  const reader = broker.logReader(['wallet.reply', 'wallet.command.dlq'])
  const target = new KafkaTarget(options, reader, replyPartition)
  await target.start()
  return target
}

class KafkaTarget implements ReplayTarget {
  readonly #options: KafkaTargetOptions
  readonly #reader: LogReader
  readonly #replyPartition: number
  readonly #pending = new Map<string, Settle>()
  readonly #backlog = new Backlog()
  #queue: Outgoing[] = []
  #pumping = false
  #heardMs = Date.now()
  #watch: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: KafkaTargetOptions, reader: LogReader, replyPartition: number) {
    this.#options = options
    this.#reader = reader
    this.#replyPartition = replyPartition
  }

  async start(): Promise<void> {
    const { broker, reply, deadLetter } = this.#options
    await this.#reader.start((error) => this.#backlog.fail(error))
    const replies = { topic: 'wallet.reply', partition: this.#replyPartition } as const
    const { end } = await broker.offsets(replies)
    this.#reader.follow(replies, end, (batch) => decodeAll(reply, batch, (value) => this.#onReply(value)))
    for (let partition = 0; partition < (await broker.partitionCount('wallet.command.dlq')); partition++) {
      const letters = { topic: 'wallet.command.dlq', partition } as const
      const from = (await broker.offsets(letters)).end
      const onBatch = (batch: FetchedBatch) =>
        decodeAll(deadLetter, batch, (value) => this.#onDeadLetter(value))
      this.#reader.follow(letters, from, onBatch)
    }
    this.#watch = setInterval(() => this.#checkSilence(), WATCH_INTERVAL_MS)
  }

  async submit(...[command, settle]: Parameters<ReplayTarget['submit']>): Promise<void> {
    const record = toWalletCommand(command, this.#replyPartition, Date.now())
    if (this.#pending.size === 0) this.#heardMs = Date.now()
    this.#pending.set(record.event_id, settle)
    this.#backlog.add()
    this.#queue.push({
      key: playerKey(command.partnerId, command.playerId),
      value: this.#options.command.encode(record),
    })
    if (!this.#pumping) void this.#pump()
    await this.#backlog.whenBelow(PENDING_MAX)
  }

  drain(): Promise<void> {
    return this.#backlog.whenBelow(1)
  }

  remark(): string {
    return this.#pending.size > 0 ? `${this.#pending.size} under way` : ''
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    await this.#reader.stop()
  }

  /** One send at a time, so that a player's commands lie in their order; whatever came meanwhile goes with the next. */
  async #pump(): Promise<void> {
    this.#pumping = true
    await nextTurn()
    while (this.#queue.length > 0 && !this.#backlog.failed && !this.#closed) {
      const batch = this.#takeBatch()
      while (!(await this.#send(batch)) && !this.#backlog.failed && !this.#closed) await sleep(SEND_RETRY_MS)
    }
    this.#pumping = false
  }

  #takeBatch(): Outgoing[] {
    let bytes = 0
    let count = 0
    for (const { key, value } of this.#queue) {
      bytes += key.length + value.length
      if (count === SEND_RECORDS_MAX || (bytes > SEND_BYTES_MAX && count > 0)) break
      count++
    }
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return batch
  }

  /** False where the broker could not be asked: the same batch is sent again, and repeats are harmless. */
  async #send(batch: readonly Outgoing[]): Promise<boolean> {
    try {
      await this.#options.broker.send('wallet.command', batch)
      return true
    } catch {
      return false
    }
  }

  #onReply({ data }: WalletReply): void {
    this.#settle(data.command_id, { outcome: data.outcome, code: data.error_code })
  }

  #onDeadLetter({ data }: DeadLettered): void {
    if (data.record_value === null) return
    try {
      const { event_id } = this.#options.command.decode(data.record_value)
      this.#settle(event_id, { outcome: 'REJECTED', code: data.error_code })
    } catch {
      // Not ours: what we send can be decoded.
    }
  }

  #settle(commandId: string, outcome: Outcome): void {
    const settle = this.#pending.get(commandId)
    if (settle === undefined) return
    this.#heardMs = Date.now()
    this.#pending.delete(commandId)
    settle(outcome)
    this.#backlog.remove()
  }

  #checkSilence(): void {
    const { silenceMsMax = SILENCE_MS_MAX } = this.#options
    if (this.#pending.size === 0 || Date.now() - this.#heardMs < silenceMsMax) return
    const seconds = Math.round(silenceMsMax / 1_000)
    this.#backlog.fail(
      new CliError(
        EXIT.environment,
        'NO_ANSWER',
        `${this.#pending.size} commands have had no answer for ${seconds} s`,
        'is the wallet processor up? see `make status`, then run the replay again with --resume',
      ),
    )
  }
}
