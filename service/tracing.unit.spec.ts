import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startOtlpReceiver, STATUS_ERROR } from '../tests/support/otlp-receiver.ts'
import type { OtlpReceiver, ReceivedSpan } from '../tests/support/otlp-receiver.ts'
import { openTracing } from './open-tracing.ts'
import { TRACED_RECORDS_MAX } from './tracing.ts'
import type { SendSpan, Tracing } from './tracing.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const ROUTE = '/wallet/{player_id}/bet'
const TOPIC = 'wallet.command'
const logger = pino({ level: 'silent' })
const answered = { route: ROUTE, status: 200, partnerId: 'p' }

let receiver: OtlpReceiver
beforeAll(async () => {
  receiver = await startOtlpReceiver()
})
afterAll(() => receiver.close())
afterEach(() => vi.unstubAllEnvs())

async function opened(ratio: number, url = receiver.url): Promise<Tracing> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url)
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: ratio }
  const tracing = await openTracing({ service: 'test', config, logger })
  if (tracing === undefined) throw new Error('traces are off')
  return tracing
}

/** A request that sends one command. */
async function sendIn(tracing: Tracing, traceparent?: string): Promise<SendSpan | undefined> {
  let sent: SendSpan | undefined
  await tracing.request('POST', traceparent, async () => {
    await Promise.resolve()
    sent = tracing.send(TOPIC)
    sent?.end()
    return answered
  })
  return sent
}

const recordOf = (traceparent?: string, offset = 7) => ({
  offset,
  headers: traceparent === undefined ? {} : { traceparent: Buffer.from(traceparent) },
})
const spansOf = (traceId: string): readonly ReceivedSpan[] =>
  receiver.spans().filter((span) => span.traceId === traceId)
const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name)
  if (found === undefined) throw new Error(`no span ${name}`)
  return found
}

