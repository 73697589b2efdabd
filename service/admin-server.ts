/** The small HTTP server of a process without an API of its own: /metrics, /health/live and /health/ready. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { collectDefaultMetrics } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'

/** What readiness says: whether work can be done, and the state of each part that it hangs on. */
export interface Readiness {
  ready: boolean
  parts: Record<string, unknown>
}

export interface AdminServerOptions {
  port: number
  registry: Registry
  readiness: () => Readiness | Promise<Readiness>
}

/** What every process measures of itself: processor time, memory, the event loop, garbage collection. */
export const measureProcess = (registry: Registry): void => collectDefaultMetrics({ register: registry })

/** Starts the server on 127.0.0.1 unless ADMIN_HOST says otherwise; resolves when it listens. */
export function startAdminServer({ port, registry, readiness }: AdminServerOptions): Promise<Server> {
  measureProcess(registry)
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.url === '/metrics') {
        response.setHeader('content-type', registry.contentType)
        response.end(await registry.metrics())
      } else if (request.url === '/health/live') {
        response.end('{"status":"live"}')
      } else if (request.url === '/health/ready') {
        const state = await readiness()
        response.statusCode = state.ready ? 200 : 503
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ status: state.ready ? 'ready' : 'not ready', parts: state.parts }))
      } else {
        response.statusCode = 404
        response.end()
      }
    }
    answer().catch(() => response.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, process.env['ADMIN_HOST'] ?? '127.0.0.1', () => resolve(server))
  })
}
