/**
 * The local ClickHouse: chDB behind ClickHouse's HTTP protocol. Configured by CLICKHOUSE_FRONT_PORT and
 * CLICKHOUSE_FRONT_PATH (chDB's folder, which this process owns alone).
 */
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Engine } from './engine.ts'
import { createFront } from './server.ts'

const config = z
  .object({
    CLICKHOUSE_FRONT_PORT: z.coerce.number().int().min(1).max(65_535),
    CLICKHOUSE_FRONT_PATH: z.string().min(1),
  })
  .parse(process.env)

/** Clients that keep idle connections open for longer must be ready for a reset, as with the real server (10 s). */
const KEEP_ALIVE_MS = 10_000
const DRAIN_LIMIT_MS = 10_000

mkdirSync(config.CLICKHOUSE_FRONT_PATH, { recursive: true })
const engine = new Engine(config.CLICKHOUSE_FRONT_PATH)
const version = await engine.version()
const server = createFront({ engine, version, dataDir: `${config.CLICKHOUSE_FRONT_PATH}.inserts` })
server.keepAliveTimeout = KEEP_ALIVE_MS
// An INSERT may stream for as long as its source lasts.
server.requestTimeout = 0

async function stop(): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
  server.closeIdleConnections()
  await Promise.race([closed, sleep(DRAIN_LIMIT_MS)])
  engine.close()
  console.log('stopped')
  process.exit(0)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    stop().catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
}

server.listen(config.CLICKHOUSE_FRONT_PORT, '127.0.0.1', () => {
  console.log(
    `chDB ${version} on 127.0.0.1:${config.CLICKHOUSE_FRONT_PORT}, data in ${config.CLICKHOUSE_FRONT_PATH}`,
  )
})
server.once('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
