/** The process of partner management: `node streams/partners/main.ts`. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { startAdminServer } from '../../service/admin-server.ts'
import { commonConfig, positiveInt, readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { onShutdown, runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { connectKafkajs } from '../runtime/kafkajs-port.ts'
import { SESSION_TIMEOUT_MS_DEFAULT } from '../runtime/limits.ts'
import { createRuntimeMetrics } from '../runtime/metrics.ts'
import { ProcessorHost } from '../runtime/processor-host.ts'
import { TaskStore } from '../runtime/store.ts'
import { partnersProcessor } from './logic.ts'
import { storeCodecs } from './state.ts'

const DEFAULT_ADMIN_PORT = 8175

const config = readConfig(
  commonConfig.extend({
    /** Prefix of consumer groups and transactional ids; the same in all instances of an installation. */
    APP_NAME: z.string().min(1).default('stakestream'),
    /** Folder of the local store. Two processes that run at once need two. */
    STATE_DIR: z.string().min(1).default('.local/data/state-partners'),
    /** Names this process among its siblings; unique while it runs. */
    INSTANCE_ID: z
      .string()
      .min(1)
      .default(() => `${hostname()}-${process.pid}`),
    /** Silence after which the task goes to another instance, in milliseconds. */
    SESSION_TIMEOUT_MS: positiveInt.default(SESSION_TIMEOUT_MS_DEFAULT),
    /** Keep a warm copy of the store while another instance has the task: there is only one. */
    STANDBY: z.stringbool().default(false),
  }),
)
const logger = createLogger('partners', config.LOG_LEVEL)

async function main(): Promise<void> {
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL, register: false })
  const broker = await connectKafkajs(
    { brokers: config.KAFKA_BROKERS, clientId: `partners-${config.INSTANCE_ID}`, log: logger },
    config.SESSION_TIMEOUT_MS,
  )
  const [command, partner, key, webhook, audit, position, deadLetter, store] = await Promise.all([
    createCodec('partner.command', source),
    createCodec('partner.profile.updated', source),
    createCodec('partner.api-key.updated', source),
    createCodec('partner.webhook.updated', source),
    createCodec('audit.entry.recorded', source),
    createCodec('partner.position', source),
    createCodec('partner.command.dlq', source),
    storeCodecs(),
  ])
  const definition = partnersProcessor({
    command,
    partner,
    key,
    webhook,
    audit,
    position,
    deadLetter,
    store,
  })
  const registry = new Registry()
  const host = new ProcessorHost({
    app: config.APP_NAME,
    instanceId: config.INSTANCE_ID,
    definition,
    openStore: TaskStore.opener(config.STATE_DIR, definition.name, {
      version: definition.storeVersion,
      clusterId: await broker.clusterId(),
    }),
    standby: config.STANDBY,
    broker,
    metrics: createRuntimeMetrics(registry),
    logger,
  })
  const server = await startAdminServer({
    port: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    registry,
    readiness: () => host.readiness(),
  })
  onShutdown(logger, async () => {
    await host.stop()
    await broker.close()
    server.close()
  })
  await host.start()
  logger.info('partners processor started')
  await host.crashed
}

runMain(logger, main)
