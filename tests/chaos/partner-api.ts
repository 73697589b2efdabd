/** One call of the partner API, and what its answer proves. */
import { LosslessNumber, parse } from 'lossless-json'
import { z } from 'zod'
import { parseAmount } from '../../domain/money.ts'
import type { Outcome } from './history.ts'
import type { Movement } from './movements.ts'

export interface PartnerApi {
  url: string
  apiKey: string
}

export type Answer =
  | { kind: 'decided'; outcome: Outcome }
  /** Nobody knows; `stored` where the answer says that the command is in Kafka and will be decided. */
  | { kind: 'open'; stored: boolean }
  /** Surely not in Kafka. */
  | { kind: 'refused' }

/** A client gives up on an answer after this, in milliseconds: longer than the API's own time limit. */
const ANSWER_LIMIT_MS = 8_000

const appliedBody = z.object({
  transaction_id: z.string(),
  new_balance: z.instanceof(LosslessNumber).nullable(),
})
const pendingBody = z.object({ acknowledged: z.boolean() })
const problemBody = z.object({ code: z.string() })

function unitsOf(number: LosslessNumber | null): bigint | null {
  if (number === null) return null
  const amount = parseAmount(number.toString())
  if (!amount.ok) throw new Error(`${number.toString()} is no amount`)
  return amount.units
}

/** Throws for an answer that is not of the API. */
export function readAnswer(status: number, text: string): Answer {
  if (status === 200) {
    const body = appliedBody.parse(parse(text))
    const newBalance = unitsOf(body.new_balance)
    return {
      kind: 'decided',
      outcome: { kind: 'acknowledged', transactionId: body.transaction_id, newBalance },
    }
  }
  if (status === 202) return { kind: 'open', stored: pendingBody.parse(JSON.parse(text)).acknowledged }
  const { code } = problemBody.parse(JSON.parse(text))
  if (status < 500) return { kind: 'decided', outcome: { kind: 'rejected', code } }
  return status === 503 ? { kind: 'refused' } : { kind: 'open', stored: false }
}

/** A connection that breaks, or an answer that doesn't come: nobody knows what became of the command. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')

async function exchange({ url, apiKey }: PartnerApi, { type, playerId, body }: Movement) {
  try {
    const response = await fetch(`${url}/wallet/${playerId}/${type.toLowerCase()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    if (isUnanswered(error)) return undefined
    throw error
  }
}

/** Sends a movement once. */
export async function send(api: PartnerApi, movement: Movement): Promise<Answer> {
  const answer = await exchange(api, movement)
  return answer === undefined ? { kind: 'open', stored: false } : readAnswer(answer.status, answer.text)
}
