/** Calls to the running API, with the real wallet, broker and sinks behind it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { z } from 'zod'
import { required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { problemAnswer } from '../schemas/answers.ts'

const BASE = required('STAKESTREAM_URL')
const PARTNER_KEY = required('STAKESTREAM_PARTNER_KEY')
const ADMIN_KEY = required('STAKESTREAM_ADMIN_KEY')
/** How long the read side may take to follow, in milliseconds. */
const READ_SIDE_MS = 30_000

/** Reads until there is something. */
export async function eventually<T>(read: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(read, { timeoutMs: READ_SIDE_MS, what: 'the read side' })
  if (found === undefined) throw new Error('nothing was found')
  return found
}

export interface Answer {
  status: number
  headers: Headers
  text: string
}

/** @param path of the stack's instance; a whole URL for another one */
export async function request(
  method: string,
  path: string,
  body?: object,
  headers: object = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, BASE), {
    method,
    headers: { 'x-api-key': PARTNER_KEY, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Asks again after 202 and 503, as a caller would: on a busy machine the answer may not come in time. */
export async function post(path: string, body: object, headers?: object): Promise<Answer> {
  for (let left = 5; ; left--) {
    const answer = await request('POST', path, body, headers)
    if (left === 0 || (answer.status !== 202 && answer.status !== 503)) return answer
  }
}

export const get = (path: string): Promise<Answer> => request('GET', path)
export const asAdmin = { 'x-api-key': ADMIN_KEY }

export const bodyOf = <T extends z.ZodType>(schema: T, answer: Answer): z.output<T> => {
  const parsed = schema.safeParse(JSON.parse(answer.text))
  if (!parsed.success) throw new Error(`${answer.status} ${answer.text}`, { cause: parsed.error })
  return parsed.data
}
export const codeOf = (answer: Answer): string => bodyOf(problemAnswer, answer).code

export const newId = (prefix: string): string => `${prefix}-${randomUUID()}`

/** A player with money. */
export async function playerWith(amount: number | string, currency = 'USD'): Promise<string> {
  const player = newId('player')
  const answer = await post(`/wallet/${player}/deposit`, {
    amount,
    currency,
    transaction_id_partner: newId('dep'),
  })
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"version":1')])
  return player
}
export const bet = (amount: number | string, change: object = {}): object => ({
  amount,
  currency: 'USD',
  game_id: 'slots_game_001',
  round_id: newId('round'),
  transaction_id_partner: newId('bet'),
  ...change,
})
