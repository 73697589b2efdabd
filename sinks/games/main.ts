/** The process that calls game providers: `node sinks/games/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { createProviderMetrics } from '../../games/resilience/metrics.ts'
import { startAdminServer } from '../../service/admin-server.ts'
import { readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { encryptionConfig, openCipher } from '../../service/key-ring.ts'
import { createLogger } from '../../service/logger.ts'
import { openTracing } from '../../service/open-tracing.ts'
import { onShutdown, runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { FollowerOptions } from '../../topics/follower.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { sinkConfig } from '../runtime/process.ts'
import { SESSION_MS } from './limits.ts'
import { lookRegularly, openRounds } from './open-rounds.ts'
import { Providers } from '../../games/providers.ts'
import { startWorker } from './worker.ts'

const NAME = 'games-worker'
const DEFAULT_ADMIN_PORT = 8185
const PROVIDERS = 'game.provider.updated'
const GAMES = 'game.updated'

const config = readConfig(
  sinkConfig.extend({
    ...encryptionConfig.shape,
    DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
    /** How long a round at a provider may be open before it is resolved, in milliseconds. */
    ROUND_OPEN_MS: z.coerce
      .number()
      .int()
      .positive()
      .default(48 * 3_600_000),
  }),
)
const logger = createLogger(NAME, config.LOG_LEVEL)

runMain(logger, async () => {
  const tracing = await openTracing({ service: NAME, config, logger })
  const cipher = await openCipher(config, logger)
  const clientId = `${NAME}-${config.INSTANCE_ID}`
  const kafka = createKafka({ ...kafkaConnection(config), clientId, log: logger })
  const schemas = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [call, command, provider, game] = await Promise.all([
    createCodec('game.call', schemas),
    createCodec('game.command', schemas),
    createCodec(PROVIDERS, schemas),
    createCodec(GAMES, schemas),
  ])
  const registry = new Registry()
  const providers = new Providers({ cipher, metrics: createProviderMetrics(registry), logger })
  const readers: Record<string, FollowerOptions['onRecord']> = {
    [PROVIDERS]: tableReader(provider, ({ data }) => providers.layProvider(data), logger),
    [GAMES]: tableReader(game, ({ data }) => providers.layGame(data), logger),
  }
  const follower = createFollower({
    kafka,
    groupId: `${config.APP_NAME}.${clientId}`,
    topics: { [PROVIDERS]: 'beginning', [GAMES]: 'beginning' },
    sessionTimeoutMs: SESSION_MS,
    onRecord: (topic, value, key) => readers[topic]?.(topic, value, key),
    log: logger,
  })
  await follower.start()
  await follower.catchUp()
  const worker = await startWorker({
    kafka,
    groupId: `${config.APP_NAME}.${NAME}`,
    topics: { calls: 'game.call', commands: 'game.command' },
    codecs: { call, command },
    providers,
    logger,
    tracing,
  })
  const rounds = openRounds({
    databaseUrl: config.DATABASE_URL,
    openAmount: cipher.decryptAmount,
    openMs: config.ROUND_OPEN_MS,
    send: (resolving) => worker.send(resolving),
    logger,
  })
  const looking = lookRegularly(rounds, logger)
  const server = await startAdminServer({
    port: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    registry,
    readiness: () => ({
      // A provider that is away is no fault of this process: its circuit says so.
      ready: follower.caughtUp() && worker.joined(),
      parts: {
        catalogue: follower.caughtUp(),
        joined: worker.joined(),
        calls: worker.underWay(),
        providers: providers.health(),
      },
    }),
    logger,
  })
  logger.info('games worker started')
  onShutdown(logger, async () => {
    await looking.stop()
    await worker.stop()
    await follower.stop()
    await providers.close()
    cipher.close()
    await tracing?.close()
    server.close()
  })
})
