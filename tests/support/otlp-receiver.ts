/** A receiver of traces by OTLP over HTTP, as a collector is one. Format: OpenTelemetry protocol 1.x, JSON encoding. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

const attributes = z
  .array(
    z.object({
      key: z.string(),
      value: z.union([
        z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
        z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
      ]),
    }),
  )
  .transform((list): Readonly<Record<string, string | number>> =>
    Object.fromEntries(list.map(({ key, value }) => [key, value])),
  )
const ids = { traceId: z.string(), spanId: z.string() }
const span = z.object({
  ...ids,
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes,
  links: z.array(z.object(ids)),
  status: z.object({ code: z.number(), message: z.string().optional() }),
})
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
})

export interface ReceivedSpan extends z.output<typeof span> {
  service: string
}

/** By the protocol: 2 is ERROR. */
export const STATUS_ERROR = 2

export interface OtlpReceiver {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT has to be. */
  url: string
  /** All spans by now. */
  spans(): readonly ReceivedSpan[]
  close(): Promise<void>
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const server = createServer((incoming, response) => {
    const take = async (): Promise<void> => {
      const { resourceSpans } = request.parse(JSON.parse(await text(incoming)))
      for (const { resource, scopeSpans } of resourceSpans)
        for (const each of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...each, service: String(resource.attributes['service.name']) })
      response.statusCode = incoming.url === '/v1/traces' ? 200 : 404
      response.setHeader('content-type', 'application/json').end('{}')
    }
    take().catch((error: unknown) => {
      response.statusCode = 400
      response.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => spans,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
