/** Requests to an API of the test's making, and what it answers. */
import type { z } from 'zod'
import type { WalletCommand, WalletReplyData } from '../../avro/types.ts'
import type { CommandResult } from '../commands/gateway.ts'
import { PARTNER_KEY, appliedReply, fakeGateway, startTestApp } from './app.ts'
import type { FakeGateway, TestAppOptions } from './app.ts'
import { call } from './http.ts'
import type { HttpAnswer } from './http.ts'

/** Starts an API, sends a body to it, and stops it. */
export async function send(
  options: TestAppOptions,
  path: string,
  body: object | undefined,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const app = await startTestApp(options)
  try {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    return await call({
      port: app.port,
      path,
      headers: { 'x-api-key': PARTNER_KEY, ...type, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } finally {
    await app.close()
  }
}

/** Starts an API, reads from it, and stops it. */
export async function get(options: TestAppOptions, path: string): Promise<HttpAnswer> {
  const app = await startTestApp(options)
  try {
    return await call({ port: app.port, method: 'GET', path, headers: { 'x-api-key': PARTNER_KEY } })
  } finally {
    await app.close()
  }
}

/** The body, if it has the documented shape. */
export const bodyOf = <T extends z.ZodType>(schema: T, answer: HttpAnswer): z.output<T> =>
  schema.parse(JSON.parse(answer.text))

/** A wallet that accepts every command, changed as asked. */
export const replying = (
  change: Partial<WalletReplyData> | ((command: WalletCommand) => Partial<WalletReplyData>),
): FakeGateway =>
  fakeGateway((command) => ({
    kind: 'decided',
    reply: appliedReply(command, typeof change === 'function' ? change(command) : change),
  }))

export const always = (result: CommandResult): FakeGateway => fakeGateway(() => result)

export const BET = {
  amount: '10.50',
  currency: 'USD',
  game_id: 'g',
  round_id: 'r',
  transaction_id_partner: 't/1',
}
