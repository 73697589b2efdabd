/** The ClickHouse sink's process: `node sinks/clickhouse/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { ATTEMPT_TIMEOUT_MS } from '../runtime/limits.ts'
import { runSink, sinkConfig } from '../runtime/process.ts'
import { clickhouseConfig, connectClickhouse } from '../../service/clickhouse.ts'
import { openClickhouseSources } from './sources.ts'
import { createClickhouseStore } from './store.ts'

const DEFAULT_ADMIN_PORT = 8173
const MIB = 1024 * 1024
/**
 * ClickHouse likes few and large inserts: an insert costs as much as some thousand rows. So the broker waits for some data, though not
 * for long, and a backlog is read in large pieces.
 */
const READING = {
  fetchWaitMs: 1_000,
  fetchBytesMin: 256 * 1024,
  batchRecordsMax: 40_000,
  bytes: { fetchPartition: 8 * MIB, fetch: 16 * MIB, batch: 16 * MIB },
}

const config = readConfig(sinkConfig.extend(clickhouseConfig.shape))
const logger = createLogger('sink-clickhouse', config.LOG_LEVEL)
const client = connectClickhouse({
  url: config.CLICKHOUSE_URL,
  database: config.CLICKHOUSE_DATABASE,
  requestTimeoutMs: ATTEMPT_TIMEOUT_MS,
})

runMain(logger, () =>
  runSink({
    name: 'sink-clickhouse',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    openSources: openClickhouseSources,
    store: createClickhouseStore(client),
    logger,
    reading: READING,
  }),
)
