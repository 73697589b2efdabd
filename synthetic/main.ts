/** The process of the synthetic check: `node synthetic/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { startAdminServer } from '../service/admin-server.ts'
import { readConfig } from '../service/config.ts'
import { createLogger } from '../service/logger.ts'
import { onShutdown, runMain } from '../service/shutdown.ts'
import { callerOf, syntheticConfig } from './config.ts'
import { createSyntheticMetrics } from './metrics.ts'
import { playPass } from './pass.ts'
import { startSchedule } from './schedule.ts'

const DEFAULT_ADMIN_PORT = 8186

const config = readConfig(syntheticConfig)
const caller = callerOf(config)
const logger = createLogger('synthetic', config.LOG_LEVEL)

runMain(logger, async () => {
  const registry = new Registry()
  const schedule = startSchedule({
    pass: () => playPass(caller),
    intervalMs: config.SYNTHETIC_INTERVAL_MS,
    metrics: createSyntheticMetrics(registry),
    logger,
    nowMs: Date.now,
  })
  // Ready whatever it finds: what fails is the system, not the check.
  const server = await startAdminServer({
    port: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    registry,
    readiness: () => ({ ready: true, parts: { last: schedule.last() } }),
    logger,
  })
  logger.info({ url: caller.url, intervalMs: config.SYNTHETIC_INTERVAL_MS }, 'synthetic check started')
  onShutdown(logger, async () => {
    await schedule.stop()
    server.close()
  })
})
