/**
 * The way of a command from HTTP to Kafka and of its outcome back. What it says is what is known: a command that was
 * never handed to Kafka is refused, one that may have landed is pending, and only a reply decides.
 */
import type { WalletCommand, WalletReplyData } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { TRACED_RECORDS_MAX } from '../../service/tracing.ts'
import type { SendSpan, Tracing } from '../../service/tracing.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { partitionOfKey } from '../../topics/partitioner.ts'
import { PENDING_COMMANDS_MAX, SEND_BYTES_MAX, SEND_RECORDS_MAX, SEND_SPACING_MS } from '../limits.ts'
import type { ApiMetrics } from '../metrics.ts'
import { createPending } from './pending.ts'
import type { ProducerLink } from './producer-link.ts'
import type { ReplyChannel } from './reply-channel.ts'
import { createSender } from './sender.ts'
import type { OutgoingCommand } from './sender.ts'

/** How the topic is called in traces. */
const COMMANDS = 'wallet.command'
/** While the link has been down, or a send under way, longer than this, new commands are refused; in milliseconds. */
const STALL_MS = 2_000

export type CommandResult =
  /** The wallet has decided. */
  | { kind: 'decided'; reply: WalletReplyData }
  /** Not known yet; `acknowledged` where Kafka has confirmed that it holds the command. */
  | { kind: 'pending'; acknowledged: boolean }
  /** Surely not in Kafka: nothing will come of it. */
  | { kind: 'unsent'; code: 'TOO_MANY_PENDING' | 'SERVICE_UNAVAILABLE' }

export interface GatewayState {
  ready: boolean
  producer: 'connected' | 'stalled' | 'down'
  replyPartitions: readonly number[]
  pendingCommands: number
}

export interface CommandGateway {
  /**
   * Sends commands in this order and answers each: after its reply, or after Kafka's acknowledgement where no reply is
   * awaited, or when the time is up. Either all are taken on or none.
   */
  submit(commands: readonly WalletCommand[], awaitReply: boolean): Promise<CommandResult>[]
  state(): GatewayState
  /** Lets what is pending end, within the reply timeout. */
  stop(): Promise<void>
}

export interface GatewayOptions {
  codec: TopicCodec<WalletCommand>
  replyTimeoutMs: number
  /** Partitions of wallet.command; undefined until Kafka has told. */
  partitionCount: () => number | undefined
  /** Made with these callbacks, so that the gateway owns neither connection. */
  connectLink: (onConnected: () => void) => ProducerLink
  connectReplies: (onReply: (reply: WalletReplyData) => void) => ReplyChannel
  metrics: ApiMetrics
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

export function createGateway(options: GatewayOptions): CommandGateway {
  const { codec, metrics, replyTimeoutMs } = options
  const pending = createPending(replyTimeoutMs)
  let stopping = false

  const link = options.connectLink(() => sender.wake())
  const sender = createSender({
    send: (commands) => link.send(commands),
    ready: () => link.connected(),
    recordsMax: SEND_RECORDS_MAX,
    bytesMax: SEND_BYTES_MAX,
    spacingMs: SEND_SPACING_MS,
    observe: (records) => metrics.sendBatch(records),
  })
  const replies = options.connectReplies((reply) => pending.answer(reply))

  const producerState = (): GatewayState['producer'] => {
    if (link.downForMs() > STALL_MS) return 'down'
    const sinceMs = sender.sendingSinceMs()
    if (sinceMs !== undefined && Date.now() - sinceMs > STALL_MS) return 'stalled'
    return link.connected() ? 'connected' : 'stalled'
  }

  /** A short break of the connection is waited out: the commands queue, and are taken back if it lasts. */
  const broken = (): boolean => {
    const sinceMs = sender.sendingSinceMs()
    return link.downForMs() > STALL_MS || (sinceMs !== undefined && Date.now() - sinceMs > STALL_MS)
  }

  const refusal = (
    count: number,
    awaitReply: boolean,
  ): { kind: 'unsent'; code: 'TOO_MANY_PENDING' | 'SERVICE_UNAVAILABLE' } | undefined => {
    const unready =
      stopping ||
      options.partitionCount() === undefined ||
      broken() ||
      (awaitReply && replies.positioned().length === 0)
    if (unready) return { kind: 'unsent', code: 'SERVICE_UNAVAILABLE' }
    if (pending.size() + count > PENDING_COMMANDS_MAX) return { kind: 'unsent', code: 'TOO_MANY_PENDING' }
    return undefined
  }

  const submitOne = (
    command: WalletCommand,
    partitionCount: number,
    awaitReply: boolean,
    span: SendSpan | undefined,
  ): Promise<CommandResult> =>
    new Promise((resolve) => {
      const { data, event_id: commandId } = command
      const key = playerKey(data.partner_id, data.player_id)
      const partition = partitionOfKey(key, partitionCount)
      const sinceMs = Date.now()
      data.reply_to = awaitReply ? (replies.partitionFor(partition) ?? null) : null
      const outgoing: OutgoingCommand = {
        key,
        value: codec.encode(command),
        partition,
        traceparent: span?.traceparent,
        state: 'queued',
        sent: () => {
          span?.end(outgoing.state === 'acknowledged' ? undefined : new Error('not acknowledged'))
          if (awaitReply) return
          pending.remove(commandId)
          resolve({ kind: 'pending', acknowledged: outgoing.state === 'acknowledged' })
        },
      }
      pending.add({
        commandId,
        sinceMs,
        answered: (reply) => {
          metrics.replyWait((Date.now() - sinceMs) / 1_000)
          resolve({ kind: 'decided', reply })
        },
        expired: () => {
          metrics.replyTimeout()
          if (sender.withdraw(outgoing)) {
            span?.end(new Error('not sent'))
            resolve({ kind: 'unsent', code: 'SERVICE_UNAVAILABLE' })
          } else resolve({ kind: 'pending', acknowledged: outgoing.state === 'acknowledged' })
        },
      })
      sender.enqueue(outgoing)
    })

  metrics.observePending(() => pending.size())

  return {
    submit: (commands, awaitReply) => {
      const refused = refusal(commands.length, awaitReply)
      const partitionCount = options.partitionCount()
      if (refused !== undefined || partitionCount === undefined)
        return commands.map(() =>
          Promise.resolve(refused ?? { kind: 'unsent', code: 'SERVICE_UNAVAILABLE' as const }),
        )
      return commands.map((command, at) => {
        const span = at < TRACED_RECORDS_MAX ? options.tracing?.send(COMMANDS) : undefined
        return submitOne(command, partitionCount, awaitReply, span)
      })
    },
    state: () => {
      const producer = producerState()
      const replyPartitions = replies.positioned()
      return {
        ready:
          !stopping &&
          producer === 'connected' &&
          replyPartitions.length > 0 &&
          options.partitionCount() !== undefined,
        producer,
        replyPartitions,
        pendingCommands: pending.size(),
      }
    },
    stop: async () => {
      stopping = true
      const deadlineMs = Date.now() + replyTimeoutMs
      while (pending.size() > 0 && Date.now() < deadlineMs)
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
      pending.stop()
    },
  }
}

const DRAIN_POLL_MS = 20
