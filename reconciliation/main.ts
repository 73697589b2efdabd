/** The process that reconciles on a schedule: `node reconciliation/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { startAdminServer } from '../service/admin-server.ts'
import { positiveInt, readConfig } from '../service/config.ts'
import { createLogger } from '../service/logger.ts'
import { onShutdown, runMain } from '../service/shutdown.ts'
import { KafkaReading } from './kafka.ts'
import { createReconciliationMetrics } from './metrics.ts'
import { showNothing } from './progress.ts'
import { reconcile } from './reconcile.ts'
import { compareFolder } from './rounds/folder.ts'
import { reconcileRounds } from './rounds/reconcile-rounds.ts'
import { startSchedule } from './schedule.ts'
import { openStores, storesConfig } from './stores.ts'

const DEFAULT_ADMIN_PORT = 8183
const HOUR_MS = 3_600_000
/** A sink that makes no progress for this long makes the run fail; the next one comes soon. */
const SILENCE_MS_MAX = 300_000

const quiet = { silenceMsMax: SILENCE_MS_MAX, showProgress: showNothing }

const config = readConfig(
  storesConfig.extend({
    /** From the end of one reconciliation to the begin of the next. */
    RECONCILE_INTERVAL_MS: positiveInt.default(HOUR_MS),
    /** A folder of provider files, each with its description; empty: none. */
    RECONCILE_FILES: z.string().default(''),
  }),
)
const logger = createLogger('reconciliation', config.LOG_LEVEL)

runMain(logger, async () => {
  const registry = new Registry()
  const { stores, close } = await openStores(config, logger)
  const reading = new KafkaReading(stores.broker, stores.codecs)
  const schedule = startSchedule({
    reconcile: () => reconcile(stores, { ...quiet, reading }),
    compareFiles: () =>
      compareFolder(config.RECONCILE_FILES, (file, asked) =>
        reconcileRounds(stores, { file, ...asked, ...quiet }),
      ),
    intervalMs: config.RECONCILE_INTERVAL_MS,
    metrics: createReconciliationMetrics(registry),
    logger,
    nowMs: Date.now,
  })
  const server = await startAdminServer({
    port: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    registry,
    readiness: () => ({ ready: true, parts: { last: schedule.last() } }),
    logger,
  })
  logger.info({ intervalMs: config.RECONCILE_INTERVAL_MS }, 'reconciliation started')
  onShutdown(logger, async () => {
    server.close()
    await schedule.stop()
    await close()
  })
})
