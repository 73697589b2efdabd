/** What OCasino sends of its own accord: verified over the raw bytes first, parsed after. */
import type {
  CallbackRefusal,
  CallbackResult,
  HttpAnswer,
  ProviderAccount,
  ProviderCallback,
  RawRequest,
  VerifiedCallback,
} from '../adapter.ts'
import { winsOf } from './requests.ts'
import { verifySignature } from './signature.ts'
import { callbackBody } from './wire.ts'
import type { z } from 'zod'

export const CALLBACK_PATH = '/round-result'

const STATUS = {
  BAD_SIGNATURE: 401,
  STALE: 401,
  MALFORMED: 400,
  NOT_SUPPORTED: 404,
} as const satisfies Record<CallbackRefusal, number>

const answer = (
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const refuse = (refusal: CallbackRefusal): VerifiedCallback => ({
  ok: false,
  refusal,
  answer: answer(STATUS[refusal], { result: 'REFUSED', code: refusal }),
})

/** The current secret and, while it is being rotated, the one before. */
const secretsOf = (credentials: ProviderAccount['credentials']): string[] =>
  ['webhook_secret', 'webhook_secret_previous']
    .map((name) => credentials[name] ?? '')
    .filter((secret) => secret !== '')

function callbackOf(body: z.output<typeof callbackBody>): ProviderCallback {
  const base = {
    ...body.player,
    callbackId: body.message_id,
    roundId: body.round,
    currency: body.currency,
    betTransactionId: body.bet_ref,
    occurredAtMs: body.at,
  }
  if (body.event === 'BET_VOID') return { ...base, kind: 'BET_CANCELLED', providerTransactionId: body.oc_ref }
  return {
    ...base,
    kind: 'ROUND_RESULT',
    gameCode: body.game,
    wins: winsOf(body.wins, body.currency),
    closesRound: body.done,
  }
}

function parse(bytes: Buffer): z.output<typeof callbackBody> | undefined {
  try {
    return callbackBody.safeParse(JSON.parse(bytes.toString())).data
  } catch {
    return undefined
  }
}

/** Nothing of the body is looked at before its signature has been found good. */
export function verifyCallback(
  request: RawRequest,
  credentials: ProviderAccount['credentials'],
): VerifiedCallback {
  if (request.path !== CALLBACK_PATH) return refuse('NOT_SUPPORTED')
  const verdict = verifySignature(request, secretsOf(credentials))
  if (verdict !== 'GOOD') return refuse(verdict)
  const body = parse(request.body)
  return body === undefined ? refuse('MALFORMED') : { ok: true, callback: callbackOf(body) }
}

/** OCasino sends again what was not answered 200 or 422. */
export function answerCallback(result: CallbackResult): HttpAnswer {
  switch (result.took) {
    case 'ACCEPTED':
    case 'DUPLICATE':
      return answer(200, { result: result.took })
    case 'REFUSED':
      return answer(422, { result: 'REFUSED', code: result.code })
    case 'LATER':
      return answer(503, { result: 'LATER', code: result.code }, { 'retry-after': '1' })
  }
}
