/**
 * Commands on their way to the saga: all that came while the last ones were being written go together. Answers about bets of a provider
 * that hangs come in bursts, and one request each would have the answers of the others wait behind them.
 */
import type { Message } from 'kafkajs'
import { SEND_BYTES_MAX, SEND_RECORDS_MAX } from './limits.ts'

/** A command as it is sent. */
export type Sent = Message & { key: string; value: Buffer }

interface Waiting {
  message: Sent
  done: PromiseWithResolvers<void>
}

const bytesOf = ({ key, value }: Sent): number => Buffer.byteLength(key) + value.length

/** How many of the first fit one request: one at the least. */
function countThatFit(waiting: readonly Waiting[]): number {
  let bytes = 0
  let count = 0
  for (const { message } of waiting) {
    bytes += bytesOf(message)
    if (count > 0 && (count === SEND_RECORDS_MAX || bytes > SEND_BYTES_MAX)) break
    count++
  }
  return count
}

export class SendQueue {
  readonly #send: (messages: Sent[]) => Promise<unknown>
  readonly #waiting: Waiting[] = []
  #isSending = false

  /** @param send writes messages in their order; resolves when Kafka has all of them */
  constructor(send: (messages: Sent[]) => Promise<unknown>) {
    this.#send = send
  }

  /**
   * Resolves when Kafka has it. Rejects with the error of its request, and what else went with it: some of that may be there all the
   * same, on other partitions, and comes twice when it is sent again.
   */
  add(message: Sent): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ message, done })
    if (!this.#isSending) void this.#drain()
    return done.promise
  }

  async #drain(): Promise<void> {
    this.#isSending = true
    // One turn later, so that what is added in this turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const going = this.#waiting.splice(0, countThatFit(this.#waiting))
      try {
        await this.#send(going.map(({ message }) => message))
        for (const { done } of going) done.resolve()
      } catch (error) {
        for (const { done } of going) done.reject(error)
      }
    }
    this.#isSending = false
  }
}
