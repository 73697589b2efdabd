/** What a pass makes of answers that no partner would want. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../tests/support/free-port.ts'
import { playPass } from './pass.ts'
import type { PassResult } from './pass.ts'

const KEY = 'sk_test_of_the_check'
const TRANSACTION = '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11'

let server: Server | undefined
afterEach(() => server?.close())

/** Plays against an API that answers by the last part of the path; by default as a wallet does after a deposit. */
async function passOver(
  answers: Readonly<Record<string, readonly [status: number, body: string]>>,
): Promise<PassResult> {
  const port = await freePort()
  const moved = { transaction_id: TRANSACTION, status: 'COMPLETED', balance: 10, held: 0, version: 1 }
  const usual = JSON.stringify({ player_id: 'p', ...moved })
  server = createServer((request, response) => {
    const kind = (request.url ?? '').split('/').at(-1) ?? ''
    const [status, body] = answers[kind] ?? [200, usual]
    response.statusCode = status
    response.end(body)
  })
  await new Promise<void>((done) => server?.listen(port, '127.0.0.1', done))
  return playPass({ url: `http://127.0.0.1:${port}`, key: KEY, currency: 'EUR' })
}

it.each([
  [
    'a 202, which is no outcome',
    { deposit: [202, '{"status":"PENDING"}'] },
    'deposit',
    /^POST \/wallet\/synthetic-[\w-]+\/deposit was answered 202$/,
  ],
  [
    'a refusal',
    { deposit: [503, '{"code":"SERVICE_UNAVAILABLE","detail":"Not now.","request_id":"r-1"}'] },
    'deposit',
    /was answered 503 SERVICE_UNAVAILABLE \(Not now\.; request r-1\)$/,
  ],
  ['a page of somebody in between', { deposit: [502, '<html>'] }, 'deposit', /was answered 502$/],
  [
    'another form',
    { deposit: [200, '{"transaction_id":"1"}'] },
    'deposit',
    /in another form \(transaction_id\)$/,
  ],
  ['a bet that took no stake', {}, 'bet', /^the wallet holds 10 and 0 held, and should hold 0 and 0$/],
] as const)('fails at %s', async (_, answers, step, reason) => {
  const { failed, steps } = await passOver(answers)
  expect(failed).toEqual({ step, reason: expect.stringMatching(reason) })
  expect(steps.map((done) => done.step)).toEqual(step === 'bet' ? ['register', 'deposit'] : ['register'])
})

it('fails at the first step where nobody answers, and names no key', async () => {
  const { failed } = await playPass({
    url: `http://127.0.0.1:${await freePort()}`,
    key: KEY,
    currency: 'EUR',
  })
  expect(failed).toEqual({ step: 'register', reason: expect.stringMatching(/has no answer$/) })
})
