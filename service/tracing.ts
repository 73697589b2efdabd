/**
 * Traces across the parts: one shows the way of a bet from the HTTP request through Kafka and the processors to the stores. They
 * are off unless OTEL_EXPORTER_OTLP_ENDPOINT is set: then nothing of OpenTelemetry is loaded, there is no `Tracing`, and whoever
 * would use it looks once whether there is. Between processes a trace is the header `traceparent` of W3C Trace Context.
 */
import type { Logger } from './logger.ts'

/** The header, of HTTP requests and of Kafka's records. */
export const TRACEPARENT = 'traceparent'

/**
 * Records of one batch whose traces are followed; the others go on without one. It bounds what a batch costs and the links of its span,
 * whatever share of requests is sampled.
 */
export const TRACED_RECORDS_MAX = 64

/** What an answered request turned out to be. */
export interface AnsweredRequest {
  /** As the catalogue of routes knows it: /wallet/{player_id}/bet. */
  route: string
  status: number
  partnerId: string | undefined
}

/** What is being sent to Kafka in a sampled trace. */
export interface SendSpan {
  /** Goes with the record. */
  readonly traceparent: string
  end(error?: unknown): void
}

/** As much of a Kafka record as a trace needs. */
export interface TracedRecord {
  offset: number
  headers: Readonly<Record<string, Buffer>>
}

/** One batch of records that is processed as one. */
export interface BatchTrace {
  /**
   * Begins the span of a record whose trace is sampled, and answers the header of what comes of it; undefined for any other
   * record, and for those beyond TRACED_RECORDS_MAX.
   */
  follow(topic: string, partition: number, record: TracedRecord): string | undefined
  /** The batch, of so many records, is through, or has failed. */
  end(records: number, error?: unknown): void
}

export interface Tracing {
  /**
   * Runs the answering of an HTTP request in a span, in the trace that the caller names, if any. Whether the trace is sampled
   * follows from its id and the configured ratio, and not from the caller's flag: what it costs is ours.
   */
  request(
    method: string,
    traceparent: string | undefined,
    run: (ids: TraceIds) => Promise<AnsweredRequest>,
  ): Promise<void>
  /** Begins a send to a topic as part of the request that is being answered; undefined where that is not sampled. */
  send(topic: string): SendSpan | undefined
  batch(): BatchTrace
  /** Sends what is left, for FLUSH_MS at the most. Never fails. */
  close(): Promise<void>
}

/** For log lines. */
export interface TraceIds {
  trace_id: string
  span_id: string
}

export interface TracingOptions {
  /** Names the process: OTEL_SERVICE_NAME where that is set. */
  service: string
  config: { OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined; OTEL_TRACES_SAMPLER_ARG: number }
  logger: Logger
}
