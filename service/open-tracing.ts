/** Opens traces where an endpoint is configured; where none is, nothing of OpenTelemetry is loaded. */
import type { Tracing, TracingOptions } from './tracing.ts'

export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
  if (options.config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined
  const { startTracing } = await import('./tracing-otlp.ts')
  return startTracing(options)
}