describe('a trace', () => {
  it("goes from the caller over the request and the record to what comes of it, and the batch's span links to it", async () => {
    const tracing = await opened(1)
    const sent = await sendIn(tracing, `00-${TRACE}-${CALLER}-00`)
    const batch = tracing.batch()
    expect(batch.follow(TOPIC, 3, recordOf())).toBeUndefined()
    const onward = batch.follow(TOPIC, 3, recordOf(sent?.traceparent))
    batch.end(2)
    await tracing.close()

    const spans = spansOf(TRACE)
    const request = named(spans, `POST ${ROUTE}`)
    const send = named(spans, `send ${TOPIC}`)
    const record = named(spans, `process ${TOPIC}`)
    expect(request).toMatchObject({
      service: 'test',
      parentSpanId: CALLER,
      attributes: {
        'http.route': ROUTE,
        'http.response.status_code': 200,
        'stakestream.partner_id': 'p',
      },
    })
    expect(send.parentSpanId).toBe(request.spanId)
    expect(sent?.traceparent).toBe(`00-${TRACE}-${send.spanId}-01`)
    expect(record.parentSpanId).toBe(send.spanId)
    expect(record.attributes).toMatchObject({
      'messaging.destination.partition.id': '3',
      'messaging.kafka.offset': 7,
    })
    expect(onward).toBe(`00-${TRACE}-${record.spanId}-01`)
    const [link] = record.links
    const whole = named(spansOf(link?.traceId ?? ''), 'process batch')
    expect(whole.links).toEqual([expect.objectContaining({ traceId: TRACE, spanId: send.spanId })])
    expect(whole.attributes['messaging.batch.message_count']).toBe(2)
  })

  it('is one of our own where the caller names none, or nonsense', async () => {
    const tracing = await opened(1)
    const headers = await Promise.all(
      [undefined, 'nonsense', `00-${'0'.repeat(32)}-${CALLER}-01`].map((header) => sendIn(tracing, header)),
    )
    await tracing.close()
    expect(new Set(headers.map((sent) => sent?.traceparent.slice(3, 35))).size).toBe(3)
    for (const sent of headers)
      expect(sent?.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it("is not sampled beyond the ratio, whatever the caller's flag says; its ids are there for the log", async () => {
    const tracing = await opened(0)
    let traceId = ''
    await tracing.request('POST', `00-${TRACE}-${CALLER}-01`, (ids) => {
      traceId = ids.trace_id
      expect(tracing.send(TOPIC)).toBeUndefined()
      return Promise.resolve(answered)
    })
    const batch = tracing.batch()
    expect(batch.follow(TOPIC, 0, recordOf(`00-${TRACE}-${CALLER}-00`))).toBeUndefined()
    batch.end(1)
    const before = receiver.spans().length
    await tracing.close()
    expect(traceId).toBe(TRACE)
    expect(receiver.spans().length).toBe(before)
  })

  it('ends with an error where its batch fails, or its request with a fault of ours', async () => {
    const tracing = await opened(1)
    const ours = 'c'.repeat(32)
    await tracing.request('GET', `00-${ours}-${CALLER}-01`, () =>
      Promise.resolve({ ...answered, status: 500 }),
    )
    const batch = tracing.batch()
    batch.follow(TOPIC, 0, recordOf(`00-${ours}-${CALLER}-01`))
    batch.end(1, new Error('name of a player'))
    await tracing.close()
    expect(spansOf(ours).map(({ name, status }) => [name, status])).toEqual([
      [`GET ${ROUTE}`, { code: STATUS_ERROR }],
      [`process ${TOPIC}`, { code: STATUS_ERROR, message: 'Error' }],
    ])
  })

  it('is followed for so many records of a batch and no more', async () => {
    const tracing = await opened(1)
    const batch = tracing.batch()
    const headers = Array.from({ length: TRACED_RECORDS_MAX + 5 }, (_, offset) =>
      batch.follow(TOPIC, 0, recordOf(`00-${'d'.repeat(32)}-${CALLER}-01`, offset)),
    )
    batch.end(headers.length)
    await tracing.close()
    expect(headers.filter((header) => header !== undefined)).toHaveLength(TRACED_RECORDS_MAX)
    const spans = spansOf('d'.repeat(32))
    expect(spans).toHaveLength(TRACED_RECORDS_MAX)
    const whole = named(spansOf(spans[0]?.links[0]?.traceId ?? ''), 'process batch')
    expect(whole.links).toHaveLength(TRACED_RECORDS_MAX)
  })
})

it('a collector that takes everything and answers nothing does not keep a process from its end', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await vi.waitFor(() => expect(silent.listening).toBe(true))
  const { port } = silent.address() as AddressInfo
  const tracing = await opened(1, `http://127.0.0.1:${port}`)
  await sendIn(tracing)
  const startedMs = Date.now()
  await tracing.close()
  expect(Date.now() - startedMs).toBeLessThan(5_000)
  silent.closeAllConnections()
  silent.close()
})

it('nothing of OpenTelemetry is loaded where no endpoint is configured', async () => {
  const tracing = join(import.meta.dirname, 'open-tracing.ts')
  const loaded = async (endpoint: string | undefined): Promise<string> => {
    const script = `
      import { registerHooks } from 'node:module'
      const names = []
      registerHooks({ resolve: (name, context, next) => (names.push(name), next(name, context)) })
      const { openTracing } = await import(${JSON.stringify(tracing)})
      const config = { OTEL_EXPORTER_OTLP_ENDPOINT: ${JSON.stringify(endpoint)}, OTEL_TRACES_SAMPLER_ARG: 1 }
      const logger = { info() {}, warn() {} }
      const opened = await openTracing({ service: 'test', config, logger })
      console.log(names.some((name) => name.includes('opentelemetry')), opened !== undefined)
      await opened?.close()`
    const args = ['--no-warnings', '--input-type=module', '--eval', script]
    return (await promisify(execFile)(process.execPath, args)).stdout.trim()
  }
  expect(await loaded(undefined)).toBe('false false')
  expect(await loaded(receiver.url)).toBe('true true')
})
