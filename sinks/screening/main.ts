/** The process that screens players against watchlists: `node sinks/screening/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { startAdminServer } from '../../service/admin-server.ts'
import { readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { openCipher } from '../../service/key-ring.ts'
import { createLogger } from '../../service/logger.ts'
import { onShutdown, runMain } from '../../service/shutdown.ts'
import { followRules } from '../../topics/aml-rules.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { createDeadLetters } from '../runtime/dead-letters.ts'
import { createSinkMetrics } from '../runtime/metrics.ts'
import { openLetters } from '../runtime/sources.ts'
import { screeningConfig } from './config.ts'
import { createScreeningMetrics } from './metrics.ts'
import { startScreening } from './service.ts'

const NAME = 'screening'
const DEFAULT_ADMIN_PORT = 8179
const PROFILES = 'player.profile.updated'
const COMMANDS = 'aml.command'
const RULES = 'aml.rules.updated'
/** After a lost connection the follower of the rules waits for its old session to end, in milliseconds. */
const RULES_SESSION_MS = 6_000

const config = readConfig(screeningConfig)
const logger = createLogger(NAME, config.LOG_LEVEL)

runMain(logger, async () => {
  const cipher = await openCipher(config, logger)
  const clientId = `${NAME}-${config.INSTANCE_ID}`
  const kafka = createKafka({ ...kafkaConnection(config), clientId, log: logger })
  const schemas = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const rules = await followRules({
    kafka,
    groupId: `${config.APP_NAME}.${clientId}.rules`,
    sessionTimeoutMs: RULES_SESSION_MS,
    log: logger,
    codec: await createCodec(RULES, schemas),
  })
  const registry = new Registry()
  const targets = { [PROFILES]: await openLetters(PROFILES, schemas) }
  const deadLetters = createDeadLetters({ kafka, sink: NAME, targets })
  const screening = startScreening({
    kafka,
    groupPrefix: `${config.APP_NAME}.${NAME}`,
    topics: { profiles: PROFILES, commands: COMMANDS },
    codecs: {
      profiles: { [PROFILES]: await createCodec(PROFILES, schemas) },
      command: await createCodec(COMMANDS, schemas),
    },
    deadLetters,
    cipher,
    rules,
    sources: config.WATCHLISTS,
    reloadMs: config.WATCHLIST_RELOAD_MS,
    scoreMin: config.SCREENING_SCORE_MIN,
    metrics: { sink: createSinkMetrics(registry, NAME), screening: createScreeningMetrics(registry) },
    logger,
  })
  const port = config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT
  const server = await startAdminServer({ port, registry, readiness: screening.readiness, logger })
  onShutdown(logger, async () => {
    // First: a batch may be waiting for them.
    await rules.stop()
    await screening.stop()
    await deadLetters.close()
    cipher.close()
    server.close()
  })
  logger.info({ adminPort: port }, 'screening started')
  await screening.failed
})
