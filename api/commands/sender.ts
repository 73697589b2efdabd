/**
 * Gathers the commands of concurrent requests: while one Kafka send is under way, those that come in wait, and then go
 * out together in the next one. One send at a time also keeps the commands of a player in the order of their arrival.
 * Sends that follow one another keep a little distance: every send wakes the broker, the wallet and us again, and under
 * load two commands in one send cost little more than one. A command that comes alone leaves at once.
 */
import { TRACEPARENT } from '../../service/tracing.ts'
import { RECORD_OVERHEAD_BYTES } from '../limits.ts'

/** `queued`: surely not in Kafka. `sending`: may be. `acknowledged`: is. `unknown`: the send failed, may be. */
export type RecordState = 'queued' | 'sending' | 'acknowledged' | 'unknown' | 'withdrawn'

/** One command on its way to Kafka. */
export interface OutgoingCommand {
  readonly key: string
  readonly value: Buffer
  readonly partition: number
  /** The header of the trace that it is part of, where that is followed. */
  readonly traceparent?: string | undefined
  state: RecordState
  /** Called once, when the state has become `acknowledged` or `unknown`. */
  sent(): void
}

export interface SenderOptions {
  /** Resolves when Kafka has acknowledged all; rejects when it is not known which of them landed. */
  send: (commands: readonly OutgoingCommand[]) => Promise<void>
  /** Whether a send may begin; call `wake` when it turns true. */
  ready: () => boolean
  recordsMax: number
  bytesMax: number
  /** Least time from the beginning of one send to that of the next, in milliseconds. */
  spacingMs: number
  /** Told of every send before it begins. */
  observe?: (records: number) => void
}

export interface CommandSender {
  /** Queues commands; they leave in this order. */
  enqueue(command: OutgoingCommand): void
  /** Takes a command back. True where it had not been handed to Kafka; then it never will be. */
  withdraw(command: OutgoingCommand): boolean
  wake(): void
  /** Commands that wait for the next send. */
  queued(): number
  /** Time at which the send under way began, by the clock given to `enqueue`'s process; undefined where there is none. */
  sendingSinceMs(): number | undefined
}

const headerBytes = (traceparent: string | undefined): number =>
  traceparent === undefined ? 0 : TRACEPARENT.length + traceparent.length

const bytesOf = ({ key, value, traceparent }: OutgoingCommand): number =>
  value.length + key.length * 3 + headerBytes(traceparent) + RECORD_OVERHEAD_BYTES

/** Takes the next send's commands off the queue: as many as fit the bounds, at least one. */
function takeBatch(queue: OutgoingCommand[], recordsMax: number, bytesMax: number): OutgoingCommand[] {
  let bytes = 0
  let count = 0
  for (const command of queue) {
    bytes += bytesOf(command)
    if (count > 0 && (count === recordsMax || bytes > bytesMax)) break
    count++
  }
  return queue.splice(0, count)
}

export function createSender(options: SenderOptions, now: () => number = Date.now): CommandSender {
  const queue: OutgoingCommand[] = []
  let sendingSinceMs: number | undefined
  let lastSendMs = Number.NEGATIVE_INFINITY
  let scheduled = false

  const settle = (batch: readonly OutgoingCommand[], state: 'acknowledged' | 'unknown'): void => {
    sendingSinceMs = undefined
    for (const command of batch) {
      command.state = state
      command.sent()
    }
    wake()
  }

  const sendNext = (): void => {
    scheduled = false
    if (sendingSinceMs !== undefined || queue.length === 0 || !options.ready()) return
    const batch = takeBatch(queue, options.recordsMax, options.bytesMax)
    for (const command of batch) command.state = 'sending'
    sendingSinceMs = lastSendMs = now()
    options.observe?.(batch.length)
    options.send(batch).then(
      () => settle(batch, 'acknowledged'),
      () => settle(batch, 'unknown'),
    )
  }

  // Not at once: whatever this turn of the event loop still reads from its sockets goes into the same send.
  const wake = (): void => {
    if (scheduled || sendingSinceMs !== undefined || queue.length === 0) return
    scheduled = true
    const waitMs = lastSendMs + options.spacingMs - now()
    if (waitMs > 0) setTimeout(sendNext, waitMs)
    else setImmediate(sendNext)
  }

  return {
    enqueue: (command) => {
      queue.push(command)
      wake()
    },
    withdraw: (command) => {
      if (command.state !== 'queued') return false
      const at = queue.indexOf(command)
      if (at >= 0) queue.splice(at, 1)
      command.state = 'withdrawn'
      return true
    },
    wake,
    queued: () => queue.length,
    sendingSinceMs: () => sendingSinceMs,
  }
}
