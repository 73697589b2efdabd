/**
 * Commands on their way to the saga: all that came while the last ones were being written go together. Answers about bets of a provider
 * that hangs come in bursts, and one request each would have the answers of the others wait behind them.
 */
import type { Message } from 'kafkajs'
import { SEND_RECORDS_MAX } from './limits.ts'

interface Waiting {
  message: Message
  done: PromiseWithResolvers<void>
}

export class SendQueue {
  readonly #send: (messages: Message[]) => Promise<unknown>
  readonly #waiting: Waiting[] = []
  #isSending = false

  /** @param send writes messages in their order; resolves when Kafka has all of them */
  constructor(send: (messages: Message[]) => Promise<unknown>) {
    this.#send = send
  }

  /**
   * Resolves when Kafka has it. Rejects with the error of its request, and what else went with it: some of that may be there all the
   * same, on other partitions, and comes twice when it is sent again.
   */
  add(message: Message): Promise<void> {
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
      const going = this.#waiting.splice(0, SEND_RECORDS_MAX)
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
