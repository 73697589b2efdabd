/**
 * How the server ends without a failed request. While load balancers take note it serves on, new connections included, and each
 * answer closes its connection; then it listens no more, and lets what is under way end.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface DrainTimes {
  /** How long it serves on, in milliseconds. */
  noticeMs: number
  /** After that, how long requests may take that are under way, in milliseconds; what is left is cut. */
  underWayMs: number
}

/** How often it looks whether requests are under way, in milliseconds. */
const LOOK_MS = 25

function announceEnd(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Connection', 'close')
}

/** Counts requests that have no answer yet, from now on. */
export function countUnderWay(server: Server): () => number {
  let underWay = 0
  server.prependListener('request', (_request, response) => {
    underWay++
    response.once('close', () => underWay--)
  })
  return () => underWay
}

/**
 * Resolves when no connection is left. Readiness must say no before this is called. Connections without a request are not
 * waited for: one that never had any would stay for as long as its client likes.
 */
export async function drain(
  server: Server,
  underWay: () => number,
  { noticeMs, underWayMs }: DrainTimes,
): Promise<void> {
  server.prependListener('request', announceEnd)
  await sleep(noticeMs)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const cutMs = performance.now() + underWayMs
  // Once more after the last one has ended, so that its bytes are the kernel's.
  do await sleep(LOOK_MS)
  while (underWay() > 0 && performance.now() < cutMs)
  server.closeAllConnections()
  await closed
}
