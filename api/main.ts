/** The API's process: `node api/main.ts`. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { Providers } from '../games/providers.ts'
import { createProviderMetrics } from '../games/resilience/metrics.ts'
import { openScreener } from '../screening/lists/screener.ts'
import { startAdminServer } from '../service/admin-server.ts'
import { readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { openCipher } from '../service/key-ring.ts'
import { createLogger } from '../service/logger.ts'
import { openTracing } from '../service/open-tracing.ts'
import { SHUTDOWN_DEADLINE_MS, onShutdown, runMain } from '../service/shutdown.ts'
import { openRedis } from '../service/redis.ts'
import { openVersionCache } from '../service/version-cache.ts'
import { createKafka } from '../topics/kafka.ts'
import { registrySource } from '../topics/registry.ts'
import { createKeyHasher } from './access/api-key.ts'
import { createKeyStore } from './access/key-store.ts'
import { connectKafkaAml } from './aml/kafka-aml.ts'
import { createKafkaGateway } from './commands/kafka-gateway.ts'
import { createRateLimits } from './access/rate-limits.ts'
import { openRedisWindows } from './access/redis-windows.ts'
import { apiConfig, configuredCredentials } from './config.ts'
import { countUnderWay, drain } from './draining.ts'
import { confirmingProvider } from './games/catalogue.ts'
import { connectKafkaSaga } from './commands/kafka-saga.ts'
import { createProviderGames } from './games/provider-games.ts'
import { createGameSessions } from './games/sessions.ts'
import { createHttpServer, listen } from './http-server.ts'
import { CLOSING_MS } from './limits.ts'
import { createApiMetrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { connectKafkaPartners } from './partners/kafka-partners.ts'
import { createCaches } from './reads/cached.ts'
import { openAnalytics } from './reads/analytics.ts'
import { openDatabase } from './reads/database.ts'
import { connectKafkaSettlements } from './settlements/kafka-settlements.ts'
import { allRoutes } from './routes/index.ts'
import type { Route } from './route.ts'
import { createApp } from './server.ts'

const config = readConfig(apiConfig)
const logger = createLogger('api', config.LOG_LEVEL)

async function main(): Promise<void> {
  const tracing = await openTracing({ service: 'api', config, logger })
  const registry = new Registry()
  const metrics = createApiMetrics(registry)
  const hasher = createKeyHasher(config.API_KEY_PEPPER)
  const cipher = await openCipher(config, logger)
  const database = openDatabase({
    url: config.DATABASE_URL,
    connections: config.DATABASE_CONNECTIONS,
    statementTimeoutMs: config.STATEMENT_TIMEOUT_MS,
    logger,
  })
  const clientId = `api-${hostname()}-${process.pid}`
  const kafka = createKafka({ ...kafkaConnection(config), clientId, log: logger })
  const schemas = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const providers = new Providers({ cipher, metrics: createProviderMetrics(registry), logger })
  const [gateway, partners, aml, settlements, saga] = await Promise.all([
    createKafkaGateway({
      kafka,
      schemas,
      replyTimeoutMs: config.REPLY_TIMEOUT_MS,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      metrics,
      logger,
      tracing,
    }),
    connectKafkaPartners({
      kafka,
      schemas,
      instanceId: clientId,
      outcomeTimeoutMs: config.REPLY_TIMEOUT_MS,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      onGameProvider: (provider) => providers.layProvider(provider),
      onGame: (game) => providers.layGame(game),
      logger,
      tracing,
    }),
    connectKafkaAml({
      kafka,
      schemas,
      instanceId: clientId,
      outcomeTimeoutMs: config.REPLY_TIMEOUT_MS,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      logger,
      tracing,
    }),
    connectKafkaSettlements({
      kafka,
      schemas,
      instanceId: clientId,
      outcomeTimeoutMs: config.REPLY_TIMEOUT_MS,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      logger,
      tracing,
    }),
    connectKafkaSaga({ kafka, schemas, logger, tracing }),
  ])
  const { directory } = partners
  const access = {
    keys: createKeyStore({ hasher, configured: configuredCredentials(config), directory }),
    directory,
    defaultLimits: { autoApproveUnits: config.STAKESTREAM_AUTO_APPROVE, rateLimits: {} },
    noteUse: partners.noteUse,
  }

  const analytics = openAnalytics({
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.ANALYSIS_TIMEOUT_MS,
    logger,
  })
  const cache = openVersionCache(config.REDIS_URL, 'stakestream-api-caches', logger)
  const caches = createCaches({ cache, counted: metrics.cacheRequest, logger })
  const sessionStore = openRedis(config.REDIS_URL, 'stakestream-api-sessions', logger)
  const windows = openRedisWindows(config.REDIS_URL, logger)
  const rateLimits = createRateLimits({
    counter: windows,
    defaults: config.RATE_LIMITS,
    unauthenticatedPerMinute: config.RATE_LIMIT_UNAUTHENTICATED,
    withoutCounter: config.RATE_LIMIT_WITHOUT_REDIS,
    uncounted: metrics.uncounted,
  })

  const screener = openScreener({
    sources: config.WATCHLISTS,
    reloadMs: config.WATCHLIST_RELOAD_MS,
    onState: ({ lists, refused }) => {
      if (refused.size > 0)
        logger.error({ lists, refused: Object.fromEntries(refused) }, 'a watchlist is refused')
      else logger.info({ lists }, 'watchlists')
    },
    onThreadLost: (error) => logger.error({ err: error }, 'the thread of the watchlists has died'),
  })

  let draining = false
  const readiness = () => {
    const { ready, ...state } = gateway.state()
    const known = partners.ready()
    const standings = aml.ready()
    const { lists, refused } = screener.state
    // Bets don't wait for watchlists.
    const watchlists = { in_force: lists ?? null, refused: Object.fromEntries(refused) }
    return {
      ready: ready && known && standings && !draining,
      parts: {
        ...state,
        draining,
        partners: known,
        aml: standings,
        postgres: database.state(),
        watchlists,
        game_providers: providers.health(),
      },
    }
  }
  let openApiText = ''
  const routes: Route[] = allRoutes(
    {
      gateway,
      database,
      caches,
      openAmount: cipher.decryptAmount,
      defaults: {
        withdrawalHoldMs: config.WITHDRAWAL_HOLD_MS,
        isWithheld: (partnerId, playerId) => aml.withheld.has(partnerId, playerId),
        betHoldMs: config.BET_HOLD_MS,
        confirmingProvider: (gameId, currency) => confirmingProvider(directory, gameId, currency),
      },
      readWaitMs: config.READ_WAIT_MS,
      pendingWindowMs: config.PENDING_WINDOW_MS,
      partners: {
        directory,
        gateway: partners.gateway,
        cipher,
        hasher,
        keyMode: config.API_KEY_MODE,
        allowHttpWebhooks: config.WEBHOOK_ALLOW_HTTP,
      },
      analytics,
      aml: { gateway: aml.gateway },
      settlements: { gateway: settlements.gateway },
      games: {
        providers,
        sessions: createGameSessions(sessionStore, config.GAME_SESSION_MS),
        lists: createProviderGames(sessionStore, providers),
        tellSaga: (command) => saga.tell(command),
      },
      screening: { screener, scoreMin: config.SCREENING_SCORE_MIN },
    },
    { registry, readiness, openApiText: () => openApiText },
  )
  openApiText = JSON.stringify(openApiDocument(routes))

  const server = createHttpServer(
    createApp({
      routes,
      access,
      rateLimits,
      corsOrigins: config.CORS_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      metrics,
      logger,
      tracing,
    }),
    { trustedProxies: config.TRUSTED_PROXIES, refused: metrics.refusedConnection },
  )
  const underWay = countUnderWay(server)
  await listen(server, config.PORT, config.HOST)
  const admin =
    config.ADMIN_PORT === undefined
      ? undefined
      : await startAdminServer({ port: config.ADMIN_PORT, registry, readiness, logger })
  logger.info({ host: config.HOST, port: config.PORT }, 'listening')

  onShutdown(logger, async () => {
    draining = true
    await drain(server, underWay, {
      noticeMs: config.DRAIN_MS,
      underWayMs: SHUTDOWN_DEADLINE_MS - CLOSING_MS - config.DRAIN_MS,
    })
    await Promise.all([gateway.stop(), partners.stop(), aml.stop(), settlements.stop(), saga.stop()])
    windows.close()
    cache.close()
    sessionStore.disconnect()
    await providers.close()
    await screener.close()
    cipher.close()
    await analytics.close()
    await database.close()
    await tracing?.close()
    admin?.close()
  })
}

runMain(logger, main)
