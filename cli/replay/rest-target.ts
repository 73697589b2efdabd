/**
 * Sends commands to the REST API, many players side by side, each player's in order. Whatever gave no outcome is sent
 * again under the same transaction id, so a restart of the API or of a processor costs time and nothing else.
 */
import { ExponentialBackoff, handleType, retry } from 'cockatiel'
import { playerKey } from '../../domain/ids.ts'
import type { PartnerId } from '../../domain/ids.ts'
import { CliError, EXIT } from '../errors.ts'
import { createHttpClient } from './http.ts'
import type { HttpAnswer, HttpClient } from './http.ts'
import { Lanes } from './lanes.ts'
import type { Outcome } from './outcome.ts'
import { batchRequestBody, readAnswer, readBatch, readStatus, requestBody } from './rest-api.ts'
import type { Accepted, Reading } from './rest-api.ts'
import type { ReplayCommand } from './row.ts'
import type { ReplayTarget } from './target.ts'

/**
 * Commands of one player that go in one request, at the most. What waits of a player goes together, so that a long chain
 * of one player takes not as many round trips as it has commands; a paced replay, which has no queues, sends single ones.
 */
const BATCH_COMMANDS_MAX = 50
/** Rows that wait for their player's turn, at the most: lets others go on while one player's chain is long. */
const WAITING_MAX = 20_000
const REQUEST_TIMEOUT_MS = 15_000
/** Tries of one command: with the pauses below, about two minutes of an API that is away. */
const ATTEMPTS_MAX = 70
/** Looks at a status URL before the command is sent again. */
const POLLS_MAX = 6
/** Pauses between tries of a command, in milliseconds. */
const BACKOFF = { initialDelay: 50, maxDelay: 2_000 }

export interface RestTargetOptions {
  baseUrl: string
  apiKey: string
  /** The partner that the key belongs to: the only one for whom the API takes commands with it. */
  partnerId: PartnerId
  /** Requests under way at the most. */
  concurrency: number
  backoff?: typeof BACKOFF
}

/** Code of rows that name another partner than the key's. */
export const OTHER_PARTNER = 'OTHER_PARTNER'

/** No outcome yet: the API or what stands behind it is away, or still at work. */
class Unsettled extends Error {}

interface Item {
  command: ReplayCommand
  settle: (outcome: Outcome) => void
}

export function openRestTarget(options: RestTargetOptions): ReplayTarget {
  const { baseUrl, apiKey, partnerId, concurrency } = options
  const http = createHttpClient({
    baseUrl,
    headers: { 'x-api-key': apiKey, accept: 'application/json' },
    connectionsMax: concurrency,
    timeoutMs: REQUEST_TIMEOUT_MS,
  })
  let repeats = 0
  const policy = retry(handleType(Unsettled), {
    maxAttempts: ATTEMPTS_MAX,
    backoff: new ExponentialBackoff(options.backoff ?? BACKOFF),
  })
  /** One command until its outcome; `known` is what a batch has told of it. */
  const resolve = async ({ command, settle }: Item, known?: Accepted): Promise<void> => {
    const inquiry = new Inquiry(http, command, known)
    try {
      settle(await policy.execute(() => inquiry.ask()))
    } catch (error) {
      throw error instanceof Unsettled ? givenUp(command, error) : error
    } finally {
      repeats += inquiry.repeats
    }
  }
  const lanes = new Lanes<Item>(concurrency, BATCH_COMMANDS_MAX, async (items) => {
    const readings = items.length > 1 ? await sendBatch(http, items) : undefined
    for (const [at, item] of items.entries()) {
      const reading = readings?.[at]
      if (reading === undefined) await resolve(item)
      else if ('outcome' in reading) item.settle(reading)
      else await resolve(item, reading.accepted)
    }
  })
  return {
    submit: async (command, settle) => {
      if (command.partnerId !== partnerId) return settle({ outcome: 'REJECTED', code: OTHER_PARTNER })
      lanes.add(playerKey(command.partnerId, command.playerId), { command, settle })
      await lanes.whenBelow(WAITING_MAX)
    },
    drain: () => lanes.whenBelow(1),
    remark: () => (repeats > 0 ? `${repeats} asked again` : ''),
    close: () => {
      http.close()
      return Promise.resolve()
    },
  }
}

/** One command until its outcome: sent, asked for where it was accepted for later, sent again where nothing is known. */
class Inquiry {
  readonly #http: HttpClient
  readonly #command: ReplayCommand
  #accepted: Accepted | undefined
  #polls = 0
  #asked = 0

  constructor(http: HttpClient, command: ReplayCommand, accepted: Accepted | undefined) {
    this.#http = http
    this.#command = command
    this.#accepted = accepted
  }

  get repeats(): number {
    return this.#asked - 1
  }

  /** The outcome. Throws `Unsettled` where there is none yet. */
  async ask(): Promise<Outcome> {
    this.#asked++
    const reading = this.#accepted === undefined ? await this.#send() : await this.#poll(this.#accepted)
    if (reading !== undefined) return reading
    throw new Unsettled('no outcome yet')
  }

  async #send(): Promise<Outcome | undefined> {
    const reading = readAnswer(await post(this.#http, this.#command))
    if ('outcome' in reading) return reading
    this.#accepted = reading.accepted
    this.#polls = 0
    return undefined
  }

  async #poll(accepted: Accepted): Promise<Outcome | undefined> {
    // The read side may be away for longer than the wallet is: sending again asks the wallet itself.
    if (++this.#polls === POLLS_MAX) this.#accepted = undefined
    return readStatus(await get(this.#http, accepted.status_url), accepted.transaction_id)
  }
}

const givenUp = ({ line }: ReplayCommand, error: Error): CliError =>
  new CliError(
    EXIT.environment,
    'NO_ANSWER',
    `line ${line} got no outcome after ${ATTEMPTS_MAX} tries (last: ${error.message})`,
    'are the API and the wallet processor up? see `make status`, then run the replay again with --resume',
  )

/** One answer per item; undefined where there is none: the items are then sent one by one. */
const sendBatch = async (http: HttpClient, items: readonly Item[]): Promise<Reading[] | undefined> => {
  const body = JSON.stringify(batchRequestBody(items.map(({ command }) => command)))
  try {
    return readBatch(await http.send('POST', '/wallet/batch', body), items.length)
  } catch (error) {
    if (error instanceof CliError) throw error
    return undefined
  }
}

/** A connection that breaks says nothing about the command. */
const post = (http: HttpClient, command: ReplayCommand): Promise<HttpAnswer> => {
  const path = `/wallet/${encodeURIComponent(command.playerId)}/${command.type.toLowerCase()}`
  return http.send('POST', path, JSON.stringify(requestBody(command))).catch(unsettle)
}

const get = (http: HttpClient, url: string): Promise<HttpAnswer> => http.send('GET', url).catch(unsettle)

const unsettle = (error: unknown): never => {
  throw new Unsettled(error instanceof Error ? error.message : String(error))
}
