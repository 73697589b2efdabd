/** The API's process: `node api/main.ts`. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { readConfig } from '../service/config.ts'
import { createCipher, keyRingOf } from '../service/encryption.ts'
import { createLogger } from '../service/logger.ts'
import { onShutdown, runMain } from '../service/shutdown.ts'
import { createKafka } from '../topics/kafka.ts'
import { registrySource } from '../topics/registry.ts'
import { createConfiguredKeyStore } from './auth.ts'
import { createKafkaGateway } from './commands/kafka-gateway.ts'
import { apiConfig, configuredPrincipals } from './config.ts'
import { createApiMetrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { openDatabase } from './reads/database.ts'
import { allRoutes } from './routes/index.ts'
import type { Route } from './route.ts'
import { createApp, createHttpServer, listen } from './server.ts'

const config = readConfig(apiConfig)
const logger = createLogger('api', config.LOG_LEVEL)

async function main(): Promise<void> {
  const registry = new Registry()
  const metrics = createApiMetrics(registry)
  const keys = createConfiguredKeyStore(configuredPrincipals(config))
  const cipher = createCipher(keyRingOf(config))
  const database = openDatabase({
    url: config.DATABASE_URL,
    connections: config.DATABASE_CONNECTIONS,
    statementTimeoutMs: config.STATEMENT_TIMEOUT_MS,
    logger,
  })
  const clientId = `api-${hostname()}-${process.pid}`
  const gateway = await createKafkaGateway({
    kafka: createKafka({ brokers: config.KAFKA_BROKERS, clientId, log: logger }),
    schemas: registrySource({ url: config.SCHEMA_REGISTRY_URL }),
    replyTimeoutMs: config.REPLY_TIMEOUT_MS,
    sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
    metrics,
    logger,
  })

  const readiness = () => {
    const { ready, ...state } = gateway.state()
    return { ready, parts: { ...state, postgres: database.state() } }
  }
  let openApiText = ''
  const routes: Route[] = allRoutes(
    {
      gateway,
      database,
      openAmount: cipher.decryptAmount,
      defaults: { withdrawalHoldMs: config.WITHDRAWAL_HOLD_MS },
      readWaitMs: config.READ_WAIT_MS,
      pendingWindowMs: config.PENDING_WINDOW_MS,
    },
    { registry, readiness, openApiText: () => openApiText },
  )
  openApiText = JSON.stringify(openApiDocument(routes))

  const server = createHttpServer(createApp({ routes, keys, metrics, logger }))
  await listen(server, config.PORT, config.HOST)
  logger.info({ host: config.HOST, port: config.PORT }, 'listening')

  onShutdown(logger, async () => {
    server.close()
    server.closeIdleConnections()
    await gateway.stop()
    server.closeAllConnections()
    await database.close()
  })
}

runMain(logger, main)
