/** Traces by OpenTelemetry's SDK, sent by OTLP over HTTP (JSON). Loaded only where traces are on. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api'
import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Sampler } from '@opentelemetry/sdk-trace'
import type { Logger } from './logger.ts'
import { TRACED_RECORDS_MAX, TRACEPARENT } from './tracing.ts'
import type {
  AnsweredRequest,
  BatchTrace,
  SendSpan,
  TracedRecord,
  TraceIds,
  Tracing,
  TracingOptions,
} from './tracing.ts'

/** How long an orderly stop waits for a collector that does not answer, in milliseconds. */
const FLUSH_MS = 2_000
/** How often spans are sent, in milliseconds. */
const SEND_MS = 1_000
/** Spans that wait to be sent; beyond them they are dropped, and the log says how many. */
const WAITING_SPANS_MAX = 8_192
const SERVER_ERROR = 500

/** Requests by their trace id, whatever the caller's flag says; all else as the trace that it is part of. */
function samplerOf(ratio: number): Sampler {
  const byTraceId = new TraceIdRatioBasedSampler(ratio)
  // Without a parent is the span of a batch alone, which is made where one of its records is sampled.
  const inherited = new ParentBasedSampler({ root: new AlwaysOnSampler() })
  return {
    shouldSample: (context, traceId, name, kind, attributes, links) =>
      kind === SpanKind.SERVER
        ? byTraceId.shouldSample(context, traceId)
        : inherited.shouldSample(context, traceId, name, kind, attributes, links),
    toString: () => `RequestsByTraceId{${ratio}}`,
  }
}

const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0

const headerOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`

/** The context of a header; undefined where it is none. */
const parsed = (traceparent: string | undefined): SpanContext | undefined =>
  traceparent === undefined ? undefined : (parseTraceParent(traceparent) ?? undefined)

const within = (parent: SpanContext | undefined): Context =>
  parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })

function end(span: Span, error?: unknown): void {
  if (error !== undefined) {
    // Not the message: it may say what was in a record.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'unknown' })
  }
  span.end()
}

/** Attributes by the semantic conventions for messaging. */
const ofRecord = (topic: string, partition: number, offset: number): Record<string, string | number> => ({
  'messaging.system': 'kafka',
  'messaging.operation.type': 'process',
  'messaging.destination.name': topic,
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': offset,
})

/** The span of the batch begins with the first record that is followed: a batch without one has none. */
class OtlpBatch implements BatchTrace {
  readonly #tracer: Tracer
  readonly #startedAtMs = Date.now()
  readonly #records: Span[] = []
  #batch: Span | undefined

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  follow(topic: string, partition: number, { offset, headers }: TracedRecord): string | undefined {
    const header = headers[TRACEPARENT]
    if (header === undefined || this.#records.length === TRACED_RECORDS_MAX) return undefined
    const parent = parsed(header.toString('latin1'))
    if (parent === undefined || !isSampled(parent)) return undefined
    this.#batch ??= this.#tracer.startSpan('process batch', { startTime: this.#startedAtMs }, ROOT_CONTEXT)
    this.#batch.addLink({ context: parent })
    const span = this.#tracer.startSpan(
      `process ${topic}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: ofRecord(topic, partition, offset),
        links: [{ context: this.#batch.spanContext() }],
      },
      within(parent),
    )
    this.#records.push(span)
    return headerOf(span.spanContext())
  }

  end(records: number, error?: unknown): void {
    for (const span of this.#records) end(span, error)
    if (this.#batch === undefined) return
    this.#batch.setAttributes({
      'messaging.system': 'kafka',
      'messaging.batch.message_count': records,
    })
    end(this.#batch, error)
  }
}

class OtlpTracing implements Tracing {
  readonly #provider: TracerProvider
  readonly #tracer: Tracer
  readonly #logger: Logger
  /** The span of the request that is being answered. */
  readonly #request = new AsyncLocalStorage<Span>()

  constructor(provider: TracerProvider, logger: Logger) {
    this.#provider = provider
    this.#tracer = provider.getTracer('stakestream')
    this.#logger = logger
  }

  async request(
    method: string,
    traceparent: string | undefined,
    run: (ids: TraceIds) => Promise<AnsweredRequest>,
  ): Promise<void> {
    const attributes = { 'http.request.method': method }
    const span = this.#tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes },
      within(parsed(traceparent)),
    )
    const { traceId, spanId } = span.spanContext()
    try {
      const { route, status, partnerId } = await this.#request.run(span, () =>
        run({ trace_id: traceId, span_id: spanId }),
      )
      span.updateName(`${method} ${route}`)
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status })
      if (partnerId !== undefined) span.setAttribute('stakestream.partner_id', partnerId)
      if (status >= SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR })
    } finally {
      span.end()
    }
  }

  send(topic: string): SendSpan | undefined {
    const request = this.#request.getStore()
    // Neither what is not sampled nor what goes on behind an answer.
    if (request?.isRecording() !== true) return undefined
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
    }
    const span = this.#tracer.startSpan(
      `send ${topic}`,
      { kind: SpanKind.PRODUCER, attributes },
      trace.setSpan(ROOT_CONTEXT, request),
    )
    return { traceparent: headerOf(span.spanContext()), end: (error) => end(span, error) }
  }

  batch(): BatchTrace {
    return new OtlpBatch(this.#tracer)
  }

  async close(): Promise<void> {
    const flushed = this.#provider.shutdown().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the last spans could not be sent')
    })
    await Promise.race([flushed, sleep(FLUSH_MS, undefined, { ref: false })])
  }
}

/** What the SDK has to say of itself, a collector that is away above all, goes to the log. */
function listen(logger: Logger): void {
  const ignored = (): void => undefined
  const warn = (message: string): void =>
    logger.warn({ reason: message }, 'traces are not sent as they should be')
  diag.setLogger(
    { error: warn, warn, info: ignored, debug: ignored, verbose: ignored },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

/** The exporter reads the endpoint, headers and timeout from the standard variables of the environment. */
export function startTracing({ service, config, logger }: TracingOptions): Tracing {
  listen(logger)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': process.env['OTEL_SERVICE_NAME'] || service,
      'service.namespace': 'stakestream',
      'service.instance.id': `${hostname()}-${process.pid}`,
    }),
    sampler: samplerOf(config.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: SEND_MS,
        maxQueueSize: WAITING_SPANS_MAX,
      }),
    ],
  })
  logger.info(
    { endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: config.OTEL_TRACES_SAMPLER_ARG },
    'traces are sent',
  )
  return new OtlpTracing(provider, logger)
}
