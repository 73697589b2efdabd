/**
 * Commands whose callers wait. All wait equally long, so the map's order of insertion is the order of deadlines and one
 * sweep finds what is due: no timer per command.
 */
import type { WalletReplyData } from '../../avro/types.ts'

/** How often deadlines are looked at, in milliseconds; a caller waits at most this much longer. */
const SWEEP_MS = 50

export interface Waiter {
  readonly commandId: string
  readonly sinceMs: number
  answered(reply: WalletReplyData): void
  /** The time is up. */
  expired(): void
}

export interface PendingCommands {
  add(waiter: Waiter): void
  /** Hands the reply to whoever waits for it; false where nobody does (any more). */
  answer(reply: WalletReplyData): boolean
  remove(commandId: string): void
  size(): number
  stop(): void
}

export function createPending(timeoutMs: number, now: () => number = Date.now): PendingCommands {
  const waiters = new Map<string, Waiter>()

  const sweep = setInterval(() => {
    const dueBeforeMs = now() - timeoutMs
    for (const waiter of waiters.values()) {
      if (waiter.sinceMs > dueBeforeMs) break
      waiters.delete(waiter.commandId)
      waiter.expired()
    }
  }, SWEEP_MS)

  return {
    add: (waiter) => {
      waiters.set(waiter.commandId, waiter)
    },
    answer: (reply) => {
      const waiter = waiters.get(reply.command_id)
      if (waiter === undefined) return false
      waiters.delete(reply.command_id)
      waiter.answered(reply)
      return true
    },
    remove: (commandId) => {
      waiters.delete(commandId)
    },
    size: () => waiters.size,
    stop: () => clearInterval(sweep),
  }
}
