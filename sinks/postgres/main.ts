/** The PostgreSQL sink's process: `node sinks/postgres/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { readConfig } from '../../service/config.ts'
import { encryptionConfig, openCipher } from '../../service/key-ring.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { openVersionCache } from '../../service/version-cache.ts'
import { runSink, sinkConfig } from '../runtime/process.ts'
import { invalidating } from './invalidation.ts'
import { openPostgresSources } from './sources.ts'
import { createPostgresStore } from './store.ts'

const DEFAULT_ADMIN_PORT = 8172
/** Balances are read soon after a bet, so what comes is fetched at once; the wait is that of an empty topic. */
const READING = { fetchWaitMs: 250, fetchBytesMin: 1 }

const config = readConfig(
  sinkConfig.extend(encryptionConfig.shape).extend({
    /** Where the caches are from which the API reads. */
    REDIS_URL: z.string().default('redis://127.0.0.1:6379'),
    DATABASE_URL: z.url().default('postgres://stakestream:stakestream@127.0.0.1:5432/stakestream'),
  }),
)
const logger = createLogger('sink-postgres', config.LOG_LEVEL)

runMain(logger, async () => {
  const cipher = await openCipher(config, logger)
  const registry = new Registry()
  const cache = openVersionCache(config.REDIS_URL, 'stakestream-sink-postgres', logger)
  const store = createPostgresStore({ databaseUrl: config.DATABASE_URL, cipher, logger })
  await runSink({
    name: 'sink-postgres',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    openSources: openPostgresSources,
    store: invalidating(store, { cache, registry, logger }),
    logger,
    registry,
    reading: READING,
  })
  cipher.close()
})
