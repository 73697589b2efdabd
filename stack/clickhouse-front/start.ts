/**
 * The local ClickHouse as a whole: engine, HTTP server, orderly end.
 */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Engine } from './engine.ts'
import { createFront } from './server.ts'

/** Clients that keep idle connections open for longer must be ready for a reset, as with the real server (10 s). */
const KEEP_ALIVE_MS = 10_000
const DRAIN_LIMIT_MS = 10_000

export interface RunningFront {
  readonly version: string
  /** Answers what is under way (for 10 s at most), then lets go of chDB's folder. */
  stop(): Promise<void>
}

/** Opens chDB over `path`, which this process owns alone, and answers on 127.0.0.1:`port`. */
export async function startFront(
  path: string,
  port: number,
  log: (line: string) => void,
): Promise<RunningFront> {
  mkdirSync(path, { recursive: true })
  const engine = new Engine(path)
  const version = await engine.version()
  const server = createFront({ engine, version, dataDir: `${path}.inserts`, log })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  // An INSERT may stream for as long as its source lasts.
  server.requestTimeout = 0
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    version,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await Promise.race([closed, sleep(DRAIN_LIMIT_MS)])
      engine.close()
    },
  }
}
