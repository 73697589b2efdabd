/** One trace from HTTP over Kafka and the wallet to the stores, as a collector receives it; and the same ids in the log. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newId } from '../../api/testing/live.ts'
import { startApi } from '../support/api-instance.ts'
import type { ApiInstance } from '../support/api-instance.ts'
import { required } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts'
import { restartServices } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** Started anew with traces on; the API is one of the test's own. */
const SERVICES = ['wallet', 'sink-postgres', 'sink-clickhouse']
const CALLER = randomBytes(8).toString('hex')
const EVENTS = 'wallet.transaction.created'

let receiver: OtlpReceiver
let api: ApiInstance
let adminUrl: string

beforeAll(async () => {
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

/** A deposit of a new player, as part of a trace of the caller's. */
async function deposit(traceId: string): Promise<number> {
  const response = await fetch(`${api.url}/wallet/${newId('traced')}/deposit`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': required('STAKESTREAM_PARTNER_KEY'),
      traceparent: `00-${traceId}-${CALLER}-01`,
    },
    body: JSON.stringify({ amount: 5, currency: 'USD', transaction_id_partner: newId('deposit') }),
  })
  return response.status
}

const newTrace = (): string => randomBytes(16).toString('hex')

it('a deposit is one trace from the request to both stores, each span below the one that led to it', async () => {
  const traceId = newTrace()
  expect(await deposit(traceId)).toBe(200)
  const span = (service: string, name: string): Promise<ReceivedSpan> =>
    waitFor(
      () =>
        receiver
          .spans()
          .find((one) => one.traceId === traceId && one.service === service && one.name === name),
      { what: `the span "${name}" of ${service}` },
    )
  const request = await span('api', 'POST /wallet/{player_id}/deposit')
  const send = await span('api', 'send wallet.command')
  const command = await span('wallet', 'process wallet.command')
  const stored = await Promise.all(
    ['sink-postgres', 'sink-clickhouse'].map((sink) => span(sink, `process ${EVENTS}`)),
  )
  expect(request.parentSpanId).toBe(CALLER)
  expect(request.attributes['stakestream.partner_id']).toBe(required('STAKESTREAM_PARTNER_ID'))
  expect(send.parentSpanId).toBe(request.spanId)
  expect(command.parentSpanId).toBe(send.spanId)
  for (const { parentSpanId } of stored) expect(parentSpanId).toBe(command.spanId)
  const batch = receiver.spans().find(({ spanId }) => spanId === command.links[0]?.spanId)
  expect(batch).toMatchObject({ service: 'wallet', name: 'process batch' })
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
