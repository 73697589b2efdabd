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
const BACKOFF = { initialDelay: 50, maxDelay: 2_000 }

export interface RestTargetOptions {
  baseUrl: string
  apiKey: string
  /** The partner that the key belongs to: the only one for whom the API takes commands with it. */
  partnerId: PartnerId
  /** Requests under way at the most. */
  concurrency: number
}

/** Code of rows that name another partner than the key's. */
export const OTHER_PARTNER = 'OTHER_PARTNER'

/** No outcome yet: the API or what stands behind it is away, or still at work. */
class Unsettled extends Error {}

interface Item {
  command: ReplayCommand
  settle: (outcome: Outcome) => void
}

export function openRestTarget({ baseUrl, apiKey, partnerId, concurrency }: RestTargetOptions): ReplayTarget {
  const http = createHttpClient({
    baseUrl,
    headers: { 'x-api-key': apiKey, accept: 'application/json' },
    connectionsMax: concurrency,
    timeoutMs: REQUEST_TIMEOUT_MS,
  })
  let waiting = 0
  const policy = retry(handleType(Unsettled), {
    maxAttempts: ATTEMPTS_MAX,
    backoff: new ExponentialBackoff(BACKOFF),
  })
  const lanes = new Lanes<Item>(concurrency, async ({ command, settle }) => {
    let statusUrl: string | undefined
    let tried = false
    try {
      const outcome = await policy.execute(async () => {
        if (tried) waiting++
        tried = true
        const answer = await (statusUrl === undefined ? post(http, command) : get(http, statusUrl))
        const read = statusUrl === undefined ? readAnswer(answer) : readStatus(answer)
        if ('outcome' in read) return read
        statusUrl = read.statusUrl ?? statusUrl
        throw new Unsettled(`HTTP ${answer.status}`)
      })
      settle(outcome)
    } catch (error) {
      throw error instanceof Unsettled ? givenUp(command, error) : error
    }
  })
  return {
    submit: async (command, settle) => {
      if (command.partnerId !== partnerId) return settle({ outcome: 'REJECTED', code: OTHER_PARTNER })
      lanes.add(playerKey(command.partnerId, command.playerId), { command, settle })
      await lanes.whenBelow(WAITING_MAX)
    },
    drain: () => lanes.whenBelow(1),
    remark: () => (waiting > 0 ? `${waiting} asked again` : ''),
    close: () => {
      http.close()
      return Promise.resolve()
    },
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
const ACCEPTED = z.object({ status_url: z.string() })

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What an answer says: the outcome, or that there is none yet and perhaps where to ask. */
type Reading = Outcome | { statusUrl: string | undefined }

/** Answers that ask for patience, not for another request. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Reads the answer to a command. Throws `CliError` where every further command would fare the same. */
export function readAnswer({ status, headers, text }: HttpAnswer): Reading {
  const replayed = headers['idempotent-replayed'] === 'true'
  if (status === 200 || status === 201) return { outcome: replayed ? 'REPLAYED' : 'APPLIED', code: null }
  if (status === 202) return { statusUrl: ACCEPTED.safeParse(parseJson(text)).data?.status_url }
  if (TRY_AGAIN.has(status)) return { statusUrl: undefined }
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

const STATUS = z.object({ status: z.string(), error_code: z.string().nullish() })

/** Reads the answer to a question for a command's outcome. */
export function readStatus({ status, text }: HttpAnswer): Reading {
  if (status !== 200) return { statusUrl: undefined }
  const state = STATUS.safeParse(parseJson(text))
  if (!state.success) return { statusUrl: undefined }
  const refused = state.data.status === 'FAILED'
  return refused
    ? { outcome: 'REJECTED', code: state.data.error_code ?? null }
    : { outcome: 'APPLIED', code: null }
}
