/** Sends the sandbox's callbacks to the platform, again until they are taken or refused for good; in order within a round. */
import { ExponentialBackoff, bulkhead, handleAll, retry, wrap } from 'cockatiel'
import { Agent, request } from 'undici'
import { signedHeaders } from '../ocasino/signature.ts'
import * as limits from './limits.ts'

export interface CallbackCounts {
  /** Attempts, repetitions included. */
  sent: number
  taken: number
  /** Refused by the platform for good (422), or given up. */
  refused: number
  /** Those with a bad signature that the platform turned away, as it has to. */
  forgeriesTurnedAway: number
  forgeriesTaken: number
  /** On their way, or waiting for their turn. */
  pending: number
}

export interface CallbackSender {
  /** @param order callbacks of one order follow each other; resolves when this one is taken, refused or given up */
  send(order: string, body: object, afterMs?: number): Promise<void>
  /** One attempt under a wrong signature. */
  forge(body: object): Promise<void>
  readonly counts: CallbackCounts
  close(): Promise<void>
}

export interface CallbackOptions {
  /** Of the platform; asked at each attempt, so that it can be changed while running. */
  url: () => string
  secret: string
}

const TAKEN = 200
const REFUSED = 422

class NotTakenError extends Error {
  override name = 'NotTakenError'
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export function createCallbackSender({ url, secret }: CallbackOptions): CallbackSender {
  const dispatcher = new Agent({ connections: limits.CALLBACKS_AT_ONCE_MAX, pipelining: 1 })
  const counts: CallbackCounts = {
    sent: 0,
    taken: 0,
    refused: 0,
    forgeriesTurnedAway: 0,
    forgeriesTaken: 0,
    pending: 0,
  }
  const queues = new Map<string, Promise<void>>()
  const stopped = new AbortController()
  const patience = wrap(
    retry(handleAll, {
      maxAttempts: limits.TRIES_MAX,
      backoff: new ExponentialBackoff({
        initialDelay: limits.TRY_PAUSE_MS,
        maxDelay: limits.TRY_PAUSE_MS_MAX,
      }),
    }).dangerouslyUnref(),
    bulkhead(limits.CALLBACKS_AT_ONCE_MAX, Infinity),
  )

  async function post(body: string, headers: Readonly<Record<string, string>>): Promise<number> {
    const answer = await request(url(), {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.any([AbortSignal.timeout(limits.PLATFORM_TIMEOUT_MS), stopped.signal]),
    })
    await answer.body.dump()
    return answer.statusCode
  }

  async function attempt(body: string): Promise<'taken' | 'refused'> {
    counts.sent++
    // Each attempt has a time of its own: one that comes hours later is not stale.
    const status = await post(body, signedHeaders(secret, Buffer.from(body), Date.now()))
    if (status === TAKEN) return 'taken'
    if (status === REFUSED) return 'refused'
    throw new NotTakenError(`answered ${status}`)
  }

  async function deliver(body: string, afterMs: number): Promise<void> {
    if (afterMs > 0) await wait(afterMs)
    try {
      const end = await patience.execute(() => attempt(body), stopped.signal)
      counts[end]++
    } catch {
      counts.refused++
    } finally {
      counts.pending--
    }
  }

  return {
    counts,
    send: (order, body, afterMs = 0) => {
      counts.pending++
      const text = JSON.stringify(body)
      const before = queues.get(order) ?? Promise.resolve()
      const delivered = before.then(() => deliver(text, afterMs))
      queues.set(order, delivered)
      return delivered.finally(() => {
        if (queues.get(order) === delivered) queues.delete(order)
      })
    },
    forge: async (body) => {
      const text = JSON.stringify(body)
      const headers = signedHeaders(`not ${secret}`, Buffer.from(text), Date.now())
      const status = await post(text, headers).catch(() => undefined)
      if (status === TAKEN) counts.forgeriesTaken++
      else if (status !== undefined) counts.forgeriesTurnedAway++
    },
    close: async () => {
      stopped.abort()
      await dispatcher.destroy()
    },
  }
}
