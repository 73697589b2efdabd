/** The REST API as a replay speaks it: bodies out, outcomes in. Pure. */
import { z } from 'zod'
import { formatAmount } from '../../domain/money.ts'
import { CliError, EXIT } from '../errors.ts'
import { ADJUSTMENT_REASON } from './command.ts'
import type { HttpAnswer } from './http.ts'
import type { Outcome } from './outcome.ts'
import type { ReplayCommand } from './row.ts'

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
export type Accepted = z.output<typeof ACCEPTED>

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What an answer says: the outcome, or that there is none yet and perhaps where to ask. */
export type Reading = Outcome | { accepted: Accepted | undefined }

/** Answers that ask for patience, not for another request. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** One command's answer, from its own route or from its place in a batch. */
interface OneAnswer {
  status: number
  replayed: boolean
  body: unknown
}

/** Throws `CliError` where every further command would fare the same. */
function readOne({ status, replayed, body }: OneAnswer): Reading {
  if (status === 200 || status === 201) return { outcome: replayed ? 'REPLAYED' : 'APPLIED', code: null }
  if (status === 202) return { accepted: ACCEPTED.safeParse(body).data }
  if (TRY_AGAIN.has(status)) return { accepted: undefined }
  const problem = PROBLEM.safeParse(body).data
  const code = problem?.code ?? `HTTP_${status}`
  if (status === 401 || code === 'FORBIDDEN')
    throw new CliError(
      EXIT.usage,
      code,
      `the API refuses the key (${problem?.detail ?? status})`,
      'give --api-key or STAKESTREAM_ADMIN_KEY a key with the scopes wallet:write and wallet:backfill',
    )
  return { outcome: replayed ? 'REPLAYED' : 'REJECTED', code }
}

/** Reads the answer to a command. Throws `CliError` where every further command would fare the same. */
export const readAnswer = ({ status, headers, text }: HttpAnswer): Reading =>
  readOne({ status, replayed: headers['idempotent-replayed'] === 'true', body: parseJson(text) })

/** The body of a batch of commands. */
export const batchRequestBody = (commands: readonly ReplayCommand[]): Record<string, unknown> => ({
  commands: commands.map((command) => ({
    player_id: command.playerId,
    type: command.type,
    ...requestBody(command),
  })),
})

const RESULT = z.object({
  status: z.number(),
  body: z.unknown().optional(),
  problem: z.unknown().optional(),
  idempotent_replayed: z.boolean().optional(),
})
const BATCH = z.object({ results: z.array(RESULT) })

/** Reads the answer to a batch of `count` commands: one reading each, or undefined where the batch has no answer yet. */
export function readBatch(answer: HttpAnswer, count: number): Reading[] | undefined {
  if (answer.status !== 200) {
    const reading = readAnswer(answer)
    return 'outcome' in reading ? Array<Reading>(count).fill(reading) : undefined
  }
  const results = BATCH.safeParse(parseJson(answer.text)).data?.results
  if (results?.length !== count) return undefined
  return results.map(({ status, body, problem, idempotent_replayed }) =>
    readOne({ status, replayed: idempotent_replayed === true, body: body ?? problem }),
  )
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
