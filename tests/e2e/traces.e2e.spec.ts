/** One trace from HTTP over Kafka and the wallet to the stores, as a collector receives it; and the same ids in the log. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newId, playerWith } from '../../api/testing/live.ts'
import { startApi } from '../support/api-instance.ts'
import type { ApiInstance } from '../support/api-instance.ts'
import { required } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { putSandbox, sandboxBet } from '../support/games.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts'
import { restartServices } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** Started anew with traces on; the API is one of the test's own. */
const SERVICES = ['wallet', 'games', 'games-worker', 'sink-postgres', 'sink-clickhouse']
const CALLER = randomBytes(8).toString('hex')
const EVENTS = 'wallet.transaction.created'

let receiver: OtlpReceiver
let api: ApiInstance
let adminUrl: string

beforeAll(async () => {
  await putSandbox()
  receiver = await startOtlpReceiver()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '1')
  const port = await freePort()
  adminUrl = `http://127.0.0.1:${port}`
  ;[api] = await Promise.all([
    startApi({ LOG_LEVEL: 'error', ADMIN_PORT: String(port) }),
    restartServices(SERVICES),
  ])
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([api.stop(), restartServices(SERVICES)])
  await receiver.close()
})

/** Moves money as part of a trace of the caller's; answers the status. */
async function move(traceId: string, player: string, kind: 'deposit' | 'bet', body: object): Promise<number> {
  const response = await fetch(`${api.url}/wallet/${player}/${kind}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': required('STAKESTREAM_PARTNER_KEY'),
      traceparent: `00-${traceId}-${CALLER}-01`,
    },
    body: JSON.stringify(body),
  })
  return response.status
}

const deposit = (traceId: string): Promise<number> =>
  move(traceId, newId('traced'), 'deposit', {
    amount: 5,
    currency: 'USD',
    transaction_id_partner: newId('deposit'),
  })

const span = (traceId: string, service: string, name: string, parent?: string): Promise<ReceivedSpan> =>
  waitFor(
    () =>
      receiver
        .spans()
        .find(
          (one) =>
            one.traceId === traceId &&
            one.service === service &&
            one.name === name &&
            (parent === undefined || one.parentSpanId === parent),
        ),
    { what: `the span "${name}" of ${service}` },
  )

const newTrace = (): string => randomBytes(16).toString('hex')

it('a deposit is one trace from the request to both stores, each span below the one that led to it', async () => {
  const traceId = newTrace()
  expect(await deposit(traceId)).toBe(200)
  const request = await span(traceId, 'api', 'POST /wallet/{player_id}/deposit')
  const send = await span(traceId, 'api', 'send wallet.command')
  const command = await span(traceId, 'wallet', 'process wallet.command')
  const stored = await Promise.all(
    ['sink-postgres', 'sink-clickhouse'].map((sink) => span(traceId, sink, `process ${EVENTS}`)),
  )
  expect(request.parentSpanId).toBe(CALLER)
  expect(request.attributes['stakestream.partner_id']).toBe(required('STAKESTREAM_PARTNER_ID'))
  expect(send.parentSpanId).toBe(request.spanId)
  expect(command.parentSpanId).toBe(send.spanId)
  for (const { parentSpanId } of stored) expect(parentSpanId).toBe(command.spanId)
  const batch = receiver.spans().find(({ spanId }) => spanId === command.links[0]?.spanId)
  expect(batch).toMatchObject({ service: 'wallet', name: 'process batch' })
})

it('a bet that a provider confirms is one trace through the saga and the call, and back to the wallet', async () => {
  const player = await playerWith(20)
  const traceId = newTrace()
  expect(await move(traceId, player, 'bet', sandboxBet(10))).toBe(200)
  const command = await span(traceId, 'wallet', 'process wallet.command')
  const asked = await span(traceId, 'games', 'process game.command', command.spanId)
  const call = await span(traceId, 'games-worker', 'process game.call', asked.spanId)
  const answered = await span(traceId, 'games', 'process game.command', call.spanId)
  const confirmed = await span(traceId, 'wallet', 'process wallet.command', answered.spanId)
  await span(traceId, 'sink-postgres', `process ${EVENTS}`, confirmed.spanId)
})

it('the log of a running API is made to tell of requests, with the ids of trace, span and partner', async () => {
  const quiet = newTrace()
  await deposit(quiet)
  const body = JSON.stringify({ level: 'debug', minutes: 1 })
  expect((await fetch(`${adminUrl}/log-level`, { method: 'PUT', body })).status).toBe(200)
  const traceId = newTrace()
  await deposit(traceId)
  const lines = await waitFor(
    () => {
      const found = api
        .output()
        .split('\n')
        .filter((line) => line.includes(traceId))
      return found.length > 0 && found
    },
    { what: 'the line of a request' },
  )
  const request = await waitFor(
    () => receiver.spans().find((one) => one.traceId === traceId && one.name.startsWith('POST')),
    { what: 'the span of the request' },
  )
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    msg: 'request',
    route: '/wallet/{player_id}/deposit',
    partner_id: required('STAKESTREAM_PARTNER_ID'),
    trace_id: traceId,
    span_id: request.spanId,
  })
  expect(api.output()).toContain('"msg":"log level changed"')
  expect(api.output()).not.toContain(quiet)
})
