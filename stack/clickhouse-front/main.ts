/**
 * The process of the local ClickHouse. Configured by CLICKHOUSE_FRONT_PORT and CLICKHOUSE_FRONT_PATH (chDB's folder).
 */
import { z } from 'zod'
import { startFront } from './start.ts'

const config = z
  .object({
    CLICKHOUSE_FRONT_PORT: z.coerce.number().int().min(1).max(65_535),
    CLICKHOUSE_FRONT_PATH: z.string().min(1),
  })
  .parse(process.env)

const front = await startFront(config.CLICKHOUSE_FRONT_PATH, config.CLICKHOUSE_FRONT_PORT, console.error)
console.log(
  `chDB ${front.version} on 127.0.0.1:${config.CLICKHOUSE_FRONT_PORT}, data in ${config.CLICKHOUSE_FRONT_PATH}`,
)

async function stop(): Promise<void> {
  await front.stop()
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
