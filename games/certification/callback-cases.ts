/**
 * The cases of OCasino's callbacks that need no bet: what must be turned away, and that a result of a bet that never was is not paid.
 */
import { request } from 'undici'
import { randomUUID } from 'node:crypto'
import { signedHeaders } from '../ocasino/signature.ts'
import { localTime } from '../ocasino/wire.ts'
import { CALLBACK_WINDOW_MS } from '../limits.ts'
import { PLATFORM_TIMEOUT_MS } from '../sandbox/limits.ts'
import { CaseFailedError } from './seat.ts'
import type { Case } from './wallet-cases.ts'

export interface CallbackTarget {
  url: string
  secret: string
  /** A player's name as OCasino has it. */
  player: string
  currency: string
  game: string
}

const UNAUTHORISED = 401
const BAD_REQUEST = 400

async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(PLATFORM_TIMEOUT_MS),
  })
  await answer.body.dump()
  return answer.statusCode
}

function resultOf({ player, currency, game }: CallbackTarget): string {
  const id = randomUUID()
  return JSON.stringify({
    event: 'ROUND_RESULT',
    message_id: `certify-${id}`,
    player,
    round: `certify-${id}`,
    currency,
    bet_ref: `certify-${id}`,
    at: localTime(Date.now()),
    game,
    wins: [{ oc_ref: `certify-${id}`, amount: '1000', kind: 'NORMAL' }],
    done: true,
  })
}

async function expectStatus(
  target: CallbackTarget,
  body: string,
  headers: Readonly<Record<string, string>>,
  ...statuses: readonly number[]
): Promise<void> {
  const status = await post(target.url, body, headers)
  if (!statuses.includes(status))
    throw new CaseFailedError(`expected HTTP ${statuses.join(' or ')}, got ${status}`)
}

const signed = ({ secret }: CallbackTarget, body: string, nowMs = Date.now()): Record<string, string> =>
  signedHeaders(secret, Buffer.from(body), nowMs)

export const CALLBACK_CASES: readonly Case<CallbackTarget>[] = [
  {
    id: 'callback-unsigned',
    title: 'a callback without a signature is refused',
    run: (target) => expectStatus(target, resultOf(target), {}, UNAUTHORISED),
  },
  {
    id: 'callback-forged',
    title: 'a callback under another secret is refused',
    run: (target) => {
      const body = resultOf(target)
      return expectStatus(target, body, signed({ ...target, secret: 'not the secret' }, body), UNAUTHORISED)
    },
  },
  {
    id: 'callback-changed',
    title: 'a callback that was changed after it was signed is refused',
    run: (target) => {
      const body = resultOf(target)
      const headers = signed(target, body)
      return expectStatus(target, body.replace('"1000"', '"100000"'), headers, UNAUTHORISED)
    },
  },
  {
    id: 'callback-stale',
    title: 'a callback that was signed too long ago is refused',
    run: (target) => {
      const body = resultOf(target)
      const headers = signed(target, body, Date.now() - CALLBACK_WINDOW_MS - 5_000)
      return expectStatus(target, body, headers, UNAUTHORISED)
    },
  },
  {
    id: 'callback-malformed',
    title: 'a signed body that can’t be read is refused',
    run: (target) => expectStatus(target, '{"event":', signed(target, '{"event":'), BAD_REQUEST),
  },
]
