/**
 * The small HTTP server for those who run a process: /metrics, /health/live, /health/ready and /log-level. It knows no keys: its port
 * belongs to the operators' network alone.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { collectDefaultMetrics } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import { getRawBody } from 'raw-body'
import { z } from 'zod'
import { ChangeableLogLevel, logLevelChange } from './log-level.ts'
import type { Logger } from './logger.ts'

/** What readiness says: whether work can be done, and the state of each part that it hangs on. */
export interface Readiness {
  ready: boolean
  parts: Record<string, unknown>
}

export interface AdminServerOptions {
  port: number
  registry: Registry
  readiness: () => Readiness | Promise<Readiness>
  /** Whose level can be changed. */
  logger: Logger
}

const BODY_BYTES_MAX = 1_024

/** What every process measures of itself: processor time, memory, the event loop, garbage collection. Once per registry. */
export function measureProcess(registry: Registry): void {
  if (registry.getSingleMetric('process_cpu_seconds_total') === undefined)
    collectDefaultMetrics({ register: registry })
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

/** The JSON of a body; undefined where there is none. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await getRawBody(request, { limit: BODY_BYTES_MAX, encoding: 'utf8' }))
  } catch {
    return undefined
  }
}

async function changeLevel(
  level: ChangeableLogLevel,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const change = logLevelChange.safeParse(await jsonOf(request))
  if (!change.success) return answerJson(response, 400, { detail: z.prettifyError(change.error) })
  answerJson(response, 200, level.change(change.data, request.socket.remoteAddress ?? 'unknown'))
}

/** Starts the server on 127.0.0.1 unless ADMIN_HOST says otherwise; resolves when it listens. */
export function startAdminServer(options: AdminServerOptions): Promise<Server> {
  const { port, registry, readiness, logger } = options
  measureProcess(registry)
  const level = new ChangeableLogLevel(logger)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', registry.contentType)
      response.end(await registry.metrics())
    } else if (request.url === '/health/live') {
      answerJson(response, 200, { status: 'live' })
    } else if (request.url === '/health/ready') {
      const { ready, parts } = await readiness()
      answerJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', parts })
    } else if (request.url === '/log-level' && request.method === 'PUT') {
      await changeLevel(level, request, response)
    } else if (request.url === '/log-level') {
      answerJson(response, 200, level.state)
    } else {
      response.statusCode = 404
      response.end()
    }
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, process.env['ADMIN_HOST'] ?? '127.0.0.1', () => resolve(server))
  })
}
