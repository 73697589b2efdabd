/**
 * Sends commands to the REST API, many players side by side, each player's in order. Whatever gave no outcome is sent
 * again under the same transaction id, so a restart of the API or of a processor costs time and nothing else.
 */
import { ExponentialBackoff, handleType, retry } from 'cockatiel'
import { z } from 'zod'
import { playerKey } from '../../domain/ids.ts'
import type { PartnerId } from '../../domain/ids.ts'
import { formatAmount } from '../../domain/money.ts'
import { CliError, EXIT } from '../errors.ts'
import { ADJUSTMENT_REASON } from './command.ts'
import { createHttpClient } from './http.ts'
import type { HttpAnswer, HttpClient } from './http.ts'
import { Lanes } from './lanes.ts'
import type { Outcome } from './outcome.ts'
import type { ReplayCommand } from './row.ts'
import type { ReplayTarget } from './target.ts'

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
  const lanes = new Lanes<Item>(concurrency, async ({ command, settle }) => {
    const inquiry = new Inquiry(http, command)
    try {
      const outcome = await policy.execute(() => inquiry.ask())
      settle(outcome)
    } catch (error) {
      throw error instanceof Unsettled ? givenUp(command, error) : error
    } finally {
      repeats += inquiry.repeats
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

  constructor(http: HttpClient, command: ReplayCommand) {
    this.#http = http
    this.#command = command
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

/** A connection that breaks says nothing about the command. */
const post = (http: HttpClient, command: ReplayCommand): Promise<HttpAnswer> => {
  const path = `/wallet/${encodeURIComponent(command.playerId)}/${command.type.toLowerCase()}`
  return http.send('POST', path, JSON.stringify(requestBody(command))).catch(unsettle)
}

const get = (http: HttpClient, url: string): Promise<HttpAnswer> => http.send('GET', url).catch(unsettle)

const unsettle = (error: unknown): never => {
  throw new Unsettled(error instanceof Error ? error.message : String(error))
}

/** The body of the route of the command's type; a null is left out. */
export function requestBody(command: ReplayCommand): Record<string, unknown> {
  const { type } = command
  const fields: Record<string, unknown> = {
    currency: command.currency,
    amount: command.amount === null ? null : formatAmount(command.amount),
    transaction_id_partner: command.transactionIdPartner,
    created_at: new Date(command.createdAtMs).toISOString(),
    ip_address: command.ip,
    country: command.country,
  }
  if (type === 'BET' || type === 'WIN')
    Object.assign(fields, {
      game_id: command.gameId,
      round_id: command.roundId,
      campaign_id: command.campaignId,
    })
  if (type === 'WIN') Object.assign(fields, { win_type: command.winType, round_closed: command.roundClosed })
  if (type === 'WIN' || type === 'ROLLBACK')
    fields['reference_transaction_id_partner'] = command.referenceTransactionIdPartner
  if (type === 'ADJUSTMENT')
    Object.assign(fields, { direction: command.direction, reason: ADJUSTMENT_REASON })
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

const PROBLEM = z.object({ code: z.string(), detail: z.string().optional() })
/** A command that is in Kafka and whose outcome is not known yet. */
const ACCEPTED = z.object({
  transaction_id: z.string(),
  status_url: z.string(),
  acknowledged: z.literal(true),
})
type Accepted = z.output<typeof ACCEPTED>

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What an answer says: the outcome, or that there is none yet and perhaps where to ask. */
type Reading = Outcome | { accepted: Accepted | undefined }

/** Answers that ask for patience, not for another request. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Reads the answer to a command. Throws `CliError` where every further command would fare the same. */
export function readAnswer({ status, headers, text }: HttpAnswer): Reading {
  const replayed = headers['idempotent-replayed'] === 'true'
  if (status === 200 || status === 201) return { outcome: replayed ? 'REPLAYED' : 'APPLIED', code: null }
  if (status === 202) return { accepted: ACCEPTED.safeParse(parseJson(text)).data }
  if (TRY_AGAIN.has(status)) return { accepted: undefined }
  const problem = PROBLEM.safeParse(parseJson(text))
  const code = problem.data?.code ?? `HTTP_${status}`
  if (status === 401 || code === 'FORBIDDEN')
    throw new CliError(
      EXIT.usage,
      code,
      `the API refuses the key (${problem.data?.detail ?? status})`,
      'give --api-key or STAKESTREAM_ADMIN_KEY a key with the scopes wallet:write and wallet:backfill',
    )
  return { outcome: replayed ? 'REPLAYED' : 'REJECTED', code }
}

const STATUS = z.object({ id: z.string(), status: z.string(), error_code: z.string().nullish() })
const STATUSES = z.union([z.object({ data: z.array(STATUS) }), STATUS])

/**
 * Reads the answer of a status URL: a transaction, or the list of those under the partner's id. The one with the
 * command's own id was made by this command, any other by an earlier one.
 */
export function readStatus({ status, text }: HttpAnswer, commandId: string): Outcome | undefined {
  const parsed = status === 200 ? STATUSES.safeParse(parseJson(text)).data : undefined
  if (parsed === undefined) return undefined
  const found = 'data' in parsed ? parsed.data : [parsed]
  const own = found.find(({ id }) => id === commandId)
  const one = own ?? found.find((other) => other.status !== 'FAILED')
  if (one === undefined) return undefined
  const code = one.error_code ?? null
  if (own === undefined) return { outcome: 'REPLAYED', code }
  return one.status === 'FAILED' ? { outcome: 'REJECTED', code } : { outcome: 'APPLIED', code: null }
}
