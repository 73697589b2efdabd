/** The process that tells partners of what happens: `node sinks/webhooks/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { Pool } from 'pg'
import { readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { openCipher } from '../../service/key-ring.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { ATTEMPT_TIMEOUT_MS } from '../runtime/limits.ts'
import { runSink } from '../runtime/process.ts'
import { openLetters } from '../runtime/sources.ts'
import { createCaller } from './caller.ts'
import { webhooksConfig } from './config.ts'
import { createDisabling } from './disabling.ts'
import { followEndpoints } from './following.ts'
import { dropOldEvents } from './kept-events.ts'
import { assertLimits } from './limits.ts'
import { createWebhookMetrics } from './metrics.ts'
import { createDeliveryQueue } from './queue.ts'
import { createSender } from './sender.ts'
import { createWebhookStore } from './store.ts'
import { startUpkeep } from './upkeep.ts'

const DEFAULT_ADMIN_PORT = 8176
/** Partners wait for what they are told of, so what comes is fetched at once; the wait is that of an empty topic. */
const READING = { fetchWaitMs: 250, fetchBytesMin: 1 }
/** After a lost connection the follower of the endpoints waits for its old session to end, in milliseconds. */
const ENDPOINTS_SESSION_MS = 6_000
const CONNECTIONS_MAX = 10
const CONNECT_TIMEOUT_MS = 5_000
const SOURCE = 'wallet.transaction.created'

const config = readConfig(webhooksConfig)
const logger = createLogger('sink-webhooks', config.LOG_LEVEL)

function openPool(): Pool {
  const pool = new Pool({
    connectionString: config.DATABASE_URL,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: ATTEMPT_TIMEOUT_MS,
    query_timeout: ATTEMPT_TIMEOUT_MS,
    application_name: 'stakestream-sink-webhooks',
  })
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection was lost'))
  pool.on('connect', (client) =>
    client.on('error', (error) => logger.debug({ err: error }, 'connection lost')),
  )
  return pool
}

runMain(logger, async () => {
  assertLimits()
  const cipher = await openCipher(config, logger)
  const clientId = `sink-webhooks-${config.INSTANCE_ID}`
  const kafka = createKafka({ ...kafkaConnection(config), clientId, log: logger })
  const schemas = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const { endpoints, follower } = await followEndpoints({
    kafka,
    schemas,
    groupId: `${config.APP_NAME}.${clientId}.endpoints`,
    sessionTimeoutMs: ENDPOINTS_SESSION_MS,
    logger,
  })
  await follower.start()
  const pool = openPool()
  const registry = new Registry()
  const metrics = createWebhookMetrics(registry)
  const queue = createDeliveryQueue(pool)
  const caller = createCaller({ allowed: config.WEBHOOK_ALLOW_PRIVATE })
  const { disable, close: closeDisabling } = createDisabling(
    kafka,
    await createCodec('partner.command', schemas),
  )
  const retryDelaysMs = config.WEBHOOK_RETRY_DELAYS_MS
  const sender = createSender({ queue, endpoints, caller, cipher, disable, retryDelaysMs, metrics, logger })
  const endUpkeep = startUpkeep({
    queue,
    dropOldEvents: () => dropOldEvents(pool),
    endpoints,
    metrics,
    logger,
  })
  const close = async (): Promise<void> => {
    endUpkeep()
    await sender.stop()
    caller.close()
    await Promise.all([follower.stop(), closeDisabling(), pool.end()])
    cipher.close()
  }
  sender.start()
  await runSink({
    name: 'sink-webhooks',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    openSources: async (source) => ({
      names: [SOURCE],
      codecs: { [SOURCE]: await createCodec(SOURCE, source) },
      letters: { [SOURCE]: await openLetters(SOURCE, source) },
    }),
    store: createWebhookStore({
      pool,
      cipher,
      endpoints,
      catchUp: follower.catchUp,
      written: sender.wake,
      close,
    }),
    logger,
    registry,
    reading: READING,
  })
})
